//! Fail State.

use jsonpath::Expression;

/// Ends its workflow badly.
///
/// Spec: ASL § Fail State.
#[derive(Clone, Debug)]
pub struct Fail {
    /// `Error` or `ErrorPath`
    pub error: Text,
    /// `Cause` or `CausePath`
    pub cause: Text,
}

/// A text that a definition gives, or names by a path or an intrinsic function, or leaves out.
#[derive(Clone, Debug)]
pub enum Text {
    /// Left out.
    Absent,
    /// Given.
    Literal(String),
    /// `…Path`
    Expression(Expression),
}
