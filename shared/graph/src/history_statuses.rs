//! From an execution's history to the statuses of its states.
//!
//! `previousEventId` leads from each event to the one that caused it, so that the events of iterations
//! that run side by side can be told apart: each event belongs to the visit of a state to which the
//! event before it belongs, until another state is entered or left.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::state_status::{StateStatus, StateStatuses};

/// Finds out what has become of each state, from the events of one execution.
///
/// Shape: each event is as `GetExecutionHistory` prints it, in any order. Events that are missing, or
/// are of unknown types, are passed over.
///
/// Spec: API reference, `HistoryEvent`.
pub fn statuses_of_history(events: &[Value]) -> StateStatuses {
    let mut read: Vec<ReadEvent<'_>> = events.iter().filter_map(ReadEvent::of).collect();
    read.sort_by_key(|event| event.id);
    let mut reader = HistoryReader::default();
    for event in &read {
        reader.read_event(event);
    }
    reader.into_statuses()
}

struct ReadEvent<'e> {
    id: u64,
    previous: u64,
    kind: &'e str,
    /// The `name` in its details: of a state, or of the Map of an iteration.
    name: Option<&'e str>,
}

impl<'e> ReadEvent<'e> {
    fn of(event: &'e Value) -> Option<Self> {
        const DETAILS: [&str; 6] = [
            "stateEnteredEventDetails",
            "stateExitedEventDetails",
            "mapIterationStartedEventDetails",
            "mapIterationSucceededEventDetails",
            "mapIterationFailedEventDetails",
            "mapIterationAbortedEventDetails",
        ];
        let name = DETAILS.iter().find_map(|member| event.get(member)?.get("name")?.as_str());
        Some(Self {
            id: event.get("id")?.as_u64()?,
            previous: event.get("previousEventId").and_then(Value::as_u64).unwrap_or_default(),
            kind: event.get("type")?.as_str()?,
            name,
        })
    }
}

/// One visit of a state.
struct StateVisit {
    name: String,
    /// The event that started the workflow around it; 0 is the whole execution's.
    scope: u64,
    /// The visit of the state around it, and which of its attempts this is a part of.
    parent: Option<(usize, u32)>,
    has_exited: bool,
    /// Whether its last attempt has failed.
    has_failed: bool,
    was_retried: bool,
    fork: ForkProgress,
}

/// The children of a visit.
#[derive(Clone, Copy, Default)]
struct ForkProgress {
    /// How often they were started.
    attempt: u32,
    /// Whether they may run.
    is_open: bool,
}

#[derive(Default)]
struct HistoryReader {
    visits: Vec<StateVisit>,
    /// The visit to which each event belongs.
    visit_of_event: BTreeMap<u64, usize>,
    /// The events that start a branch or an iteration of their visit.
    starts: BTreeMap<u64, usize>,
    has_ended: bool,
    has_succeeded: bool,
}

