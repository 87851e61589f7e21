//! Rehearsals: state machines run offline, on the same engine and use cases, with mocks in the
//! place of the world and a clock that jumps; and files of test cases made of them.
//!
//! Invariant: a rehearsal takes no real time, calls nothing and goes the same way each time.

mod check;
mod clock;
mod coverage;
mod diff;
mod execution;
pub mod history;
mod machine;
mod mock_config;
mod mocked_caller;
mod mocks;
mod reached;
mod run;
mod stage;
mod state;
mod suite;
#[cfg(test)]
mod tests;
mod ways;

pub use check::{Verdict, check};
pub use coverage::{Coverage, Share};
pub use execution::{Rehearsed, Trouble, rehearse};
pub use machine::{Machine, MachineError};
pub use mock_config::{MockConfig, MockConfigError};
pub use mocked_caller::{MockedCaller, TestCases};
pub use mocks::{Answer, Mocks, MocksError};
pub use reached::Reached;
pub use run::check_all;
pub use state::{Probe, Probed, probe};
pub use suite::{
    Alone, Case, DefinitionSource, Expectation, Expected, Position, Suite, SuiteError, Tested,
};
pub use ways::{Exit, Way};
