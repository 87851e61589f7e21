//! Runs state machines offline and checks them against files of test cases. An offline run uses
//! the same engine and use cases as a deployment; mocks answer its calls and its clock is virtual.
//!
//! Invariant: an offline run takes no real time, makes no real calls and is deterministic.

mod check;
mod coverage;
mod coverage_hits;
mod diff;
mod failed_states;
pub mod history_lines;
mod machine_run;
mod mock_config;
mod mocked_caller;
mod nearest_word;
mod offline_machine;
mod offline_ports;
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
pub use failed_states::{FailedState, FailureConsequence};
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
pub use transitions::MachineTransition;
