//! The events of Parallel and Map states.

use model::StateType;

use super::super::{
    ExecutionVisits,
    event_places::EventPlace,
    find_iteration,
    read_event::ReadEvent,
    visit::{
        AttemptOutcome, Failing, ForkParts, HistoryIteration, HistoryMoment, HistoryVisit,
        IterationStatus, VisitAttempt, VisitChain, VisitIndex, VisitScope,
    },
};

impl ExecutionVisits {
    pub(super) fn read_fork_event(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
    ) -> EventPlace {
        let state_type =
            if event.kind.starts_with("Map") { StateType::Map } else { StateType::Parallel };
        match event.kind {
            "ParallelStateStarted" | "MapStateStarted" => self.open_fork(event, moment, state_type),
            "ParallelStateSucceeded" | "MapStateSucceeded" => {
                let fork = self.find_open_fork(event, state_type);
                if let Some(fork) = fork {
                    self.close_attempt(fork, AttemptOutcome::Succeeded, moment);
                }
                fork.map_or_else(|| self.place_before(event), EventPlace::Visit)
            }
            "ParallelStateFailed" | "MapStateFailed" => {
                let Some(fork) = self.find_undecided_fork(event, state_type) else {
                    return self.place_before(event);
                };
                self.fail_from_within(event, fork, moment);
                // It waits for no retry: then it would have no such event.
                self.visits[fork.position()].failing = Failing::Final;
                EventPlace::Visit(fork)
            }
            _ => self.place_before(event),
        }
    }

    /// Reads that a state was cut. What cut it ends with an event of its own, except for a Parallel that
    /// waits for its next attempt: what its last one has cut follows the failure.
    pub(super) fn read_abort(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
    ) -> EventPlace {
        let cause = self.visit_before(event).map(|index| &self.visits[index.position()]);
        let failed = cause.filter(|cause| cause.has_failed() && cause.ended().is_none());
        let around = failed.and_then(|failed| failed.scope.parent()).map(|(around, _)| around);
        if let Some(parallel) = around.filter(|around| {
            let around = &self.visits[around.position()];
            around.state_type == StateType::Parallel && around.has_open_attempt()
        }) {
            self.fail_from_within(event, parallel, moment);
        }
        self.place_before(event)
    }

    /// Fails a fork because of the failure before, which may be its own or that of something in it.
    fn fail_from_within(&mut self, event: &ReadEvent<'_>, fork: VisitIndex, moment: HistoryMoment) {
        let before = self.visit_before(event);
        let failure = before.and_then(|index| self.visits[index.position()].failure.clone());
        if let Some(before) = before {
            self.settle_failures(before, Some(fork));
        }
        let mut inner = before;
        while let Some(index) = inner.filter(|index| *index != fork) {
            let scope = self.visits[index.position()].scope;
            self.fail_iteration(scope, moment);
            inner = scope.parent().map(|(around, _)| around);
        }
        self.fail_fork(fork, failure.unwrap_or_default(), moment);
        let is_inside = inner.is_some();
        self.visits[fork.position()].failed_by = before.filter(|it| is_inside && *it != fork);
    }

    /// The innermost fork of that type around the event before whose attempt has not ended.
    fn find_open_fork(&self, event: &ReadEvent<'_>, state_type: StateType) -> Option<VisitIndex> {
        let is_open = |visit: &HistoryVisit| {
            visit.state_type == state_type && visit.exited.is_none() && visit.has_open_attempt()
        };
        self.find_around(self.visit_before(event), is_open)
            .or_else(|| self.find_resumed_fork(is_open))
    }

    /// The innermost fork of that type around the event before which has not failed for good. Its attempt may
    /// have ended with what it has cut.
    fn find_undecided_fork(
        &self,
        event: &ReadEvent<'_>,
        state_type: StateType,
    ) -> Option<VisitIndex> {
        let before = self.visit_before(event);
        let is_undecided =
            |visit: &HistoryVisit| is_unended(state_type)(visit) && visit.failing != Failing::Final;
        self.find_around(before, is_undecided)
            .or_else(|| self.find_open_fork(event, state_type))
            .or_else(|| self.find_around(before, is_unended(state_type)))
    }

    fn open_fork(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
        state_type: StateType,
    ) -> EventPlace {
        let before = self.visit_before(event);
        let is_entered = |visit: &HistoryVisit| {
            visit.state_type == state_type && visit.exited.is_none() && visit.attempts.is_empty()
        };
        let fork = before
            .filter(|index| is_entered(&self.visits[index.position()]))
            .or_else(|| self.find_undecided_fork(event, state_type))
            .or_else(|| self.resume_visit(event));
        let Some(fork) = fork else { return self.place_before(event) };
        self.resume_if_pending(fork);
        if self.visits[fork.position()].has_open_attempt() {
            // It is retried. The event before is the last of what has failed.
            let ended = HistoryMoment {
                event_id: event.previous,
                at: before.map_or(moment.at, |index| self.visits[index.position()].last_event_at),
            };
            self.fail_from_within(event, fork, ended);
        }
        let parts = if state_type == StateType::Map {
            ForkParts::Iterations(Vec::new())
        } else {
            ForkParts::Branches(Vec::new())
        };
        self.begin_attempt(fork, VisitAttempt::new(moment, parts));
        if state_type == StateType::Map {
            EventPlace::Visit(fork)
        } else {
            EventPlace::Branches(fork)
        }
    }

