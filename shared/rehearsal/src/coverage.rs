//! What no case has reached.

use std::fmt;

use crate::{Machine, Reached};

/// How much of a machine some cases have reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// States that were entered, of all.
    pub states: Share,
    /// Ways that were taken, of all.
    pub ways: Share,
    /// `state S` for a state that was not entered; a way for one that was not taken although its
    /// state was entered.
    pub missing: Vec<String>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// So many
    pub reached: usize,
    /// of so many.
    pub all: usize,
}

impl Coverage {
    /// Of a machine of which this was reached.
    pub fn of(machine: &Machine, reached: &Reached) -> Self {
        let states = machine.states();
        let entered = |state| reached.states.contains(state);
        let mut missing: Vec<String> = Vec::new();
        for state in states.iter().copied().filter(|state| !entered(state)) {
            missing.push(format!("state {state}"));
        }
        for (at, way) in machine.ways().iter().enumerate() {
            if !reached.ways.contains(&at) && entered(&way.state) {
                missing.push(way.to_string());
            }
        }
        let entered_count = states.iter().filter(|state| entered(state)).count();
        Self {
            states: Share { reached: entered_count, all: states.len() },
            ways: Share { reached: reached.ways.len(), all: machine.ways().len() },
            missing,
        }
    }
}

impl Share {
    /// Whole percent, rounded down, so that only all is 100.
    pub const fn percent(self) -> usize {
        match (self.reached * 100).checked_div(self.all) {
            Some(percent) => percent,
            None => 100,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.reached, self.all)
    }
}
