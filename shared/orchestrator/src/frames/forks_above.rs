//! Whether a frame may go on, as the forks above it say.

use model::{ExecutionId, FramePath, RecordKey};

use crate::{Fault, ports::GateStore};

/// Whether the gates of all forks above the frame are open: none of the forks has been left.
pub(crate) async fn are_forks_open(
    ports: &impl GateStore,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<bool, Fault> {
    let key = |(frame, number)| RecordKey { execution: execution.clone(), frame, number };
    let keys: Vec<RecordKey> = frame.forks_above().map(key).collect();
    if keys.is_empty() { Ok(true) } else { ports.are_gates_open(&keys).await }
}
