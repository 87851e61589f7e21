//! The observer of executions: it is told of status changes and of appended records.

use std::{future::Future, sync::Arc};

use model::{Execution, ExecutionId, ExecutionStatus, Record, RecordKey};

use crate::Fault;

/// An execution whose status has changed: it started, ended, or runs again after a redrive.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// The id of the execution.
    pub id: ExecutionId,
    /// The execution after the change; it runs unless it has an end.
    pub execution: Arc<Execution>,
    /// Whether the observer may have been told of this change before.
    pub repeated: bool,
}

/// Observes changes once they are durable. The methods do nothing unless an adapter overrides
/// them.
pub trait ExecutionObserver {
    /// Whether the observer wants changes of status. If not, no execution is loaded to report one.
    fn observes_status(&self) -> bool {
        false
    }

    /// Receives a change of status. Ends and redrives are reported at least once: after a fault the
    /// use case is repeated and reports them again. A start is reported at most once.
    fn status_changed(
        &self,
        _change: &StatusChange,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        std::future::ready(Ok(()))
    }

    /// Receives a record that was appended.
    fn record_appended(&self, _key: &RecordKey, _record: &Arc<Record>) {}

    /// Receives the status with which a run of an Express execution has ended. A run that is
    /// repeated after a crash is received again.
    fn express_run_ended(&self, _id: &ExecutionId, _status: ExecutionStatus) {}
}
