//! Who answers the console's questions.

use std::{
    fmt,
    future::{Future, ready},
};

use serde_json::Value;

use crate::{ClientAccess, DeadLetterEntry};

/// The Step Functions API of one target.
pub trait ConsoleApi: Send + Sync + 'static {
    /// Calls an operation, such as `DescribeExecution`, with the members of its request, and returns those
    /// of its answer.
    ///
    /// Shape: AWS JSON 1.0: dates are seconds since the epoch.
    fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> impl Future<Output = Result<Value, ConsoleApiError>> + Send;

    /// What waits in the queue of an activity; none where the target does not tell.
    fn activity_queue(
        &self,
        _activity_arn: &str,
    ) -> impl Future<Output = Option<ActivityQueueCounts>> + Send {
        ready(None)
    }

    /// How programs reach the same state machines. By default, at the address of the pages.
    fn client_access(&self) -> ClientAccess {
        ClientAccess::Here
    }

    /// The edits of files that the target watches, and could not serve. By default, it watches none.
    fn refused_edits(&self) -> Vec<RefusedEdit> {
        Vec::new()
    }

    /// Whether the target keeps messages that nobody could handle, and tells of them. By default, it does not.
    fn keeps_dead_letters(&self) -> bool {
        false
    }

    /// The messages that nobody could handle, the newest first.
    fn list_dead_letters(
        &self,
    ) -> impl Future<Output = Result<Vec<DeadLetterEntry>, ConsoleApiError>> + Send {
        ready(Ok(Vec::new()))
    }

    /// Removes a message that nobody could handle, and whose execution goes on. A target that cannot remove
    /// it leaves it there.
    fn remove_dead_letter(
        &self,
        _handle: &str,
    ) -> impl Future<Output = Result<(), ConsoleApiError>> + Send {
        ready(Ok(()))
    }
}

/// How many wait for each other at an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityQueueCounts {
    /// Tasks that no worker has taken. One that nobody waits for any more may be counted until a worker asks
    /// for a task.
    pub waiting_tasks: u64,
    /// Workers that ask for a task, and have none yet.
    pub waiting_workers: u64,
}

/// Why what is served is not what the files have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEdit {
    /// The name of the state machine of which they say it; none where a file cannot be read.
    pub machine: Option<String>,
    /// What is wrong with them, with file and line, in lines.
    pub reason: String,
}

/// Why an operation has no answer: it was refused, or nobody could be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleApiError {
    /// AWS's name of the exception, such as `ExecutionDoesNotExist`; none if nobody answered.
    pub exception: Option<String>,
    /// What is said about it.
    pub message: String,
}

impl ConsoleApiError {
    /// Whether there is no such thing as was asked for.
    pub(crate) fn is_not_found(&self) -> bool {
        let exception = self.exception.as_deref().unwrap_or_default();
        exception.ends_with("DoesNotExist") || exception.ends_with("NotFound")
    }

    /// Whether the target does not have the operation, or not for this user.
    pub(crate) fn is_unavailable_operation(&self) -> bool {
        let exception = self.exception.as_deref();
        matches!(exception, Some("UnknownOperationException" | "AccessDeniedException"))
    }
}

impl fmt::Display for ConsoleApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.exception {
            Some(exception) if self.message.is_empty() => f.write_str(exception),
            Some(exception) => write!(f, "{exception}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ConsoleApiError {}
