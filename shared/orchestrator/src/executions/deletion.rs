//! Goes on with the deletion of state machines.
//!
//! ```text
//! DeleteStateMachine ─▶ status DELETING ─▶ running executions fail ─▶ what has ended is removed
//!                                                                       └ the machine last
//! ```

use model::{
    ExecutionStatus, FramePath, MessageKind, QueueMessage, QueueName, ResourceName, Timestamp,
};

use crate::{Fault, roles::DeletionRole};

/// State machines, or executions, that one request lists.
const PAGE: u32 = 100;

/// Goes on with all deletions until `stop_at`, and returns how many state machines are left. To be
/// called again and again while there are any.
pub async fn continue_deletions<P: DeletionRole>(
    ports: &P,
    stop_at: Timestamp,
) -> Result<usize, Fault> {
    let mut left = 0;
    for name in ports.list_deleting_machines(PAGE).await? {
        left += usize::from(!continue_deletion(ports, &name, stop_at).await?);
    }
    Ok(left)
}

/// Goes on with the deletion of a machine until `stop_at`. Returns whether it is gone.
pub(crate) async fn continue_deletion<P: DeletionRole>(
    ports: &P,
    machine: &ResourceName,
    stop_at: Timestamp,
) -> Result<bool, Fault> {
    fail_running_executions(ports, machine, stop_at).await?;
    ports.sweep_deleting_machine(machine, stop_at).await
}

/// Sends every running execution the message that fails it. AWS ends it with its next transition,
/// and keeps the machine until a Wait or a call is over; here both end at once.
async fn fail_running_executions<P: DeletionRole>(
    ports: &P,
    machine: &ResourceName,
    stop_at: Timestamp,
) -> Result<(), Fault> {
    let reason = format!("State machine {machine} has been deleted.");
    let mut after: Option<String> = None;
    while ports.now() < stop_at {
        let running = Some(ExecutionStatus::Running);
        let page = ports.list_executions(machine, running, PAGE, after.as_deref()).await?;
        let messages = page.executions.into_iter().map(|listed| {
            let redrives = listed.redriven.map_or(0, |redriven| redriven.count);
            let kind = MessageKind::FailExecution { reason: reason.clone(), redrives };
            (QueueMessage { execution: listed.id, frame: FramePath::ROOT, kind }, QueueName::Steps)
        });
        ports.send_messages(messages.collect()).await?;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    Ok(())
}
