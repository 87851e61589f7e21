//! From an execution's history to the visits of its states.
//!
//! `previousEventId` leads from each event to the one that caused it, so that the events of iterations
//! that run side by side can be told apart: each event belongs to the visit of a state to which the
//! event before it belongs, until another state is entered or left.
//!
//! ```text
//! events ─▶ read_event (reading/) ─▶ visits, chained by scope ─▶ statuses, totals
//!             interruption/: what an end cuts, and what a redrive resumes
//! ```
//!
//! Invariant: what is shown of a visit does not depend on how its events were paged.

mod call_fingerprint;
mod event_places;
mod interruption;
mod read_event;
mod reading;
mod redrive;
mod statuses;
mod totals;
mod visit;

use std::{collections::BTreeSet, sync::Arc};

use model::Timestamp;
use serde_json::Value;

use event_places::EventPlaces;
use read_event::ReadEvent;
use redrive::PendingRedrive;
use visit::{ForkParts, VisitChain};

use crate::StateStatus;

pub use totals::{StateTotals, VisitTotals};
pub use visit::{
    AttemptOutcome, AwaitedCallback, CallbackKind, HistoryIteration, HistoryMoment, HistoryVisit,
    IterationStatus, NestedRun, VisitAttempt, VisitFailure, VisitIndex, VisitScope,
};

/// The visits of an execution's states, built event by event.
///
/// Spec: API reference, `HistoryEvent`.
#[derive(Clone, Debug)]
pub struct ExecutionVisits {
    visits: Vec<HistoryVisit>,
    places: EventPlaces,
    /// The visits of the execution's own scope.
    top: VisitChain,
    /// Each name once.
    names: BTreeSet<Arc<str>>,
    last_event_at: Timestamp,
    started: Option<HistoryMoment>,
    ended: Option<HistoryMoment>,
    has_succeeded: bool,
    redrives: Vec<HistoryMoment>,
    pending: PendingRedrive,
}

impl Default for ExecutionVisits {
    fn default() -> Self {
        Self {
            visits: Vec::new(),
            places: EventPlaces::default(),
            top: VisitChain::default(),
            names: BTreeSet::new(),
            last_event_at: Timestamp::from_milliseconds(0),
            started: None,
            ended: None,
            has_succeeded: false,
            redrives: Vec::new(),
            pending: PendingRedrive::default(),
        }
    }
}

impl ExecutionVisits {
    /// Reads the next event, in the shape of `GetExecutionHistory`. Ids ascend: an event that was read
    /// before is passed over, and so is what is no event.
    pub fn read_event(&mut self, event: &Value) {
        if let Some(event) = ReadEvent::of(event)
            && (event.id > self.places.last_id() || self.places.len() == 0)
        {
            self.read_next(&event);
        }
    }

    /// The number of events that were read.
    pub const fn events_read(&self) -> usize {
        self.places.len()
    }

    /// The id of the newest event that was read; 0 if there is none.
    pub fn last_event_id(&self) -> u64 {
        self.places.last_id()
    }