    pub(super) fn begin_attempt(&mut self, index: VisitIndex, attempt: VisitAttempt) {
        let visit = &mut self.visits[index.position()];
        visit.was_retried |= visit.has_failed();
        visit.failing = Failing::No;
        visit.failed_by = None;
        if visit.attempts.is_empty() {
            // Most have one.
            visit.attempts.reserve_exact(1);
        }
        let is_by_redrive = std::mem::take(&mut visit.begins_anew);
        visit.attempts.push(VisitAttempt { is_by_redrive, ..attempt });
    }

    pub(super) fn read_iteration_event(
        &mut self,
        event: &ReadEvent<'_>,
        moment: HistoryMoment,
    ) -> EventPlace {
        let name = event.name();
        let is_it = |visit: &HistoryVisit| {
            Some(&*visit.name) == name && visit.exited.is_none() && visit.has_open_attempt()
        };
        let before = self.visit_before(event);
        let map = self.find_around(before, is_it).or_else(|| self.find_resumed_fork(is_it));
        // One that is not around the event before was cut together with what is around it.
        let Some(map) = map else { return self.place_before(event) };
        if event.kind == "MapIterationStarted" {
            let scope = self.start_iteration(map, event.iteration_index(), moment);
            return scope.map_or(EventPlace::Visit(map), EventPlace::Start);
        }
        let of_chain = || self.scope_within(before, map);
        let index = event.iteration_index().or_else(|| match of_chain()? {
            VisitScope::Iteration { index, .. } => Some(index),
            VisitScope::Execution | VisitScope::Branch { .. } => None,
        });
        let status = match event.kind {
            "MapIterationSucceeded" => IterationStatus::Succeeded,
            "MapIterationFailed" => IterationStatus::Failed,
            _ => IterationStatus::Aborted,
        };
        if let Some(before) = before.filter(|_| status == IterationStatus::Failed) {
            self.settle_failures(before, Some(map));
        }
        if let Some(index) = index {
            let attempt = self.visits[map.position()].last_attempt().unwrap_or_default();
            self.end_iteration(
                VisitScope::Iteration { visit: map, attempt, index },
                status,
                moment,
            );
        }
        EventPlace::Visit(map)
    }

    /// The scope of a Map's own that is around a visit.
    fn scope_within(&self, from: Option<VisitIndex>, map: VisitIndex) -> Option<VisitScope> {
        let mut scope = self.visits[from?.position()].scope;
        loop {
            let (around, _) = scope.parent()?;
            if around == map {
                return Some(scope);
            }
            scope = self.visits[around.position()].scope;
        }
    }

    fn end_iteration(&mut self, scope: VisitScope, status: IterationStatus, at: HistoryMoment) {
        if let Some(iteration) = self.iteration_mut(scope) {
            iteration.status = status;
            iteration.ended = Some(at);
            self.interrupt_scope(scope, at);
        }
    }

    /// Starts an iteration, or starts it over.
    fn start_iteration(
        &mut self,
        map: VisitIndex,
        index: Option<u32>,
        at: HistoryMoment,
    ) -> Option<VisitScope> {
        let visit = &mut self.visits[map.position()];
        let attempt = visit.last_attempt()?;
        let ForkParts::Iterations(iterations) = &mut visit.attempts.last_mut()?.parts else {
            return None;
        };
        let next = iterations.last().map_or(0, |last| last.index.saturating_add(1));
        let index = index.unwrap_or(next);
        match find_iteration(iterations, index) {
            Err(position) => {
                let status = IterationStatus::Running;
                let visits = VisitChain::default();
                let iteration =
                    HistoryIteration { index, status, started: at, ended: None, visits };
                iterations.insert(position, iteration);
            }
            Ok(position) => {
                iterations[position].status = IterationStatus::Running;
                iterations[position].ended = None;
                let before = iterations[position].visits.last;
                if let Some(before) = before.map(|before| &mut self.visits[before.position()]) {
                    before.may_resume = false;
                }
            }
        }
        Some(VisitScope::Iteration { visit: map, attempt, index })
    }
}

fn is_unended(state_type: StateType) -> impl Fn(&HistoryVisit) -> bool {
    move |visit| visit.state_type == state_type && visit.ended().is_none()
}
