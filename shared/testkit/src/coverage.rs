//! Coverage of a machine by test cases.

use std::fmt;

use crate::{CoverageHits, OfflineMachine};

/// Reports which states and transitions of a machine the cases have reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageReport {
    /// States that were entered, out of all states.
    pub states: CoverageRatio,
    /// Transitions that were taken, out of all transitions.
    pub transitions: CoverageRatio,
    /// `state S` for each state that was not entered, and the text of each transition that was not
    /// taken although its state was entered.
    pub missing: Vec<String>,
}

/// Counts reached items out of all items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageRatio {
    /// The number of reached items.
    pub reached: usize,
    /// The number of all items.
    pub all: usize,
}

impl CoverageReport {
    /// Computes the report of a machine from what was reached.
    pub fn from_hits(machine: &OfflineMachine, reached: &CoverageHits) -> Self {
        let states = machine.state_names();
        let entered = |state| reached.states.contains_key(state);
        let mut missing: Vec<String> = Vec::new();
        for state in states.iter().copied().filter(|state| !entered(state)) {
            missing.push(format!("state {state}"));
        }
        for (at, transition) in machine.all_transitions().iter().enumerate() {
            if !reached.transitions.contains_key(&at) && entered(&transition.reference.state) {
                missing.push(transition.to_string());
            }
        }
        let entered_count = states.iter().filter(|state| entered(state)).count();
        Self {
            states: CoverageRatio { reached: entered_count, all: states.len() },
            transitions: CoverageRatio {
                reached: reached.transitions.len(),
                all: machine.all_transitions().len(),
            },
            missing,
        }
    }
}

impl CoverageRatio {
    /// Returns whole percent, rounded down, so that only full coverage shows as 100.
    pub const fn rounded_percent(self) -> usize {
        match (self.reached * 100).checked_div(self.all) {
            Some(percent) => percent,
            None => 100,
        }
    }
}

impl fmt::Display for CoverageRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.reached, self.all)
    }
}
