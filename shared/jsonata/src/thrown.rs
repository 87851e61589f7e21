//! What an evaluation throws.

use crate::message;

/// The reason an evaluation has no value.
#[derive(Debug, Clone)]
pub(crate) enum Thrown {
    /// An error of JSONata, whose message its code determines.
    Coded(Box<CodedError>),
    /// A message without a code.
    Plain(String),
    /// An error that AWS reports as its own.
    Internal,
}

/// The outcome of evaluating something.
pub(crate) type Evaluated<T> = Result<T, Thrown>;

/// An error with a code and what its message quotes. The values are JSON texts; `undefined` stands
/// for what has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodedError {
    pub(crate) code: &'static str,
    /// The function or operator that failed, as far as it is known.
    pub(crate) token: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) value2: Option<String>,
    pub(crate) exponent: Option<String>,
    /// Which argument is wrong, counting from 1.
    pub(crate) index: usize,
    /// The plural of the type that the items of an array need.
    pub(crate) item_type: Option<&'static str>,
    /// The function that a message names itself.
    pub(crate) function: &'static str,
    /// A message that the expression gives.
    pub(crate) message: String,
}

impl Thrown {
    /// The error with a code whose message quotes nothing, or only the token.
    pub(crate) fn code(code: &'static str) -> Self {
        Self::Coded(Box::new(CodedError { code, ..CodedError::default() }))
    }

    /// The error with a code whose message quotes a JSON text.
    pub(crate) fn with_value(code: &'static str, value: String) -> Self {
        Self::Coded(Box::new(CodedError { code, value: Some(value), ..CodedError::default() }))
    }

    /// The error of an argument. `index` counts from 1.
    pub(crate) fn argument(code: &'static str, index: usize) -> Self {
        Self::Coded(Box::new(CodedError { code, index, ..CodedError::default() }))
    }

    /// The error `D3137`, whose message is free.
    pub(crate) fn message(code: &'static str, message: String) -> Self {
        Self::Coded(Box::new(CodedError { code, message, ..CodedError::default() }))
    }

    /// The error of a name that was meant to be a function's.
    pub(crate) fn with_token(code: &'static str, token: &str) -> Self {
        Self::code(code).or_token(Some(token))
    }

    /// The failure of an evaluation that nests too deeply.
    pub(crate) fn stack_overflow() -> Self {
        Self::Plain(message::STACK.to_owned())
    }

    /// The failure of an evaluation that takes too long.
    pub(crate) fn timeout() -> Self {
        Self::Plain(message::TIMEOUT.to_owned())
    }

    /// The failure of a value that exceeds its limit.
    pub(crate) fn too_large() -> Self {
        Self::Plain(crate::evaluation_error::TOO_LARGE.to_owned())
    }

    /// Names the function that failed, if no other one is named.
    pub(crate) fn or_token(mut self, token: Option<&str>) -> Self {
        if let Self::Coded(error) = &mut self
            && error.token.is_none()
        {
            error.token = token.map(str::to_owned);
        }
        self
    }

    /// Names the operator that failed, even if a function in its operand is named.
    pub(crate) fn replace_token(mut self, token: &str) -> Self {
        if let Self::Coded(error) = &mut self {
            error.token = Some(token.to_owned());
        }
        self
    }
}
