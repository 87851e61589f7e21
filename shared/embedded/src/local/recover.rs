//! Recovery after a restart: the queue was in memory, so its messages are rebuilt from the log.

use model::{
    FrameOutcome, MessageKind, QueueMessage, Record, RecordKey, RedriveDetails, TaskCompletion,
    WrittenBy,
};
use orchestrator::{
    Fault,
    ports::{FanInStore, MessageDelivery, QueueName},
    schedule_execution_timeout,
};
use tracing::info;

use super::LocalPorts;
use crate::RunningHead;

/// Sends the message that wrote the head of each running frame again, as a redelivery. Its handler
/// then does whatever the first one may not have finished.
///
/// Errors: a fault of the store.
pub async fn recover_executions<C: Sync>(ports: &LocalPorts<C>) -> Result<(), Fault> {
    let mut pages = ports.store.running_heads();
    let mut count: usize = 0;
    while let Some(page) = pages.next_page().await? {
        for head in page {
            if is_joined_child(ports, &head).await? {
                continue;
            }
            count += 1;
            if head.frame.fork_depth() == 0 {
                schedule_execution_timeout(ports, &head.execution, &head.record.facts).await?;
            }
            let kind = message_kind_of(&head.record);
            let message = QueueMessage { execution: head.execution, frame: head.frame, kind };
            let again = MessageDelivery { message, receive_count: 1 };
            ports.queue.redeliver_at(again, QueueName::Steps, head.record.written_at);
        }
    }
    if count > 0 {
        info!(frames = count, "running executions go on");
    }
    Ok(())
}

/// Returns the kind of the message that wrote a head.
fn message_kind_of(head: &Record) -> MessageKind {
    let redrives = head.facts.redrive_count();
    match head.written_by {
        WrittenBy::StartFrame => MessageKind::StartFrame,
        WrittenBy::AdvanceFrame(number) => MessageKind::AdvanceFrame(number),
        WrittenBy::StopExecution => {
            MessageKind::StopExecution { failure: model::Failure::default(), redrives }
        }
        WrittenBy::TimeOutExecution => MessageKind::TimeOutExecution { redrives },
        WrittenBy::FailExecution => MessageKind::FailExecution { reason: String::new(), redrives },
        WrittenBy::CompleteTask(secret) => {
            MessageKind::CompleteTask { secret, completion: TaskCompletion::ExecutionEnded }
        }
        WrittenBy::RedriveExecution => {
            let first =
                RedriveDetails { count: 0, requested_at: head.written_at, client_token: None };
            MessageKind::RedriveExecution(head.facts.last_redrive.clone().unwrap_or(first))
        }
    }
}

/// Returns whether nothing is left to do for a child: it has ended and its fan-in knows. The child
/// that settled the fan-in is excluded, since the message that wakes its parent may not have been
/// sent.
async fn is_joined_child<C: Sync>(
    ports: &LocalPorts<C>,
    head: &RunningHead,
) -> Result<bool, Fault> {
    let Some((parent, fork, child)) = head.frame.parent_fork() else { return Ok(false) };
    match head.record.frame.outcome() {
        None => return Ok(false),
        // The parent has stopped it, so it need not be woken.
        Some(FrameOutcome::Aborted(_)) => return Ok(true),
        Some(FrameOutcome::Succeeded(_) | FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_)) => {}
    }
    let key = RecordKey { execution: head.execution.clone(), frame: parent, number: fork };
    let fan_in = ports.load_fan_in(&key).await?;
    Ok(fan_in.is_some_and(|fan_in| fan_in.has_ended(child) && fan_in.settled_by() != Some(child)))
}
