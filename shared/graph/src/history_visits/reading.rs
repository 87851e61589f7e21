//! What each type of event changes.

mod fork_events;
mod task_events;

use std::sync::Arc;

use model::StateType;

use super::{
    ExecutionVisits,
    call_fingerprint::CallFingerprint,
    event_places::EventPlace,
    read_event::ReadEvent,
    visit::{
        AttemptOutcome, Failing, ForkBranch, ForkParts, HistoryMoment, HistoryVisit,
        IterationStatus, VisitChain, VisitFailure, VisitIndex, VisitScope,
    },
};

impl ExecutionVisits {
    pub(super) fn read_next(&mut self, event: &ReadEvent<'_>) {
        let moment = event.moment_after(self.last_event_at);
        self.last_event_at = moment.at;
        self.started.get_or_insert(moment);
        let place = match event.kind {
            kind if kind.starts_with("Execution") => self.read_execution_event(event, moment),
            kind if kind.starts_with("MapIteration") => self.read_iteration_event(event, moment),
            kind if kind.ends_with("StateEntered") => self.enter_state(event, moment),
            kind if kind.ends_with("StateExited") => self.exit_state(event, moment),
            kind if kind.ends_with("StateAborted") => self.read_abort(event, moment),
            kind if kind.starts_with("ParallelState") || kind.starts_with("MapState") => {
                self.read_fork_event(event, moment)
            }
            _ => self.read_task_event(event, moment),
        };
        if let EventPlace::Visit(index) | EventPlace::Branches(index) = place {
            let visit = &mut self.visits[index.position()];
            if visit.exited.is_none_or(|exited| exited.event_id == event.id) {
                visit.last_event_at = moment.at;
            }
        }
        self.places.add_place(event.id, place);
    }

    fn place_before(&self, event: &ReadEvent<'_>) -> EventPlace {
        self.places.place_of(event.previous).unwrap_or(EventPlace::Execution)
    }

    /// The visit to which the event before belongs.
    fn visit_before(&self, event: &ReadEvent<'_>) -> Option<VisitIndex> {
        match self.place_before(event) {
            EventPlace::Visit(index) | EventPlace::Branches(index) => Some(index),
            EventPlace::Start(scope) => scope.parent().map(|(visit, _)| visit),
            EventPlace::Execution | EventPlace::Redrive => None,
        }
    }

    fn read_execution_event(&mut self, event: &ReadEvent<'_>, moment: HistoryMoment) -> EventPlace {
        match event.kind {
            "ExecutionSucceeded" => {
                self.has_succeeded = true;
                self.end_execution(moment);
            }
            "ExecutionFailed" => {
                let before = self.visit_before(event);
                if let Some(index) = before.filter(|index| self.is_live(*index)) {
                    // A state that fails without an event of its own is the last that was entered.
                    let visit = &self.visits[index.position()];
                    let is_told =
                        visit.failure.as_ref().is_some_and(|told| told.event_id.is_some());
                    if !visit.has_failed() || !is_told {
                        let failure = self.failure_of_event(event);
                        self.fail_visit(index, failure, moment);
                    }
                    self.fail_all_around(index, moment);
                    self.settle_failures(index, None);
                }
                self.end_execution(moment);
            }
            "ExecutionTimedOut" | "ExecutionAborted" => self.end_execution(moment),
            "ExecutionRedriven" => {
                self.redrives.push(moment);
                self.has_succeeded = false;
                self.resume_execution();
                return EventPlace::Redrive;
            }
            _ => {}
        }
        self.place_before(event)
    }

    fn enter_state(&mut self, event: &ReadEvent<'_>, moment: HistoryMoment) -> EventPlace {
        let (Some(name), Some(state_type)) = (event.name(), event.state_type()) else {
            return self.place_before(event);
        };
        let scope = match self.place_before(event) {
            EventPlace::Start(scope) => scope,
            EventPlace::Branches(parallel) => self.add_branch(parallel),
            EventPlace::Visit(sibling) => {
                let scope = self.visits[sibling.position()].scope;
                let resumed = if self.is_over(scope) { self.resume_gap() } else { None };
                resumed.unwrap_or(scope)
            }
            EventPlace::Redrive => self.resume_gap().unwrap_or_default(),
            EventPlace::Execution => VisitScope::Execution,
        };
        EventPlace::Visit(self.add_visit(scope, (name, state_type), moment))
    }

