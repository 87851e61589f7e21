//! Reads from an execution's log which states it entered and which transitions it took.

use std::collections::BTreeSet;

use engine::taken_transitions;
use model::{EventKind, ExecutionId, StateName, TransitionRef};
use orchestrator::{Fault, ports::HistoryReader};

use crate::{OfflineMachine, offline_ports::OfflinePorts};

/// States that were entered and transitions that were taken, of one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoverageHits {
    /// The states that were entered.
    pub states: BTreeSet<StateName>,
    /// The transitions that were taken, by their indices in [`OfflineMachine::all_transitions`].
    pub transitions: BTreeSet<usize>,
}

impl CoverageHits {
    /// Adds what another execution has reached.
    pub fn merge_hits(&mut self, other: Self) {
        self.states.extend(other.states);
        self.transitions.extend(other.transitions);
    }

    /// Adds a transition. The end of a workflow is not one of the machine's transitions, so it is
    /// ignored.
    pub(crate) fn add_transition(&mut self, machine: &OfflineMachine, taken: &TransitionRef) {
        let all = machine.all_transitions();
        self.transitions.extend(all.iter().position(|known| known.reference == *taken));
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
                found.states.insert(name.clone());
            }
        }
        for taken in taken_transitions(&record.events, &record.frame) {
            found.add_transition(machine, &taken);
        }
    }
    Ok(found)
}
