//! Retry and Catch.

use jsonpath::ReferencePath;
use model::StateName;

use super::flow::Placement;

/// What a Task, Parallel or Map does about errors: retriers first, then catchers, each in order.
///
/// Spec: ASL § Errors.
#[derive(Clone, Debug, Default)]
pub struct Handlers {
    /// `Retry`
    pub retry: Vec<Retrier>,
    /// `Catch`
    pub catch: Vec<Catcher>,
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
    pub jitter: Jitter,
}

/// `JitterStrategy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// The delay as computed.
    #[default]
    None,
    /// Anything between nothing and the delay as computed.
    Full,
}

/// Spec: ASL § Fallback states.
#[derive(Clone, Debug)]
pub struct Catcher {
    /// `ErrorEquals`, never empty.
    pub error_equals: Vec<String>,
    /// `Next`
    pub next: StateName,
    /// `ResultPath`: where the error output goes in the state's raw input.
    pub result: Placement,
}

impl Catcher {
    /// The reference path of `ResultPath`, if it names a place.
    pub fn reference_path(&self) -> Option<&ReferencePath> {
        match &self.result {
            Placement::At(path) => Some(path),
            Placement::Replace | Placement::Discard => None,
        }
    }
}
