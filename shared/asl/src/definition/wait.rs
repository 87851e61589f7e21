//! Wait State.

use model::Timestamp;

use super::{flow::NextOrEnd, language::QueryLanguage};

/// Delays its workflow.
///
/// Spec: ASL § Wait State.
#[derive(Clone, Debug)]
pub struct WaitState<L: QueryLanguage> {
    /// Input and output processing.
    pub flow: L::StateInputOutput,
    /// How long the state waits, or until when.
    pub duration: WaitDuration<L>,
    /// `Next` or `End`
    pub next: NextOrEnd,
}

/// How long a Wait waits, in one of four forms.
#[derive(Clone, Debug)]
pub enum WaitDuration<L: QueryLanguage> {
    /// `Seconds`, 0 to 99,999,999.
    Seconds(u64),
    /// `Timestamp`
    Timestamp(Timestamp),
    /// `SecondsPath`, or `Seconds` with an expression.
    SecondsReference(L::ValueReference),
    /// `TimestampPath`, or `Timestamp` with an expression.
    TimestampReference(L::ValueReference),
}
