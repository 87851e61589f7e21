//! The error of a failed evaluation.

use step_budget::BudgetExceeded;

use crate::intrinsic::IntrinsicFunction;

/// The reason an expression has no value.
///
/// `Display` gives AWS's cause without its prefix
/// `An error occurred while executing the state 'S' (entered at the event id #N). `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathEvaluationError {
    /// A path finds no value.
    #[error(
        "The JSONPath '{path}' specified for the field '{}' could not be found in the input \
         '{input}'",
        field.as_deref().unwrap_or_default()
    )]
    PathNotFound {
        /// The path, as the user wrote it.
        path: String,
        /// The field that contains the path: a key with its `.$`, or e.g. `ErrorPath`. `None`
        /// until [`Self::for_field`] sets it.
        field: Option<String>,
        /// The searched value as compact JSON: the context object for `$$`, otherwise the state's
        /// data.
        input: String,
    },
    /// A path cannot be applied to a value.
    #[error("Invalid path '{path}' : {message}")]
    InvalidPath {
        /// The path, as the user wrote it.
        path: String,
        /// The message of the path library that AWS uses.
        message: String,
    },
    /// A path in an argument of an intrinsic function finds no value.
    #[error(
        "The function '{call}' had the following error: The JsonPath argument for the field \
         '{path}' could not be found in the input '{input}'"
    )]
    ArgumentNotFound {
        /// The outermost call, as the user wrote it.
        call: String,
        /// The path as AWS quotes it: a path into the context object has only one `$`.
        path: String,
        /// The state's data as compact JSON, even if the path starts from another value.
        input: String,
    },
    /// A path in an argument of an intrinsic function cannot be applied to a value.
    #[error("The function '{call}' had the following error: {message}")]
    ArgumentPath {
        /// The outermost call, as the user wrote it.
        call: String,
        /// The message of the path library that AWS uses.
        message: String,
    },
    /// An intrinsic function failed.
    #[error("There was an error while evaluating the intrinsic function: {call}. {message}")]
    Intrinsic {
        /// The call that failed, which may be an inner one, as the user wrote it.
        call: String,
        /// Its function.
        function: IntrinsicFunction,
        /// The reason, e.g. `Invalid arguments in States.MathAdd`.
        message: String,
    },
    /// The step costs too much.
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

impl JsonPathEvaluationError {
    /// Returns the name of the workflow error.
    ///
    /// AWS reports failed intrinsic functions as `States.Runtime` too, in spite of the documented
    /// `States.IntrinsicFailure`: its own test harness asserts that for `States.MathAdd`, and so do
    /// recorded causes of others (`Invalid arguments in States.StringToJson`).
    pub fn error_name(&self) -> &'static str {
        match self {
            Self::PathNotFound { .. }
            | Self::InvalidPath { .. }
            | Self::ArgumentNotFound { .. }
            | Self::ArgumentPath { .. }
            | Self::Intrinsic { .. }
            | Self::Budget(BudgetExceeded::Time) => "States.Runtime",
            Self::Budget(BudgetExceeded::Bytes) => "States.DataLimitExceeded",
        }
    }

    /// Sets the field that contains the expression, unless it is already set.
    #[must_use]
    pub fn for_field(self, name: &str) -> Self {
        match self {
            Self::PathNotFound { path, field: None, input } => {
                Self::PathNotFound { path, field: Some(name.to_owned()), input }
            }
            other @ (Self::PathNotFound { .. }
            | Self::InvalidPath { .. }
            | Self::ArgumentNotFound { .. }
            | Self::ArgumentPath { .. }
            | Self::Intrinsic { .. }
            | Self::Budget(_)) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JsonPathEvaluationError;

    #[test]
    fn the_field_is_named_once() {
        let error = JsonPathEvaluationError::PathNotFound {
            path: "$.x".to_owned(),
            field: None,
            input: "{}".to_owned(),
        };
        let cause = error.for_field("ErrorPath").for_field("other").to_string();
        assert_eq!(
            cause,
            "The JSONPath '$.x' specified for the field 'ErrorPath' could not be found in the \
             input '{}'"
        );
    }
}