    /// The time of the newest event that was read.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        (self.events_read() > 0).then_some(self.last_event_at)
    }

    /// Its first event.
    pub const fn started(&self) -> Option<HistoryMoment> {
        self.started
    }

    /// The event that ended the execution, if it has not gone on since.
    pub const fn ended(&self) -> Option<HistoryMoment> {
        self.ended
    }

    /// Whether it ended with `ExecutionSucceeded`.
    pub const fn has_succeeded(&self) -> bool {
        self.has_succeeded
    }

    /// The visit by which the execution has failed: the innermost one; none if it has not failed.
    pub fn failed_visit(&self) -> Option<&HistoryVisit> {
        let last = self.last_visit_of_scope(VisitScope::Execution);
        let failed = last.filter(|visit| visit.status() == StateStatus::Failed)?;
        let inner = |visit: &&HistoryVisit| self.visit(visit.failed_by?);
        std::iter::successors(Some(failed), inner).last()
    }

    /// Its redrives, the oldest first.
    pub fn redrives(&self) -> &[HistoryMoment] {
        &self.redrives
    }

    /// All visits, in the order in which the states were entered.
    pub fn visits(&self) -> &[HistoryVisit] {
        &self.visits
    }

    /// A visit by its position.
    pub fn visit(&self, index: VisitIndex) -> Option<&HistoryVisit> {
        self.visits.get(index.position())
    }

    /// The visit whose state was entered by this event.
    pub fn visit_entered_by(&self, event_id: u64) -> Option<&HistoryVisit> {
        let at = self.visits.binary_search_by_key(&event_id, |visit| visit.entered.event_id);
        at.ok().and_then(|at| self.visits.get(at))
    }

    /// The visits of a scope in the order in which they were entered; costs no more than their number.
    pub fn visits_of_scope(&self, scope: VisitScope) -> impl Iterator<Item = &HistoryVisit> {
        let first = self.chain_of_scope(scope).and_then(|chain| chain.first);
        let visit_at = |index: VisitIndex| self.visit(index);
        std::iter::successors(first.and_then(visit_at), move |visit| visit.next.and_then(visit_at))
    }

    /// The last visit of a scope; costs the same however many there are.
    pub fn last_visit_of_scope(&self, scope: VisitScope) -> Option<&HistoryVisit> {
        self.visit(self.chain_of_scope(scope)?.last?)
    }

    /// The iterations of the last attempt of a Map, ordered by their indices. None that have not
    /// started, and none of a Map in distributed mode, whose iterations are executions.
    pub fn iterations(&self, visit: VisitIndex) -> &[HistoryIteration] {
        self.iterations_of_attempt(visit, self.last_attempt_of(visit))
    }

    /// The iterations of an attempt of a Map, as those of its last one.
    pub fn iterations_of_attempt(&self, visit: VisitIndex, attempt: u32) -> &[HistoryIteration] {
        match self.parts_of_attempt(visit, attempt) {
            Some(ForkParts::Iterations(iterations)) => iterations,
            Some(ForkParts::Branches(_) | ForkParts::Call) | None => &[],
        }
    }

    /// The scope of an iteration of the last attempt of a Map.
    pub fn iteration_scope(&self, visit: VisitIndex, iteration: &HistoryIteration) -> VisitScope {
        let attempt = self.last_attempt_of(visit);
        VisitScope::Iteration { visit, attempt, index: iteration.index }
    }

    /// The scopes of the branches of the last attempt of a Parallel.
    pub fn branch_scopes(&self, visit: VisitIndex) -> impl Iterator<Item = VisitScope> + use<> {
        self.branch_scopes_of_attempt(visit, self.last_attempt_of(visit))
    }

    /// The scopes of the branches of an attempt of a Parallel.
    pub fn branch_scopes_of_attempt(
        &self,
        visit: VisitIndex,
        attempt: u32,
    ) -> impl Iterator<Item = VisitScope> + use<> {
        let branches = match self.parts_of_attempt(visit, attempt) {
            Some(ForkParts::Branches(branches)) => branches.len(),
            Some(ForkParts::Iterations(_) | ForkParts::Call) | None => 0,
        };
        let branches = u32::try_from(branches).unwrap_or(u32::MAX);
        (0..branches).map(move |number| VisitScope::Branch { visit, attempt, number })
    }

    fn last_attempt_of(&self, visit: VisitIndex) -> u32 {
        self.visit(visit).and_then(HistoryVisit::last_attempt).unwrap_or_default()
    }

    fn parts_of_attempt(&self, visit: VisitIndex, attempt: u32) -> Option<&ForkParts> {
        Some(&self.visit(visit)?.attempts.get(attempt as usize)?.parts)
    }

    fn chain_of_scope(&self, scope: VisitScope) -> Option<VisitChain> {
        match scope {
            VisitScope::Execution => Some(self.top),
            VisitScope::Branch { visit, attempt, number } => {
                match self.parts_of_attempt(visit, attempt)? {
                    ForkParts::Branches(branches) => {
                        branches.get(number as usize).map(|branch| branch.visits)
                    }
                    ForkParts::Call | ForkParts::Iterations(_) => None,
                }
            }
            VisitScope::Iteration { visit, attempt, index } => {
                match self.parts_of_attempt(visit, attempt)? {
                    ForkParts::Iterations(iterations) => {
                        let at = find_iteration(iterations, index).ok()?;
                        Some(iterations[at].visits)
                    }
                    ForkParts::Call | ForkParts::Branches(_) => None,
                }
            }
        }
    }

    fn chain_of_scope_mut(&mut self, scope: VisitScope) -> Option<&mut VisitChain> {
        match scope {
            VisitScope::Execution => Some(&mut self.top),
            VisitScope::Branch { visit, attempt, number } => {
                let visit = self.visits.get_mut(visit.position())?;
                match &mut visit.attempts.get_mut(attempt as usize)?.parts {
                    ForkParts::Branches(branches) => {
                        branches.get_mut(number as usize).map(|branch| &mut branch.visits)
                    }
                    ForkParts::Call | ForkParts::Iterations(_) => None,
                }
            }
            VisitScope::Iteration { .. } => {
                self.iteration_mut(scope).map(|iteration| &mut iteration.visits)
            }
        }
    }

    fn iteration_mut(&mut self, scope: VisitScope) -> Option<&mut HistoryIteration> {
        let VisitScope::Iteration { visit, attempt, index } = scope else { return None };
        let visit = self.visits.get_mut(visit.position())?;
        match &mut visit.attempts.get_mut(attempt as usize)?.parts {
            ForkParts::Iterations(iterations) => {
                let at = find_iteration(iterations, index).ok()?;
                iterations.get_mut(at)
            }
            ForkParts::Call | ForkParts::Branches(_) => None,
        }
    }

    fn intern_name(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}

/// Where the iteration is among others that are ordered by their indices, or should be.
fn find_iteration(iterations: &[HistoryIteration], index: u32) -> Result<usize, usize> {
    // Often each follows the one before it.
    match iterations.last() {
        Some(last) if last.index < index => Err(iterations.len()),
        _ => iterations.binary_search_by_key(&index, |iteration| iteration.index),
    }
}
