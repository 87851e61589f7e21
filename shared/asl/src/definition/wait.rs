//! Wait State.

use jsonpath::SourcedPath;
use model::Timestamp;

use super::flow::{InputOutput, Next};

/// Lets time pass.
///
/// Spec: ASL § Wait State.
#[derive(Clone, Debug)]
pub struct Wait {
    /// How data flows.
    pub flow: InputOutput,
    /// For how long.
    pub duration: WaitFor,
    /// Where it leads.
    pub next: Next,
}

/// Exactly one of the four forms.
#[derive(Clone, Debug)]
pub enum WaitFor {
    /// `Seconds`, 0 to 99,999,999.
    Seconds(u64),
    /// `Timestamp`
    Timestamp(Timestamp),
    /// `SecondsPath`
    SecondsPath(SourcedPath),
    /// `TimestampPath`
    TimestampPath(SourcedPath),
}
