//! Wait State.

use model::Timestamp;

use super::{flow::NextOrEnd, language::QueryLanguage};

/// Lets time pass.
///
/// Spec: ASL § Wait State.
#[derive(Clone, Debug)]
pub struct WaitState<L: QueryLanguage> {
    /// How data flows.
    pub flow: L::StateInputOutput,
    /// For how long.
    pub duration: WaitDuration<L>,
    /// Where it leads.
    pub next: NextOrEnd,
}

/// Exactly one of the four forms.
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
