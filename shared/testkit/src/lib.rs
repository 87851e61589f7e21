//! Rehearsals: state machines run offline, on the same engine and use cases, with mocks in the
//! place of the world and a clock that jumps; and files of test cases made of them.
//!
//! Invariant: a rehearsal takes no real time, calls nothing and goes the same way each time.

mod check;
mod coverage;
mod coverage_hits;
mod diff;
pub mod history_lines;
mod machine_run;
mod mock_config;
mod mock_world;
mod mocked_caller;
mod offline_machine;
mod state_mocks;
mod state_run;
mod suite;
mod suite_run;
#[cfg(test)]
mod tests;
mod transitions;
mod virtual_clock;

pub use check::{CaseResult, check_case};
pub use coverage::{CoverageRatio, CoverageReport};
pub use coverage_hits::CoverageHits;
pub use machine_run::{OfflineRun, OfflineRunError, run_machine_offline};
pub use mock_config::{MockConfig, MockConfigError};
pub use mocked_caller::{MockedCaller, MockedExecutions};
pub use offline_machine::{OfflineMachine, OfflineMachineError};
pub use state_mocks::{MockAnswer, StateMocks, StateMocksError};
pub use state_run::{OfflineStateRun, StateRunRequest, run_state_offline};
pub use suite::{
    DefinitionSource, Expectation, ExpectationPosition, ExpectedResult, StateUnderTest,
    SuiteMachine, TestCase, TestSuite, TestSuiteError,
};
pub use suite_run::check_all_cases;
pub use transitions::{TransitionKind, TransitionRef};
