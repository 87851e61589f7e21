//! Starts the children of a fork and records their ends in its fan-in.

use model::{
    ChildEnd, ChildIndex, FrameOutcome, FramePhase, MessageKind, QueueMessage, QueueName,
    RecordKey, RecordNumber,
};

use super::keyed_record::KeyedRecord;
use crate::{
    Fault,
    ports::{FanInStore, MessageQueue, RecordLog},
};

/// Sends the messages that start these children.
pub(super) async fn start_children<P>(
    ports: &P,
    fork: &KeyedRecord,
    children: impl Iterator<Item = ChildIndex> + Send,
) -> Result<(), Fault>
where
    P: MessageQueue + Sync,
{
    let FramePhase::Forked { queues, .. } = &fork.record.frame.phase else { return Ok(()) };
    let start = |child| {
        let execution = fork.key.execution.clone();
        let frame = fork.key.frame.child_path(fork.key.number, child);
        let message = QueueMessage { execution, frame, kind: MessageKind::StartFrame };
        (message, queues.queue_of(child))
    };
    ports.send_messages(children.map(start).collect()).await
}

/// Records the end of a child in the fork's fan-in. Then starts the next child, if there is one,
/// and tells the parent when the fork is settled.
pub(super) async fn report_child_end<P>(
    ports: &P,
    fork: &RecordKey,
    child: ChildIndex,
    last: RecordNumber,
    outcome: &FrameOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + MessageQueue + Sync,
{
    let failed = match outcome {
        FrameOutcome::Succeeded(_) => false,
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => true,
    };
    let end = ChildEnd { record: last, failed };
    let Some(update) = ports.end_child(fork, child, end).await? else { return Ok(()) };
    if let Some(next) = update.starts_child
        && let Some(record) = ports.load_record(fork).await?
    {
        let fork = KeyedRecord { key: fork.clone(), record };
        start_children(ports, &fork, std::iter::once(next)).await?;
    }
    if update.settled {
        let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
        let join = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(fork.number) };
        ports.send_message(join, QueueName::Steps, None).await?;
    }
    Ok(())
}
