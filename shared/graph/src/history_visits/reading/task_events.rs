//! The events of calls, of activities and of Map Runs.

use model::StateType;
use serde_json::Value;

use super::super::{
    ExecutionVisits,
    call_fingerprint::CallFingerprint,
    event_places::EventPlace,
    read_event::ReadEvent,
    visit::{
        AttemptOutcome, CallbackKind, ForkParts, HistoryMoment, HistoryVisit, NestedRun,
        VisitAttempt, VisitIndex, VisitScope,
    },
};

impl ExecutionVisits {
    pub(super) fn read_task_event(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
    ) -> EventPlace {
        let named = self.evaluated_visit(event);
        let Some(index) = named.or_else(|| self.live_visit(event)) else {
            return self.place_before(event);
        };
        match event.kind {
            kind if kind.ends_with("Scheduled") => self.schedule_call(index, event, moment),
            "MapRunStarted" | "MapRunRedriven" => self.start_map_run(index, event, moment),
            kind if kind.ends_with("Started") => self.note_start(index, moment),
            "TaskSubmitted" => self.note_nested_execution(index, event),
            kind if kind.ends_with("Succeeded") => {
                self.note_nested_execution(index, event);
                self.close_attempt(index, AttemptOutcome::Succeeded, moment);
            }
            "EvaluationFailed" => {
                // A catcher is no part of an attempt.
                if !event.text("location").is_some_and(|at| at.starts_with("Catch[")) {
                    self.begin_unscheduled_attempt(index, moment);
                }
                let failure = self.failure_of_event(event);
                self.fail_visit(index, failure, moment);
                self.visits[index.position()].failed_by = None;
            }
            kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") => {
                self.fail_call(index, event, moment);
            }
            "MapRunAborted" => self.close_attempt(index, AttemptOutcome::Aborted, moment),
            _ => {}
        }
        EventPlace::Visit(index)
    }

    /// The visit whose expression an `EvaluationFailed` is about. That event follows what was before the
    /// state was entered, or before its children had ended, and names the state.
    fn evaluated_visit(&mut self, event: &ReadEvent<'_>) -> Option<VisitIndex> {
        let name = event.text("state").filter(|_| event.kind == "EvaluationFailed")?;
        let is_it = |visit: &HistoryVisit| &*visit.name == name && visit.ended().is_none();
        let beside = match self.place_before(event) {
            EventPlace::Execution => self.last_visit_of_scope(VisitScope::Execution),
            EventPlace::Start(scope) => self.last_visit_of_scope(scope),
            EventPlace::Visit(before) => {
                self.last_visit_of_scope(self.visits[before.position()].scope)
            }
            EventPlace::Branches(parallel) => self
                .branch_scopes(parallel)
                .filter_map(|scope| self.last_visit_of_scope(scope))
                .find(|visit| is_it(visit)),
            EventPlace::Redrive => None,
        };
        let beside = beside.filter(|visit| is_it(visit)).map(|visit| visit.index);
        let index = beside.or_else(|| self.find_around(self.visit_before(event), is_it))?;
        self.resume_if_pending(index);
        Some(index)
    }

    fn schedule_call(&mut self, index: VisitIndex, event: &ReadEvent<'_>, moment: HistoryMoment) {
        self.begin_attempt(index, VisitAttempt::new(moment, ForkParts::Call));
        let resource = event.text("resource").unwrap_or_default();
        let visit = &mut self.visits[index.position()];
        visit.call = CallFingerprint::of_event(event);
        visit.callback = if event.kind == "ActivityScheduled" {
            Some(CallbackKind::Activity)
        } else if resource.ends_with(".waitForTaskToken") {
            Some(CallbackKind::TaskToken)
        } else {
            None
        };
    }

    fn note_start(&mut self, index: VisitIndex, moment: HistoryMoment) {
        if let Some(attempt) = self.visits[index.position()].open_attempt() {
            attempt.started.get_or_insert(moment);
        }
    }

    fn start_map_run(&mut self, index: VisitIndex, event: &ReadEvent<'_>, moment: HistoryMoment) {
        if !self.visits[index.position()].has_open_attempt() {
            let parts = ForkParts::Iterations(Vec::new());
            self.begin_attempt(index, VisitAttempt::new(moment, parts));
        }
        self.note_start(index, moment);
        if let Some(attempt) = self.visits[index.position()].open_attempt()
            && let Some(arn) = event.text("mapRunArn")
        {
            attempt.nested = Some(NestedRun::MapRun(arn.into()));
        }
    }

    fn fail_call(&mut self, index: VisitIndex, event: &ReadEvent<'_>, moment: HistoryMoment) {
        self.begin_unscheduled_attempt(index, moment);
        let failure = self.failure_of_event(event);
        self.fail_visit(index, failure, moment);
    }

    /// Begins an attempt of a task that could not even be scheduled, or of which the events before are
    /// missing. Where the call of the last attempt has succeeded, that one has still to make its output.
    fn begin_unscheduled_attempt(&mut self, index: VisitIndex, moment: HistoryMoment) {
        let visit = &self.visits[index.position()];
        let last = visit.attempts.last().map(|attempt| &attempt.outcome);
        let is_under_way = match last {
            Some(AttemptOutcome::Running) => true,
            Some(AttemptOutcome::Succeeded) => !visit.has_failed(),
            Some(AttemptOutcome::Failed(_) | AttemptOutcome::Aborted) | None => false,
        };
        if visit.state_type == StateType::Task && !is_under_way {
            self.begin_attempt(index, VisitAttempt::new(moment, ForkParts::Call));
        }
    }

    /// Notes the execution that a call has started, if its answer tells.
    fn note_nested_execution(&mut self, index: VisitIndex, event: &ReadEvent<'_>) {
        let resource = event.text("resource").unwrap_or_default();
        let starts = matches!(event.text("resourceType"), Some("states" | "aws-sdk:sfn"))
            && resource.starts_with("start");
        if !starts {
            return;
        }
        let output = event.text("output").and_then(|output| serde_json::from_str(output).ok());
        let output: Value = output.unwrap_or_default();
        if let Some(attempt) = self.visits[index.position()].open_attempt()
            && let Some(arn) = output.get("ExecutionArn").and_then(Value::as_str)
        {
            attempt.nested = Some(NestedRun::Execution(arn.into()));
        }
    }
}
