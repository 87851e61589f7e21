//! Fail State.

use super::language::QueryLanguage;

/// Ends its workflow badly.
///
/// Spec: ASL § Fail State.
#[derive(Clone, Debug)]
pub struct FailState<L: QueryLanguage> {
    /// `Error` or `ErrorPath`
    pub error: FailText<L>,
    /// `Cause` or `CausePath`
    pub cause: FailText<L>,
}

/// A text that a definition gives, or names by a path or an intrinsic function, or leaves out.
#[derive(Clone, Debug)]
pub enum FailText<L: QueryLanguage> {
    /// Left out.
    Absent,
    /// Given.
    Literal(String),
    /// Made of the data.
    Expression(L::TextExpression),
}
