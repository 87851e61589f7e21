//! The error of a text that is not an expression.

use crate::{limits::SOURCE_BYTES_MAX, message};

/// The reason a text is not an expression.
///
/// `Display` gives AWS's text after `INVALID_JSONATA_EXPRESSION: `: the message of JSONata without
/// its code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonataSyntaxError {
    code: Option<String>,
    message: String,
}

impl JsonataSyntaxError {
    /// Returns JSONata's code, e.g. `S0207`; `None` if the error has none.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(crate) fn new(text: &str) -> Self {
        match message::split_code(text) {
            Some((code, rest)) => Self { code: Some(code.to_owned()), message: rest.to_owned() },
            None => Self { code: None, message: text.to_owned() },
        }
    }

    pub(crate) fn not_delimited() -> Self {
        Self::new("JSONata string must start with {% and end with %}")
    }

    pub(crate) fn too_long() -> Self {
        Self::new(&format!("The expression is longer than {SOURCE_BYTES_MAX} bytes"))
    }

    /// The error of a symbol where an operand was expected.
    pub(crate) fn not_unary(symbol: &str) -> Self {
        Self::new(&format!("S0211: The symbol \"{symbol}\" cannot be used as a unary operator"))
    }
}
