//! Pass State.

use model::Payload;

use super::{flow::NextOrEnd, language::QueryLanguage};

/// Passes its input, or a fixed result, to its output.
///
/// Spec: ASL § Pass State.
#[derive(Clone, Debug)]
pub struct PassState<L: QueryLanguage> {
    /// Input and output processing, without `ResultSelector` or `Arguments`.
    pub flow: L::StateDataFlow,
    /// `Result`, in JSONPath only. Paths in it are not evaluated.
    pub result: Option<Payload>,
    /// `Next` or `End`
    pub next: NextOrEnd,
}
