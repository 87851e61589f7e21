//! Succeed State.

use super::language::QueryLanguage;

/// Ends its workflow well.
///
/// Spec: ASL § Succeed State.
#[derive(Clone, Debug)]
pub struct SucceedState<L: QueryLanguage> {
    /// How data flows.
    pub flow: L::StateInputOutput,
}
