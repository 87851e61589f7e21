//! Notifications that an execution has started, ended, or been redriven.

use std::{future::Future, pin::Pin};

use model::{Execution, ExecutionId};

/// An execution whose status has changed.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// The id of the execution.
    pub id: ExecutionId,
    /// The execution after the change; it runs unless it has an end.
    pub execution: Execution,
    /// Whether the watcher may have been notified of this change before.
    pub repeated: bool,
}

/// Why a watcher could not handle a change.
pub type StatusNotificationError = Box<dyn std::error::Error + Send + Sync>;

/// Receives status changes once they are durable.
///
/// It receives each end and each redrive at least once: if it fails, so does the use case, which
/// notifies it again when it is repeated. It receives each start at most once.
pub trait StatusWatcher: Send + Sync {
    /// Handles a change.
    fn status_changed<'a>(
        &'a self,
        change: &'a StatusChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), StatusNotificationError>> + Send + 'a>>;
}