impl HistoryReader {
    fn read_event(&mut self, event: &ReadEvent<'_>) {
        let before = self.visit_of_event.get(&event.previous).copied();
        let after = match event.kind {
            "ExecutionSucceeded" => {
                (self.has_ended, self.has_succeeded) = (true, true);
                before
            }
            "ExecutionFailed" => {
                // A state that fails without an event of its own is the last one that was entered.
                self.mark_failed(before.filter(|visit| !self.visits[*visit].has_exited));
                self.has_ended = true;
                before
            }
            "ExecutionTimedOut" | "ExecutionAborted" => {
                self.has_ended = true;
                before
            }
            "ExecutionRedriven" => {
                self.has_ended = false;
                before
            }
            "ParallelStateStarted" | "MapStateStarted" => self.open_fork(before, event),
            "MapIterationStarted" => {
                let map = self.enclosing_visit(before, event.name);
                self.starts.extend(map.map(|map| (event.id, map)));
                map
            }
            "MapIterationSucceeded" | "MapIterationFailed" | "MapIterationAborted" => {
                self.enclosing_visit(before, event.name)
            }
            "ParallelStateSucceeded"
            | "MapStateSucceeded"
            | "ParallelStateAborted"
            | "MapStateAborted" => self.close_fork(before),
            "ParallelStateFailed" | "MapStateFailed" => {
                let fork = self.close_fork(before);
                self.mark_failed(fork);
                fork
            }
            kind if kind.ends_with("StateEntered") => self.enter_state(before, event),
            kind if kind.ends_with("StateExited") => self.exit_state(before, event),
            kind if kind.ends_with("Scheduled") || kind == "MapRunStarted" => {
                self.note_attempt(before);
                before
            }
            kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") => {
                self.mark_failed(before);
                before
            }
            _ => before,
        };
        self.visit_of_event.extend(after.map(|visit| (event.id, visit)));
    }

    fn enter_state(&mut self, before: Option<usize>, event: &ReadEvent<'_>) -> Option<usize> {
        let (scope, parent) = match (self.starts.get(&event.previous), before) {
            (Some(fork), _) => (event.previous, Some((*fork, self.visits[*fork].fork.attempt))),
            (None, Some(sibling)) => (self.visits[sibling].scope, self.visits[sibling].parent),
            (None, None) => (0, None),
        };
        self.visits.push(StateVisit {
            name: event.name?.to_owned(),
            scope,
            parent,
            has_exited: false,
            has_failed: event.kind == "FailStateEntered",
            was_retried: false,
            fork: ForkProgress::default(),
        });
        Some(self.visits.len() - 1)
    }

    fn exit_state(&mut self, before: Option<usize>, event: &ReadEvent<'_>) -> Option<usize> {
        let visit = match self.enclosing_visit(before, event.name) {
            Some(visit) => visit,
            // The events before it are missing.
            None => self.enter_state(None, event)?,
        };
        self.visits[visit].has_exited = true;
        Some(visit)
    }

    fn open_fork(&mut self, before: Option<usize>, event: &ReadEvent<'_>) -> Option<usize> {
        let fork = before?;
        self.note_attempt(before);
        self.visits[fork].fork.attempt += 1;
        self.visits[fork].fork.is_open = true;
        if event.kind == "ParallelStateStarted" {
            self.starts.insert(event.id, fork);
        }
        before
    }

    /// Closes the innermost fork around a visit that is still open.
    fn close_fork(&mut self, before: Option<usize>) -> Option<usize> {
        let fork = self.find_around(before, |visit| visit.fork.is_open).or(before)?;
        self.visits[fork].fork.is_open = false;
        Some(fork)
    }

    fn note_attempt(&mut self, visit: Option<usize>) {
        if let Some(visit) = visit.map(|visit| &mut self.visits[visit]) {
            visit.was_retried |= visit.has_failed;
            visit.has_failed = false;
        }
    }

    fn mark_failed(&mut self, visit: Option<usize>) {
        if let Some(visit) = visit {
            self.visits[visit].has_failed = true;
        }
    }

    /// The visit of that state which is this one, or around it.
    fn enclosing_visit(&self, from: Option<usize>, name: Option<&str>) -> Option<usize> {
        self.find_around(from, |visit| Some(visit.name.as_str()) == name)
    }

    fn find_around(
        &self,
        from: Option<usize>,
        is_wanted: impl Fn(&StateVisit) -> bool,
    ) -> Option<usize> {
        let mut visit = from?;
        while !is_wanted(&self.visits[visit]) {
            visit = self.visits[visit].parent?.0;
        }
        Some(visit)
    }

    fn into_statuses(self) -> StateStatuses {
        let mut newest = BTreeMap::new();
        for (index, visit) in self.visits.iter().enumerate() {
            newest.insert((visit.scope, visit.name.as_str()), index);
        }
        // A visit comes after the one around it.
        let mut counts = vec![false; self.visits.len()];
        for (index, visit) in self.visits.iter().enumerate() {
            let is_newest = newest.get(&(visit.scope, visit.name.as_str())) == Some(&index);
            counts[index] = is_newest
                && visit.parent.is_none_or(|(around, attempt)| {
                    counts[around] && self.visits[around].fork.attempt == attempt
                });
        }
        let mut statuses = StateStatuses::default();
        let mut earlier = BTreeMap::new();
        for (index, visit) in self.visits.iter().enumerate() {
            let status = self.status_of_visit(visit);
            if counts[index] {
                statuses.add_status(&visit.name, status);
            } else {
                earlier.insert(visit.name.as_str(), status);
            }
        }
        // What an earlier round came to is shown where the newest has not come so far.
        for (name, status) in earlier {
            if statuses.status_of(name) == StateStatus::NotReached {
                statuses.add_status(name, status);
            }
        }
        statuses.has_succeeded = self.has_succeeded;
        statuses
    }

    fn status_of_visit(&self, visit: &StateVisit) -> StateStatus {
        match (visit.has_exited, visit.has_failed) {
            (true, true) => StateStatus::Caught,
            (true, false) if visit.was_retried => StateStatus::Retried,
            (true, false) => StateStatus::Succeeded,
            (false, _) if self.may_go_on(visit) => StateStatus::Running,
            (false, true) => StateStatus::Failed,
            (false, false) => StateStatus::Aborted,
        }
    }

    fn may_go_on(&self, visit: &StateVisit) -> bool {
        let mut parent = visit.parent;
        while let Some((around, attempt)) = parent {
            let around = &self.visits[around];
            if !around.fork.is_open || around.fork.attempt != attempt {
                return false;
            }
            parent = around.parent;
        }
        !self.has_ended
    }
}

#[cfg(test)]
mod tests;
