//! Reports changes of an execution's status to the observer.

use std::sync::Arc;

use model::{Execution, ExecutionId};
use tracing::warn;

use crate::{
    Fault,
    ports::{ExecutionObserver, ExecutionStore, StatusChange, StatusWrite},
};

/// Reports an end or a redrive, even if it had been written before: its writer may have died before
/// it reported it.
pub(crate) async fn notify_status_change<P>(
    ports: &P,
    id: &ExecutionId,
    write: Option<StatusWrite>,
) -> Result<(), Fault>
where
    P: ExecutionStore + ExecutionObserver,
{
    let Some(StatusWrite { execution, repeated }) = write.filter(|_| ports.observes_status())
    else {
        return Ok(());
    };
    let execution = match execution {
        Some(execution) => execution,
        None => match ports.load_execution(id).await? {
            Some(execution) => execution,
            None => return Ok(()),
        },
    };
    ports.status_changed(&StatusChange { id: id.clone(), execution, repeated }).await
}

/// Reports a start, at most once. If that fails, the start stands and a warning is logged.
pub(crate) async fn notify_start(
    observer: &impl ExecutionObserver,
    id: &ExecutionId,
    execution: Execution,
) {
    if !observer.observes_status() {
        return;
    }
    let change = StatusChange { id: id.clone(), execution: Arc::new(execution), repeated: false };
    if let Err(fault) = observer.status_changed(&change).await {
        warn!(execution = %id, error = &fault as &dyn std::error::Error,
            "nobody was told of a start");
    }
}
