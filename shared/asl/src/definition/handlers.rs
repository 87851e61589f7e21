//! Retry and Catch.

use jsonpath::PayloadTemplate;
use model::StateName;

use super::{flow::ResultPath, language::QueryLanguage};

/// What a Task, Parallel or Map does about errors: retriers first, then catchers, each in order.
///
/// Spec: ASL § Errors.
#[derive(Clone, Debug)]
pub struct ErrorHandlers<L: QueryLanguage> {
    /// `Retry`
    pub retry: Vec<Retrier>,
    /// `Catch`
    pub catch: Vec<Catcher<L>>,
}

/// Spec: ASL § Retrying after error.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    /// `ErrorEquals`, never empty.
    pub error_equals: Vec<String>,
    /// `IntervalSeconds`, default 1.
    pub interval_seconds: u64,
    /// `MaxAttempts`, default 3; 0 means never.
    pub max_attempts: u64,
    /// `BackoffRate`, at least 1, default 2.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy`
    pub jitter: JitterStrategy,
}

/// `JitterStrategy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitterStrategy {
    /// The delay as computed.
    #[default]
    None,
    /// Anything between nothing and the delay as computed.
    Full,
}

/// Spec: ASL § Fallback states.
#[derive(Clone, Debug)]
pub struct Catcher<L: QueryLanguage> {
    /// `ErrorEquals`, never empty.
    pub error_equals: Vec<String>,
    /// `Next`
    pub next: StateName,
    /// What becomes of the error output.
    pub catcher_output: L::CatcherOutput,
}

/// What a catcher in JSONPath does.
#[derive(Clone, Debug)]
pub struct JsonPathCatcherOutput {
    /// `ResultPath`: where the error output goes in the state's raw input.
    pub result_path: ResultPath,
    /// `Assign`
    pub assign: Option<PayloadTemplate>,
}
