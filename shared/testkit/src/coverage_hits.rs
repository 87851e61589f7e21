//! Reads from an execution's log which states it entered and which transitions it took.

use std::collections::BTreeMap;

use engine::taken_transitions;
use model::{EventKind, ExecutionId, StateName, TransitionRef};
use orchestrator::{Fault, ports::HistoryReader};

use crate::{OfflineMachine, offline_ports::OfflinePorts};

/// How often states were entered and transitions were taken, of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageHits {
    /// How often each state was entered, of those that were.
    pub states: BTreeMap<StateName, u64>,
    /// How often each transition was taken, of those that were, by their indices in
    /// [`OfflineMachine::all_transitions`].
    pub transitions: BTreeMap<usize, u64>,
}

impl CoverageHits {
    /// Adds what another execution has reached.
    pub fn merge_hits(&mut self, other: Self) {
        for (state, count) in other.states {
            *self.states.entry(state).or_default() += count;
        }
        for (transition, count) in other.transitions {
            *self.transitions.entry(transition).or_default() += count;
        }
    }

    /// Adds a transition. The end of a workflow is not one of the machine's transitions, so it is
    /// ignored.
    pub(crate) fn add_transition(&mut self, machine: &OfflineMachine, taken: &TransitionRef) {
        let all = machine.all_transitions();
        if let Some(at) = all.iter().position(|known| known.reference == *taken) {
            *self.transitions.entry(at).or_default() += 1;
        }
    }

    /// Adds an entry of a state.
    pub(crate) fn add_state(&mut self, state: &StateName) {
        *self.states.entry(state.clone()).or_default() += 1;
    }
}

/// Reads the hits of an execution from its logs.
pub(crate) async fn read_coverage_hits(
    machine: &OfflineMachine,
    world: &OfflinePorts<'_>,
    id: &ExecutionId,
) -> Result<CoverageHits, Fault> {
    let mut found = CoverageHits::default();
    for (_, _, record) in world.store.load_all_records(id).await? {
        for event in &record.events {
            if let EventKind::StateEntered { name, .. } = &event.kind {
                found.add_state(name);
            }
        }
        for taken in taken_transitions(&record.events, &record.frame) {
            found.add_transition(machine, &taken);
        }
    }
    Ok(found)
}
