//! Fail State.

use super::language::QueryLanguage;

/// Ends its workflow with an error.
///
/// Spec: ASL § Fail State.
#[derive(Clone, Debug)]
pub struct FailState<L: QueryLanguage> {
    /// `Error` or `ErrorPath`
    pub error: FailText<L>,
    /// `Cause` or `CausePath`
    pub cause: FailText<L>,
}

/// The error name or the cause of a Fail.
#[derive(Clone, Debug)]
pub enum FailText<L: QueryLanguage> {
    /// The field is left out.
    Absent,
    /// A literal string.
    Literal(String),
    /// A path, intrinsic function call or JSONata expression that yields a string.
    Expression(L::TextExpression),
}
