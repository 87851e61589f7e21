//! Goes on with the deletion of state machines.
//!
//! ```text
//! DeleteStateMachine ─▶ status DELETING ─▶ running executions fail ─▶ what has ended is removed
//!                                                                       └ the machine last
//! ```

use model::{
    ExecutionStatus, FramePath, MessageKind, QueueMessage, QueueName, ResourceName, Timestamp,
};

use crate::{Fault, ports::ExecutionFilter, roles::TimerRole};

/// State machines, or executions, that one request lists.
const PAGE: u32 = 100;

/// Goes on with all deletions until `stop_at`, and returns how many state machines are left. To be
/// called again and again while there are any. A fault of one holds up no other, but is returned.
pub async fn continue_deletions<P: TimerRole>(
    ports: &P,
    stop_at: Timestamp,
) -> Result<usize, Fault> {
    let (mut left, mut fault) = (0, None);
    for name in ports.list_deleting_machines(PAGE).await? {
        match continue_deletion(ports, &name, stop_at).await {
            Ok(is_gone) => left += usize::from(!is_gone),
            Err(of_one) => fault = fault.or(Some(of_one)),
        }
    }
    fault.map_or(Ok(left), Err)
}

/// Goes on with the deletion of a machine until `stop_at`. Returns whether it is gone.
pub(crate) async fn continue_deletion<P: TimerRole>(
    ports: &P,
    machine: &ResourceName,
    stop_at: Timestamp,
) -> Result<bool, Fault> {
    fail_running_executions(ports, machine, stop_at).await?;
    ports.sweep_deleting_machine(machine, stop_at).await
}

/// Sends every running execution the message that fails it. AWS ends it with its next transition,
/// and keeps the machine until a Wait or a call is over; here both end at once.
async fn fail_running_executions<P: TimerRole>(
    ports: &P,
    machine: &ResourceName,
    stop_at: Timestamp,
) -> Result<(), Fault> {
    let reason = format!("State machine {machine} has been deleted.");
    let mut after: Option<String> = None;
    while ports.now() < stop_at {
        let running = ExecutionFilter::of_status(ExecutionStatus::Running);
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
