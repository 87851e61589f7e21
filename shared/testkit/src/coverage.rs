//! What no case has reached.

use std::fmt;

use crate::{CoverageHits, OfflineMachine};

/// How much of a machine some cases have reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageReport {
    /// States that were entered, of all.
    pub states: CoverageRatio,
    /// Ways that were taken, of all.
    pub transitions: CoverageRatio,
    /// `state S` for a state that was not entered; a way for one that was not taken although its
    /// state was entered.
    pub missing: Vec<String>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageRatio {
    /// So many
    pub reached: usize,
    /// of so many.
    pub all: usize,
}

impl CoverageReport {
    /// Of a machine of which this was reached.
    pub fn from_hits(machine: &OfflineMachine, reached: &CoverageHits) -> Self {
        let states = machine.state_names();
        let entered = |state| reached.states.contains(state);
        let mut missing: Vec<String> = Vec::new();
        for state in states.iter().copied().filter(|state| !entered(state)) {
            missing.push(format!("state {state}"));
        }
        for (at, way) in machine.all_transitions().iter().enumerate() {
            if !reached.transitions.contains(&at) && entered(&way.state) {
                missing.push(way.to_string());
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
    /// Whole percent, rounded down, so that only all is 100.
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
