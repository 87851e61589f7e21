//! Recovery after a restart: the queue was in memory, so its messages are rebuilt from the log.

use orchestrator::{Fault, rewake_executions};
use tracing::info;

use super::LocalPorts;

/// Wakes every running execution, whose messages have ended with the last process.
///
/// Errors: a fault of the store.
pub async fn recover_executions<C: Sync>(ports: &LocalPorts<C>) -> Result<(), Fault> {
    let woken = rewake_executions(ports).await?;
    if woken.executions > 0 {
        info!(executions = woken.executions, frames = woken.heads, "running executions go on");
    }
    Ok(())
}
