//! The events of calls, of activities and of Map Runs.

use model::StateType;
use serde_json::Value;

use super::super::{
    ExecutionVisits,
    call_fingerprint::CallFingerprint,
    event_places::EventPlace,
    read_event::ReadEvent,
    visit::{
        AttemptOutcome, CallbackKind, ForkParts, HistoryMoment, NestedRun, VisitAttempt, VisitIndex,
    },
};

impl ExecutionVisits {
    pub(super) fn read_task_event(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
    ) -> EventPlace {
        let Some(index) = self.live_visit(event) else { return self.place_before(event) };
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
                // The call may have succeeded before, or not have been made.
                let failure = self.failure_of_event(event);
                self.fail_visit(index, failure, moment);
            }
            kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") => {
                self.fail_call(index, event, moment);
            }
            "MapRunAborted" => self.close_attempt(index, AttemptOutcome::Aborted, moment),
            _ => {}
        }
        EventPlace::Visit(index)
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
        let visit = &self.visits[index.position()];
        if visit.state_type == StateType::Task && !visit.has_open_attempt() {
            // It could not even be scheduled, or the events before are missing.
            self.begin_attempt(index, VisitAttempt::new(moment, ForkParts::Call));
        }
        let failure = self.failure_of_event(event);
        self.fail_visit(index, failure, moment);
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
