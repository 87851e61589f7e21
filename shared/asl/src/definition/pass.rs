//! Pass State.

use model::Payload;

use super::flow::{DataFlow, Next};

/// Passes its input, or a fixed result, to its output.
///
/// Spec: ASL § Pass State.
#[derive(Clone, Debug)]
pub struct Pass {
    /// How data flows; `result_selector` is always absent.
    pub flow: DataFlow,
    /// `Result`: taken as it stands, paths in it are not evaluated.
    pub result: Option<Payload>,
    /// Where it leads.
    pub next: Next,
}
