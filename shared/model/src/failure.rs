//! Failures of workflows: what `Retry` and `Catch` match and history shows.

use serde::{Deserialize, Serialize};

use crate::limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX};

/// How a state, a branch or an execution failed. Either part may be absent (an empty Fail state
/// has neither).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error name that `ErrorEquals` is matched against: `Error`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The human-readable cause: `Cause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Failure {
    /// Builds a failure with both parts, truncated to the lengths that history can show.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            error: Some(truncate_chars(error.into(), ERROR_CHARS_MAX)),
            cause: Some(truncate_chars(cause.into(), CAUSE_CHARS_MAX)),
        }
    }

    /// Returns whether this is `States.Runtime`, which no Retry and no Catch matches.
    pub fn is_runtime(&self) -> bool {
        self.error.as_deref() == Some(error_name::RUNTIME)
    }

    /// Builds a failure that has an error name and no cause.
    pub fn with_error_name(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), cause: None }
    }
}

fn truncate_chars(text: String, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

/// Error names that Step Functions itself raises or matches.
///
/// Spec: Developer Guide, "Handling errors" § Error names.
pub mod error_name {
    /// Matches any error except `States.Runtime` and `States.DataLimitExceeded`. Of the latter, AWS
    /// matches the one for the result of a task (recorded).
    pub const ALL: &str = "States.ALL";
    /// Matches any error except `States.Timeout` and `States.Runtime`.
    pub const TASK_FAILED: &str = "States.TaskFailed";
    /// A task or an execution ran longer than its timeout.
    pub const TIMEOUT: &str = "States.Timeout";
    /// A task missed its heartbeat.
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    /// The execution's role lacks a permission.
    pub const PERMISSIONS: &str = "States.Permissions";
    /// A path found nothing, a value is invalid, or a rule of the engine was broken. `Retry` and
    /// `Catch` never match it.
    pub const RUNTIME: &str = "States.Runtime";
    /// A result or an output is larger than [`crate::DeploymentLimits::payload_bytes`].
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// A JSONata expression failed, or its value does not fit its field.
    pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    /// More iterations of a Map have failed than it tolerates.
    pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
    /// The outcome of a call is unknown, because its worker was lost during the call.
    pub const LAMBDA_UNKNOWN: &str = "Lambda.Unknown";
}
