//! Succeed State.

use super::language::QueryLanguage;

/// Ends its workflow successfully.
///
/// Spec: ASL § Succeed State.
#[derive(Clone, Debug)]
pub struct SucceedState<L: QueryLanguage> {
    /// Input and output processing.
    pub flow: L::StateInputOutput,
}
