//! Why an evaluation failed.

use crate::intrinsic::IntrinsicFunction;

/// Why an expression has no value. Display is AWS's cause after its
/// `An error occurred while executing the state 'S' (entered at the event id #N). `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathEvaluationError {
    /// A path leads nowhere.
    #[error(
        "The JSONPath '{path}' specified for the field '{}' could not be found in the input \
         '{input}'",
        field.as_deref().unwrap_or_default()
    )]
    PathNotFound {
        /// The path, as the user wrote it.
        path: String,
        /// The field it stands in: the key with its `.$`, or e.g. `ErrorPath`.
        field: Option<String>,
        /// What was searched, as compact JSON.
        input: String,
    },
    /// A path cannot be applied.
    #[error("Invalid path '{path}' : {message}")]
    InvalidPath {
        /// The path, as the user wrote it.
        path: String,
        /// What the path library says.
        message: String,
    },
    /// A path in an argument of an intrinsic function leads nowhere.
    #[error(
        "The function '{call}' had the following error: The JsonPath argument for the field \
         '{path}' could not be found in the input '{input}'"
    )]
    ArgumentNotFound {
        /// The outermost call, as the user wrote it.
        call: String,
        /// The path, rooted in what it was applied to.
        path: String,
        /// The state's data as compact JSON, whatever was searched.
        input: String,
    },
    /// An intrinsic function failed.
    #[error("The function '{call}' had the following error: {message}")]
    Intrinsic {
        /// The outermost call, as the user wrote it.
        call: String,
        /// The function that failed, which may be an inner one.
        function: Option<IntrinsicFunction>,
        /// What is wrong.
        message: String,
    },
}

impl JsonPathEvaluationError {
    /// The workflow error.
    ///
    /// AWS reports failed intrinsic functions as `States.Runtime` too, in spite of the documented
    /// `States.IntrinsicFailure`: its own test harness asserts that for `States.MathAdd`, and so do
    /// recorded causes of others (`Invalid arguments in States.StringToJson`).
    pub fn error_name(&self) -> &'static str {
        match self {
            Self::PathNotFound { .. }
            | Self::InvalidPath { .. }
            | Self::ArgumentNotFound { .. }
            | Self::Intrinsic { .. } => "States.Runtime",
        }
    }

    /// Names the field the expression stands in, unless it is known.
    #[must_use]
    pub fn for_field(self, name: &str) -> Self {
        match self {
            Self::PathNotFound { path, field: None, input } => {
                Self::PathNotFound { path, field: Some(name.to_owned()), input }
            }
            other @ (Self::PathNotFound { .. }
            | Self::InvalidPath { .. }
            | Self::ArgumentNotFound { .. }
            | Self::Intrinsic { .. }) => other,
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
