//! A workflow's bad news: data that Retry and Catch see and history shows.

use serde::{Deserialize, Serialize};

use crate::limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX};

/// How a state, a branch or an execution failed. Either part may be absent (an empty Fail state
/// has neither).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error name that `ErrorEquals` is matched against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The human-readable cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Failure {
    /// A failure with both parts, cut to the lengths that history can show.
    pub fn new(error: impl Into<String>, cause: impl Into<String>) -> Self {
        Self {
            error: Some(truncate_chars(error.into(), ERROR_CHARS_MAX)),
            cause: Some(truncate_chars(cause.into(), CAUSE_CHARS_MAX)),
        }
    }

    /// A failure that has a name only.
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

/// The error names that Step Functions itself raises or matches.
///
/// Spec: Developer Guide, "Handling errors" § Error names.
pub mod error_name {
    /// Matches any error but `DataLimitExceeded` and `Runtime`.
    pub const ALL: &str = "States.ALL";
    /// Matches any error of a task but `Timeout`.
    pub const TASK_FAILED: &str = "States.TaskFailed";
    /// A task or an execution ran longer than it may.
    pub const TIMEOUT: &str = "States.Timeout";
    /// A task missed its heartbeat.
    pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    /// There are not the rights to do it.
    pub const PERMISSIONS: &str = "States.Permissions";
    /// A path, a runtime value or the engine's own rules were broken; never caught.
    pub const RUNTIME: &str = "States.Runtime";
    /// A result or an output is larger than [`crate::Limits::payload_bytes`].
    pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// A JSONata expression has no value, or one that does not fit its field.
    pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    /// No rule of a Choice matched and it has no Default.
    pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
    /// A call's outcome is not known: its worker was lost while it ran.
    pub const LAMBDA_UNKNOWN: &str = "Lambda.Unknown";
}
