//! Succeed State.

use super::flow::InputOutput;

/// Ends its workflow well.
///
/// Spec: ASL § Succeed State.
#[derive(Clone, Debug)]
pub struct Succeed {
    /// How data flows.
    pub flow: InputOutput,
}
