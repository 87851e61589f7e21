//! Recovery after a restart: the queue was in memory, so its messages are rebuilt from the log.

use orchestrator::{Fault, rewake_executions};
use tracing::{error, info, warn};

use super::{LocalPorts, recovered_sends::with_counted_sends};
use crate::LastEnd;

/// Wakes every running execution, whose messages have ended with the last process. If that process
/// died, it may have died of one of them, so their deaths are counted. Also goes on with what is
/// left of deleted machines, in the background.
///
/// What cannot be read is left alone, and told of with its name and the reason; everything else goes
/// on (`tests::a_row_that_cannot_be_read_keeps_nothing_else_from_going_on`).
///
/// Errors: a fault of the store as a whole.
pub async fn recover_executions<C: Sync>(ports: &LocalPorts<C>) -> Result<(), Fault> {
    ports.store.begin_sweep();
    let last_end = ports.store.last_end();
    let woken = match last_end {
        LastEnd::Closed => rewake_executions(ports).await?,
        LastEnd::Died => with_counted_sends(rewake_executions(ports)).await?,
    };
    let (executions, frames, unreadable) = (woken.executions, woken.heads, woken.unreadable);
    if unreadable > 0 {
        error!(frames = unreadable, "everything else is served; see above for what is left alone");
    }
    match last_end {
        _ if executions == 0 => {}
        LastEnd::Closed => info!(executions, frames, "running executions go on"),
        LastEnd::Died => warn!(
            executions,
            frames,
            "the last process died; running executions go on carefully, since one of them may be \
             the reason"
        ),
    }
    Ok(())
}
