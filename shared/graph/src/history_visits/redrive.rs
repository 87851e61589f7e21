//! What a redrive resumes.
//!
//! The first event of each branch or iteration that goes on follows `ExecutionRedriven`, or, where a
//! Map limits how many run at once, the last event of the iteration that made room. So its chain does
//! not tell which one it is. What is compared is its name, or the call that is made again; of those
//! that are alike, the first one counts.

use std::collections::VecDeque;

use model::StateType;

use super::{
    ExecutionVisits,
    call_fingerprint::CallFingerprint,
    read_event::ReadEvent,
    visit::{
        AttemptOutcome, Failing, ForkParts, HistoryVisit, IterationStatus, VisitIndex, VisitScope,
    },
};

/// What the last redrive has not come to.
#[derive(Clone, Debug, Default)]
pub(super) struct PendingRedrive {
    /// Visits that were cut or have failed.
    leaves: VecDeque<VisitIndex>,
    /// Scopes that ended between two states.
    gaps: VecDeque<VisitScope>,
    /// Parallel and Map states that go on, outer ones first.
    forks: Vec<VisitIndex>,
}

impl PendingRedrive {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl ExecutionVisits {
    /// Lets go on what the end of the execution has cut.
    pub(super) fn resume_execution(&mut self) {
        self.ended = None;
        self.pending.clear();
        self.resume_scope(VisitScope::Execution);
    }

    fn resume_scope(&mut self, scope: VisitScope) {
        let last = self.chain_of_scope(scope).and_then(|chain| chain.last);
        let Some(last) = last.filter(|last| self.visits[last.position()].exited.is_none()) else {
            self.pending.gaps.push_back(scope);
            return;
        };
        let visit = &mut self.visits[last.position()];
        let attempt = visit.last_attempt().unwrap_or_default();
        let inner: Vec<VisitScope> = match visit.attempts.last_mut() {
            Some(fork) if fork.outcome != AttemptOutcome::Succeeded => {
                let scopes = unfinished_scopes(&mut fork.parts, last, attempt);
                if !scopes.is_empty() {
                    fork.outcome = AttemptOutcome::Running;
                    fork.ended = None;
                }
                scopes
            }
            _ => Vec::new(),
        };
        if inner.is_empty() {
            visit.may_resume = true;
            self.pending.leaves.push_back(last);
            return;
        }
        mark_resumed(visit);
        self.pending.forks.push(last);
        for scope in inner {
            self.resume_scope(scope);
        }
    }

    /// Resumes a visit that waits for that, if it is what an event is about.
    pub(super) fn resume_if_pending(&mut self, index: VisitIndex) {
        let visit = &mut self.visits[index.position()];
        if visit.may_resume {
            mark_resumed(visit);
            self.pending.leaves.retain(|leaf| *leaf != index);
        }
    }

    /// Finds the visit that an event resumes which its chain does not lead to.
    pub(super) fn resume_visit(&mut self, event: &ReadEvent<'_>) -> Option<VisitIndex> {
        let call = CallFingerprint::of_event(event);
        let is_task = |visit: &HistoryVisit| visit.state_type == StateType::Task;
        let found = if let Some(name) = event.name().or_else(|| event.text("state")) {
            self.find_leaf(|visit| &*visit.name == name)
        } else if event.kind.starts_with("MapRun") || event.kind == "MapStateStarted" {
            self.find_leaf(|visit| visit.state_type == StateType::Map)
        } else if event.kind == "ParallelStateStarted" {
            self.find_leaf(|visit| visit.state_type == StateType::Parallel)
        } else if event.kind.ends_with("Scheduled") {
            self.find_leaf(|visit| visit.call == call)
                .or_else(|| {
                    self.find_leaf(|visit| is_task(visit) && visit.call.resource == call.resource)
                })
                .or_else(|| self.find_leaf(is_task))
        } else {
            self.find_leaf(is_task)
        };
        let index = self.pending.leaves.remove(found?)?;
        mark_resumed(&mut self.visits[index.position()]);
        Some(index)
    }

    fn find_leaf(&self, is_wanted: impl Fn(&HistoryVisit) -> bool) -> Option<usize> {
        self.pending.leaves.iter().position(|leaf| is_wanted(&self.visits[leaf.position()]))
    }

    /// Finds the scope in which an event enters a state where its chain does not lead to one: the one
    /// that has come to its gap last, since a branch that is done ends with a gap, too.
    pub(super) fn resume_gap(&mut self) -> Option<VisitScope> {
        let came_to_gap = |scope: &VisitScope| {
            let last = self.last_visit_of_scope(*scope);
            last.and_then(|last| last.exited).map(|exited| exited.event_id)
        };
        let gaps = self.pending.gaps.iter().enumerate();
        let (latest, _) = gaps.max_by_key(|(_, scope)| came_to_gap(scope))?;
        self.pending.gaps.remove(latest)
    }

    /// Finds the innermost fork that a redrive has opened again.
    pub(super) fn find_resumed_fork(
        &self,
        is_wanted: impl Fn(&HistoryVisit) -> bool,
    ) -> Option<VisitIndex> {
        let forks = self.pending.forks.iter().rev().copied();
        forks.into_iter().find(|fork| is_wanted(&self.visits[fork.position()]))
    }
}

fn mark_resumed(visit: &mut HistoryVisit) {
    visit.may_resume = false;
    visit.interrupted = None;
    visit.begins_anew = !visit.attempts.is_empty() && !visit.has_open_attempt();
    visit.was_retried |= visit.has_failed();
    visit.failing = Failing::No;
    visit.failed_by = None;
}

/// The scopes that run again, if not all is done.
fn unfinished_scopes(parts: &mut ForkParts, visit: VisitIndex, attempt: u32) -> Vec<VisitScope> {
    match parts {
        ForkParts::Call => Vec::new(),
        ForkParts::Branches(branches) => {
            let numbers = 0..u32::try_from(branches.len()).unwrap_or(u32::MAX);
            numbers.map(|number| VisitScope::Branch { visit, attempt, number }).collect()
        }
        ForkParts::Iterations(iterations) => {
            let unfinished = iterations
                .iter_mut()
                .filter(|iteration| iteration.status != IterationStatus::Succeeded);
            let scopes = unfinished.map(|iteration| {
                iteration.status = IterationStatus::Running;
                iteration.ended = None;
                VisitScope::Iteration { visit, attempt, index: iteration.index }
            });
            scopes.collect()
        }
    }
}
