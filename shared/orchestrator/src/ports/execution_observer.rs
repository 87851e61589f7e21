//! Who is told what happens to executions.

use std::{future::Future, sync::Arc};

use model::{Execution, ExecutionId, Record, RecordKey};

use crate::Fault;

/// An execution whose status has changed: it started, ended, or runs again after a redrive.
#[derive(Clone, Debug)]
pub struct StatusChange {
    /// Which execution.
    pub id: ExecutionId,
    /// The execution after the change; it runs unless it has an end.
    pub execution: Arc<Execution>,
    /// Whether the observer may have been told of this change before.
    pub repeated: bool,
}

/// Is told of changes once they are durable. The methods do nothing unless an adapter overrides them.
pub trait ExecutionObserver {
    /// Whether changes of status are wanted: if not, nobody reads executions to tell of them.
    fn observes_status(&self) -> bool {
        false
    }

    /// Is told of a change of status. Ends and redrives are told at least once: after a fault the use
    /// case is repeated, and tells again. Of a start it is told at most once.
    fn status_changed(
        &self,
        _change: &StatusChange,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        std::future::ready(Ok(()))
    }

    /// Is told of a record that was appended.
    fn record_appended(&self, _key: &RecordKey, _record: &Arc<Record>) {}
}
