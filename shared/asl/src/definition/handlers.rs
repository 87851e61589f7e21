//! Retry and Catch.

use jsonpath::PayloadTemplate;
use model::StateName;

use super::{flow::ResultPath, language::QueryLanguage};

/// How a Task, Parallel or Map handles errors: retriers are tried first, then catchers, in order.
///
/// Spec: ASL § Errors.
#[derive(Clone, Debug)]
pub struct ErrorHandlers<L: QueryLanguage> {
    /// `Retry`
    pub retry: Vec<Retrier>,
    /// `Catch`
    pub catch: Vec<Catcher<L>>,
}

/// Retries its state after an error that it names.
///
/// Spec: ASL § Retrying after error.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrier {
    /// `ErrorEquals`, never empty.
    pub error_equals: Vec<String>,
    /// `IntervalSeconds`, default 1.
    pub interval_seconds: u64,
    /// `MaxAttempts`, default 3; 0 means no retries.
    pub max_attempts: u64,
    /// `BackoffRate`, at least 1, default 2.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`; `None` means no upper bound.
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy`, default `NONE`.
    pub jitter: JitterStrategy,
}

/// `JitterStrategy`: whether the retry delay is randomized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitterStrategy {
    /// Uses the computed delay.
    #[default]
    None,
    /// Uses a random delay between zero and the computed delay.
    Full,
}

/// Continues at another state after an error that it names.
///
/// Spec: ASL § Fallback states.
#[derive(Clone, Debug)]
pub struct Catcher<L: QueryLanguage> {
    /// `ErrorEquals`, never empty.
    pub error_equals: Vec<String>,
    /// `Next`
    pub next: StateName,
    /// What the catcher does with the error output.
    pub catcher_output: L::CatcherOutput,
}

/// What a JSONPath catcher does with the error output.
#[derive(Clone, Debug)]
pub struct JsonPathCatcherOutput {
    /// `ResultPath`: where the error output goes in the state's raw input.
    pub result_path: ResultPath,
    /// `Assign`
    pub assign: Option<PayloadTemplate>,
}
