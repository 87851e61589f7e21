//! Who is told that an execution has started, ended, or goes on.

use std::{future::Future, pin::Pin};

use model::{Execution, ExecutionId};

/// An execution whose status has changed.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// Which.
    pub id: ExecutionId,
    /// As it is now; it runs unless it has an end.
    pub execution: Execution,
    /// Whether this change may have been told before.
    pub repeated: bool,
}

/// Why a change could not be told.
pub type StatusNotificationError = Box<dyn std::error::Error + Send + Sync>;

/// Is told of changes, once they are durable.
///
/// Ends and redrives are told at least once: where it fails, so does the use case, and tells it
/// again. Of a start it is told at most once.
pub trait StatusWatcher: Send + Sync {
    /// Tells of a change.
    fn status_changed<'a>(
        &'a self,
        change: &'a StatusChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), StatusNotificationError>> + Send + 'a>>;
}
