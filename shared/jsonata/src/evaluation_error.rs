//! The error of a failed evaluation.

use std::fmt;

use serde_json::Value;

use crate::{message, thrown::Thrown};

/// The reason an expression has no value.
///
/// `Display` gives AWS's cause without its prefix `An error occurred while executing the state 'S'
/// (entered at the event id #2). `, which the caller adds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The JSONata expression '{expression}' specified for the field '{field}' {failure}")]
pub struct JsonataEvaluationError {
    expression: String,
    field: String,
    failure: EvaluationFailure,
}

/// The kind of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EvaluationFailure {
    /// The expression is undefined.
    Undefined,
    /// JSONata threw an error. The message starts with its code, if it has one.
    Threw(String),
    /// An error that AWS reports as its own.
    Internal,
    /// The value is or contains a function or a regular expression.
    UnsupportedType,
    /// The value does not have the type the field needs.
    UnexpectedType { expected: ExpectedType, actual: &'static str, value: String },
}

/// The types of values that fields need, as AWS names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedType {
    /// `array`
    Array,
    /// `boolean`
    Boolean,
    /// `integer`: a number without a fraction
    Integer,
    /// `number`
    Number,
    /// `object`
    Object,
    /// `string`
    String,
}

impl JsonataEvaluationError {
    /// The error's name, which `Retry` and `Catch` match.
    pub const ERROR_NAME: &str = "States.QueryEvaluationError";

    /// Creates the error of a value that does not have the type a field needs.
    ///
    /// `expression` is quoted as it is given: see [`crate::JsonataExpression::source`].
    pub fn unexpected_type(
        expression: &str,
        field: &str,
        expected: ExpectedType,
        value: &Value,
    ) -> Self {
        let failure = EvaluationFailure::UnexpectedType {
            expected,
            actual: json_type_name(value),
            value: value.to_string(),
        };
        failure.into_error(expression, field)
    }

    /// Returns the error's name, [`Self::ERROR_NAME`].
    pub fn error_name(&self) -> &'static str {
        Self::ERROR_NAME
    }

    /// Returns the field with the expression, e.g. `Output/a[0]`: the location of
    /// `EvaluationFailed`.
    pub fn location(&self) -> &str {
        &self.field
    }

    /// Returns the expression without its delimiters.
    pub fn expression_source(&self) -> &str {
        &self.expression
    }

    pub(crate) fn undefined_value(expression: &str, field: &str) -> Self {
        EvaluationFailure::Undefined.into_error(expression, field)
    }
}

impl EvaluationFailure {
    /// The failure of what an evaluation threw.
    pub(crate) fn of(thrown: &Thrown) -> Self {
        match thrown {
            Thrown::Coded(error) => Self::Threw(message::error_message(error)),
            Thrown::Plain(message) => Self::Threw(message.clone()),
            Thrown::Internal => Self::Internal,
        }
    }

    /// The failure with a message.
    pub(crate) fn from_thrown(message: impl Into<String>) -> Self {
        Self::Threw(message.into())
    }

    /// The failure of a value that exceeds its limit, with AWS's message.
    pub(crate) fn too_large() -> Self {
        Self::from_thrown(TOO_LARGE)
    }

    pub(crate) fn into_error(self, expression: &str, field: &str) -> JsonataEvaluationError {
        JsonataEvaluationError {
            expression: expression.to_owned(),
            field: field.to_owned(),
            failure: self,
        }
    }
}

/// AWS's message for a value that exceeds its limit.
pub(crate) const TOO_LARGE: &str =
    "Expression evaluation memory limit exceeded: Check for excessive memory usage";

impl fmt::Display for EvaluationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("returned nothing (undefined)."),
            Self::Threw(message) => {
                // AWS writes a period before a message with a code and a colon before one without.
                let coded = message::split_code(message).is_some();
                let separator = if coded { ". " } else { ": " };
                write!(f, "threw an error during evaluation{separator}{message}")
            }
            Self::Internal => f.write_str("threw an internal error during evaluation."),
            Self::UnsupportedType => f.write_str("returned an unsupported result type."),
            Self::UnexpectedType { expected, actual, value } => write!(
                f,
                "returned an unexpected result type. Expected '{expected}', but was '{actual}' \
                 for value: {value}"
            ),
        }
    }
}

impl ExpectedType {
    /// Returns whether a value has the type.
    pub fn matches_value(self, value: &Value) -> bool {
        match self {
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Number => value.is_number(),
            Self::Object => value.is_object(),
            Self::String => value.is_string(),
        }
    }
}

impl fmt::Display for ExpectedType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        })
    }
}

fn json_type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{EvaluationFailure, ExpectedType, JsonataEvaluationError};

    #[test]
    fn causes_read_as_on_aws() {
        let cause = |failure: EvaluationFailure| failure.into_error("$x", "Output/a").to_string();
        let start = "The JSONata expression '$x' specified for the field 'Output/a' ";
        for (failure, end) in [
            (EvaluationFailure::Undefined, "returned nothing (undefined)."),
            (EvaluationFailure::UnsupportedType, "returned an unsupported result type."),
            (
                EvaluationFailure::from_thrown("T1006: Attempted to invoke a non-function"),
                "threw an error during evaluation. T1006: Attempted to invoke a non-function",
            ),
            (
                EvaluationFailure::too_large(),
                "threw an error during evaluation: Expression evaluation memory limit exceeded: \
                 Check for excessive memory usage",
            ),
        ] {
            assert_eq!(cause(failure), format!("{start}{end}"));
        }
    }

    #[test]
    fn an_unexpected_value_is_quoted_as_json() {
        let value = json!({"foo": "bar"});
        let error =
            JsonataEvaluationError::unexpected_type("$x", "Items", ExpectedType::Array, &value);
        assert_eq!(
            error.to_string(),
            "The JSONata expression '$x' specified for the field 'Items' returned an unexpected \
             result type. Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}"
        );
        assert_eq!((error.location(), error.expression_source()), ("Items", "$x"));
    }
}
