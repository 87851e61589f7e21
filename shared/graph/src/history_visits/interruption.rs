//! What ends because something around it ends.

use model::StateType;

use super::{
    ExecutionVisits,
    visit::{
        AttemptOutcome, Failing, ForkParts, HistoryMoment, IterationStatus, VisitFailure,
        VisitIndex, VisitScope,
    },
};

impl ExecutionVisits {
    /// Cuts whatever runs in a scope: only its last visit can.
    pub(super) fn interrupt_scope(&mut self, scope: VisitScope, at: HistoryMoment) {
        if let Some(last) = self.chain_of_scope(scope).and_then(|chain| chain.last) {
            self.interrupt_visit(last, at);
        }
    }

    fn interrupt_visit(&mut self, index: VisitIndex, at: HistoryMoment) {
        let visit = &mut self.visits[index.position()];
        if visit.exited.is_some() {
            return;
        }
        if visit.may_resume {
            // Without an event the redrive has not come to it, so it is as it was before. Only a Wait state
            // goes on without one.
            visit.may_resume = false;
            if visit.state_type == StateType::Wait {
                visit.interrupted = Some(at);
            }
            return;
        }
        if visit.interrupted.is_none() {
            visit.interrupted = Some(at);
            self.close_attempt(index, AttemptOutcome::Aborted, at);
        }
    }

    /// Ends the last attempt of a visit if it has not ended, and whatever runs in it.
    pub(super) fn close_attempt(
        &mut self,
        index: VisitIndex,
        outcome: AttemptOutcome,
        at: HistoryMoment,
    ) {
        let visit = &mut self.visits[index.position()];
        let Some(attempt) = visit.open_attempt() else { return };
        attempt.outcome = outcome;
        attempt.ended = Some(at);
        let running: Vec<VisitIndex> = match &mut attempt.parts {
            ForkParts::Call => Vec::new(),
            ForkParts::Branches(branches) => {
                branches.iter().filter_map(|branch| branch.visits.last).collect()
            }
            ForkParts::Iterations(iterations) => {
                let running = iterations
                    .iter_mut()
                    .filter(|iteration| iteration.status == IterationStatus::Running);
                let cut = running.filter_map(|iteration| {
                    iteration.status = IterationStatus::Aborted;
                    iteration.ended = Some(at);
                    iteration.visits.last
                });
                cut.collect()
            }
        };
        for child in running {
            self.interrupt_visit(child, at);
        }
    }

    /// Fails the iteration of a scope, unless it has ended.
    pub(super) fn fail_iteration(&mut self, scope: VisitScope, at: HistoryMoment) {
        if let Some(iteration) = self.iteration_mut(scope)
            && iteration.status == IterationStatus::Running
        {
            iteration.status = IterationStatus::Failed;
            iteration.ended = Some(at);
            self.interrupt_scope(scope, at);
        }
    }

    /// Ends the execution, and whatever runs in it.
    pub(super) fn end_execution(&mut self, at: HistoryMoment) {
        self.ended = Some(at);
        self.interrupt_scope(VisitScope::Execution, at);
        self.pending.clear();
    }

    /// Notes that the failure of a visit has failed what is around it, up to a fork or the whole execution.
    pub(super) fn settle_failures(&mut self, index: VisitIndex, fork: Option<VisitIndex>) {
        let mut inner = Some(index);
        while let Some(index) = inner.filter(|index| Some(*index) != fork) {
            let visit = &mut self.visits[index.position()];
            if visit.has_failed() {
                visit.failing = Failing::Final;
            }
            inner = visit.scope.parent().map(|(around, _)| around);
        }
    }

    /// Fails the visits around one that has failed, since its execution fails with it.
    pub(super) fn fail_all_around(&mut self, index: VisitIndex, at: HistoryMoment) {
        let failure = self.visits[index.position()].failure.clone().unwrap_or_default();
        let mut scope = self.visits[index.position()].scope;
        while let Some((around, _)) = scope.parent() {
            self.fail_iteration(scope, at);
            self.fail_fork(around, failure.clone(), at);
            self.visits[around.position()].failed_by = Some(index);
            scope = self.visits[around.position()].scope;
        }
    }

    /// Fails the open attempt of a fork.
    pub(super) fn fail_fork(
        &mut self,
        index: VisitIndex,
        failure: VisitFailure,
        at: HistoryMoment,
    ) {
        let visit = &mut self.visits[index.position()];
        if visit.exited.is_none() {
            visit.failing = Failing::Open;
            visit.failure = Some(failure.clone());
            self.close_attempt(index, AttemptOutcome::Failed(failure), at);
        }
    }
}