    fn add_visit(
        &mut self,
        scope: VisitScope,
        (name, state_type): (&str, StateType),
        entered: HistoryMoment,
    ) -> VisitIndex {
        let index = VisitIndex(u32::try_from(self.visits.len()).unwrap_or(u32::MAX));
        let name = self.intern_name(name);
        let is_fail = state_type == StateType::Fail;
        let failure = VisitFailure { fail_state: Some(Arc::clone(&name)), ..Default::default() };
        self.visits.push(HistoryVisit {
            index,
            name,
            state_type,
            scope,
            entered,
            exited: None,
            attempts: Vec::new(),
            failure: is_fail.then_some(failure),
            callback: None,
            call: CallFingerprint::default(),
            last_event_at: entered.at,
            next: None,
            failing: if is_fail { Failing::Open } else { Failing::No },
            failed_by: None,
            was_retried: false,
            interrupted: None,
            may_resume: false,
            begins_anew: false,
        });
        let before = self.chain_of_scope_mut(scope).and_then(|chain| {
            chain.first.get_or_insert(index);
            chain.last.replace(index)
        });
        if let Some(before) = before {
            self.visits[before.position()].next = Some(index);
        }
        index
    }

    fn add_branch(&mut self, parallel: VisitIndex) -> VisitScope {
        let visit = &mut self.visits[parallel.position()];
        let attempt = visit.last_attempt().unwrap_or_default();
        let Some(ForkParts::Branches(branches)) =
            visit.attempts.last_mut().map(|attempt| &mut attempt.parts)
        else {
            return visit.scope;
        };
        let number = u32::try_from(branches.len()).unwrap_or(u32::MAX);
        branches.push(ForkBranch { visits: VisitChain::default() });
        VisitScope::Branch { visit: parallel, attempt, number }
    }

    fn exit_state(&mut self, event: &ReadEvent<'_>, moment: HistoryMoment) -> EventPlace {
        let (Some(name), Some(state_type)) = (event.name(), event.state_type()) else {
            return self.place_before(event);
        };
        let is_it = |visit: &HistoryVisit| visit.exited.is_none() && &*visit.name == name;
        let known = self
            .find_around(self.visit_before(event), is_it)
            .or_else(|| self.resume_visit(event))
            .or_else(|| self.find_resumed_fork(is_it));
        // If there is none, the events before it are missing.
        let index = known
            .unwrap_or_else(|| self.add_visit(VisitScope::Execution, (name, state_type), moment));
        self.resume_if_pending(index);
        self.close_attempt(index, AttemptOutcome::Succeeded, moment);
        let visit = &mut self.visits[index.position()];
        visit.exited = Some(moment);
        visit.interrupted = None;
        EventPlace::Visit(index)
    }

    /// The visit that an event is about which names none.
    fn live_visit(&mut self, event: &ReadEvent<'_>) -> Option<VisitIndex> {
        let before = self.visit_before(event);
        match before.filter(|index| self.is_live(*index)) {
            Some(index) => {
                self.resume_if_pending(index);
                Some(index)
            }
            None => self.resume_visit(event).or(before),
        }
    }

    /// Whether more may happen to a visit.
    fn is_live(&self, index: VisitIndex) -> bool {
        self.visits[index.position()].ended().is_none()
    }

    /// Whether a scope has ended.
    fn is_over(&self, scope: VisitScope) -> bool {
        let VisitScope::Iteration { visit, attempt, index } = scope else { return false };
        let Some(ForkParts::Iterations(iterations)) = self.parts_of_attempt(visit, attempt) else {
            return false;
        };
        let at = super::find_iteration(iterations, index);
        at.is_ok_and(|at| iterations[at].status != IterationStatus::Running)
    }

    fn find_around(
        &self,
        from: Option<VisitIndex>,
        is_wanted: impl Fn(&HistoryVisit) -> bool,
    ) -> Option<VisitIndex> {
        let mut visit = &self.visits[from?.position()];
        while !is_wanted(visit) {
            let (around, _) = visit.scope.parent()?;
            visit = &self.visits[around.position()];
        }
        Some(visit.index)
    }

    fn failure_of_event(&mut self, event: &ReadEvent<'_>) -> VisitFailure {
        let error = event.text("error").map(|error| self.intern_name(error));
        VisitFailure { error, event_id: Some(event.id), fail_state: None }
    }

    fn fail_visit(&mut self, index: VisitIndex, failure: VisitFailure, moment: HistoryMoment) {
        let visit = &mut self.visits[index.position()];
        visit.failing = Failing::Open;
        visit.failure = Some(failure.clone());
        self.close_attempt(index, AttemptOutcome::Failed(failure), moment);
    }
}
