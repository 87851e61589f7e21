//! Performs the next action of a durable record. Safe to repeat.

use engine::EndedStatesEvents;
use model::{
    EndedChild, EventRef, ExecutionFacts, ExecutionId, Failure, FrameOutcome, FramePath,
    FramePhase, MessageKind, NextAction, QueueMessage, QueueName, Record, RecordKey, TaskJob,
    Timestamp, WrittenBy,
};

use super::{
    abort_children::{AbortBudget, ChildAbort, stop_children},
    append::CausalClock,
    awaited_job::{cancel_awaited_job, notify_starter},
    fan_in::{CountedEvents, report_child_end, start_fork},
    keyed_record::KeyedRecord,
    status::notify_status_change,
};
use crate::{
    EngineContext, Fault,
    ports::{ExecutionStore, MessageQueue},
    roles::StepRole,
};

/// Performs the next action of a durable record: sends its messages, or marks the execution as
/// ended. For the record of a redrive it also marks the execution as running.
pub(crate) async fn act_on_record<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
) -> Result<(), Fault> {
    let KeyedRecord { key, record } = head;
    if record.written_by == WrittenBy::RedriveExecution {
        reopen_redriven(ports, head).await?;
    }
    match record.frame.next_action() {
        NextAction::Advance => send_advance(ports, head, None).await,
        NextAction::AdvanceAt(at) => {
            let is_due = job_has_ended(ports, head).await?;
            send_advance(ports, head, (!is_due).then_some(at)).await
        }
        // The delivery that appended the claim makes the call, so no message is sent.
        NextAction::MakeCall { .. } | NextAction::Nothing => Ok(()),
        NextAction::StartChildren(shape) => start_fork(ports, head, &shape).await,
        NextAction::ReportEnd(outcome) => match key.frame.parent_fork() {
            Some((parent, fork, child)) => {
                // A child that was stopped before it began belongs to no fork.
                let Some(membership) = &record.frame.fork else { return Ok(()) };
                let fork = RecordKey { frame: parent, number: fork, ..key.clone() };
                let ended = EndedChild { child, record: key.number };
                let counted = CountedEvents::of_child(context.settings.limits, &record.frame);
                report_child_end(ports, &fork, ended, membership, outcome, counted).await
            }
            None => report_execution_end(ports, context, head, outcome).await,
        },
    }
}

/// Performs the next action of a head again if this message has written it. An API call that
/// handles its own message inline may have died before it did so.
pub(crate) async fn act_on_own_head<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    head: &KeyedRecord,
) -> Result<(), Fault> {
    if head.record.written_by == message.kind.written_by() {
        act_on_record(ports, context, head).await
    } else {
        Ok(())
    }
}

/// Marks a redriven execution as running if this message has written its head.
pub(crate) async fn reopen_own_redrive<P: StepRole>(
    ports: &P,
    message: &QueueMessage,
    head: &KeyedRecord,
) -> Result<(), Fault> {
    if head.record.written_by == message.kind.written_by() {
        reopen_redriven(ports, head).await?;
    }
    Ok(())
}

/// Whether the job that the frame waits for has ended. The worker that ended it may have died
/// before it reported the end, or may have reported it before the start of the job was recorded.
async fn job_has_ended(ports: &impl ExecutionStore, head: &KeyedRecord) -> Result<bool, Fault> {
    match head.record.frame.awaited_job() {
        Some(TaskJob::Execution { id, .. }) => {
            Ok(ports.load_execution(id).await?.is_some_and(|execution| execution.end.is_some()))
        }
        Some(TaskJob::Service(_) | TaskJob::Function(_)) | None => Ok(false),
    }
}

/// Marks a redriven execution as running, and starts its `TimeoutSeconds` again.
async fn reopen_redriven<P: StepRole>(ports: &P, head: &KeyedRecord) -> Result<(), Fault> {
    let KeyedRecord { key, record } = head;
    let Some(redriven) = &record.facts.last_redrive else { return Ok(()) };
    let write = ports.reopen_execution(&key.execution, redriven).await?;
    notify_status_change(ports, &key.execution, write).await?;
    schedule_execution_timeout(ports, &key.execution, &record.facts).await
}

/// Sends the message that ends an execution when its `TimeoutSeconds`, if it has any, have passed
/// since its start or last redrive. May be repeated.
pub async fn schedule_execution_timeout(
    queue: &impl MessageQueue,
    execution: &ExecutionId,
    facts: &ExecutionFacts,
) -> Result<(), Fault> {
    let Some(seconds) = facts.timeout_seconds else { return Ok(()) };
    let since =
        facts.last_redrive.as_ref().map_or(facts.started_at, |redriven| redriven.requested_at);
    let (started_at, redrives) = (facts.started_at, facts.redrive_count());
    let kind = MessageKind::TimeOutExecution { started_at, redrives };
    let time_out = QueueMessage { execution: execution.clone(), frame: FramePath::ROOT, kind };
    queue.send_message(time_out, QueueName::Steps, Some(since.plus_seconds(seconds))).await
}

async fn send_advance(
    queue: &impl MessageQueue,
    head: &KeyedRecord,
    at: Option<Timestamp>,
) -> Result<(), Fault> {
    let RecordKey { execution, frame, number } = head.key.clone();
    let advance = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(number) };
    queue.send_message(advance, head.record.frame.queue(), at).await
}

/// Marks the execution as ended, stops what it leaves running, and tells the task that waits for
/// it. The children's gate is closed first, so that no call begins whose delivery looks at it after
/// somebody has seen the end.
async fn report_execution_end<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    outcome: &FrameOutcome,
) -> Result<(), Fault> {
    let KeyedRecord { key, record } = head;
    let interruption = interruption_of(record);
    let left = match interruption {
        Some(_) => close_interrupted_root(ports, head).await,
        None => Ok(None),
    };
    let left = match left {
        Err(fault @ (Fault::Port { .. } | Fault::Stopping)) => return Err(fault),
        left => left,
    };
    let redriven = record.facts.last_redrive.as_ref();
    let end = (record.written_at, outcome);
    let write = ports.finish_execution(&key.execution, redriven, end).await?;
    // The end of a stopped execution is reported twice. If whoever was first dies here, the redelivery
    // of its message sends this.
    if write.as_ref().is_some_and(|write| !write.repeated) {
        send_to_log(ports, head).await?;
    }
    notify_status_change(ports, &key.execution, write).await?;
    // What cannot be read keeps no execution from its end, but what it leaves running is not found.
    if let (Some(interruption), Some(left)) = (interruption, left?)
        && !stop_below_root(ports, context, head, &left).await?
    {
        // Another delivery goes on with the rest.
        let (execution, frame) = (key.execution.clone(), key.frame.clone());
        let again = QueueMessage { execution, frame, kind: interruption };
        return ports.send_message(again, QueueName::Steps, None).await;
    }
    notify_starter(ports, record).await
}

/// Has the events of an execution that has ended logged, if its state machine says so. Does nothing
/// for any other record. Repeated, it logs twice.
pub(crate) async fn send_to_log(
    queue: &impl MessageQueue,
    KeyedRecord { key, record }: &KeyedRecord,
) -> Result<(), Fault> {
    let has_ended = key.frame == FramePath::ROOT && record.frame.outcome().is_some();
    if !record.facts.is_logged || !has_ended {
        return Ok(());
    }
    let kind = MessageKind::LogExecution { redrives: record.facts.redrive_count(), after: None };
    let log = QueueMessage { execution: key.execution.clone(), frame: FramePath::ROOT, kind };
    queue.send_message(log, QueueName::Tasks, None).await
}

/// The kind of the message that interrupted the execution, if one did. Handled again, it only
/// performs the next action of the end that it wrote.
fn interruption_of(end: &Record) -> Option<MessageKind> {
    let redrives = end.facts.redrive_count();
    match end.written_by {
        WrittenBy::StopExecution => {
            Some(MessageKind::StopExecution { failure: Failure::default(), redrives })
        }
        WrittenBy::TimeOutExecution => {
            Some(MessageKind::TimeOutExecution { started_at: end.facts.started_at, redrives })
        }
        WrittenBy::FailExecution => {
            Some(MessageKind::FailExecution { reason: String::new(), redrives })
        }
        WrittenBy::StartFrame
        | WrittenBy::AdvanceFrame(_)
        | WrittenBy::CompleteTask(..)
        | WrittenBy::StartActivityTask(..)
        | WrittenBy::RedriveExecution
        | WrittenBy::CancelJob(_)
        | WrittenBy::LogExecution(..) => None,
    }
}

/// Closes the gate of the root frame as it was before its end interrupted it, and returns that frame.
async fn close_interrupted_root<P: StepRole>(
    ports: &P,
    head: &KeyedRecord,
) -> Result<Option<KeyedRecord>, Fault> {
    let Some(key) = head.previous_key() else { return Ok(None) };
    let Some(record) = ports.load_record(&key).await? else { return Ok(None) };
    if let FramePhase::Forked { shape, .. } = &record.frame.phase {
        ports.close_gate(&key, shape).await?;
    }
    Ok(Some(KeyedRecord { key, record }))
}

/// Stops what an interrupted root left running: its children, and the jobs that it and they wait
/// for. Returns whether nothing is left to stop.
async fn stop_below_root<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
    left: &KeyedRecord,
) -> Result<bool, Fault> {
    cancel_awaited_job(ports, &context.settings.account_region, left).await?;
    let FramePhase::Forked { shape, .. } = &left.record.frame.phase else { return Ok(true) };
    let after = EventRef { frame: head.key.frame.clone(), record: head.key.number, index: 0 };
    let abort = ChildAbort {
        after: &after,
        since: CausalClock::of_record(&head.record),
        show: EndedStatesEvents::Shown,
    };
    let budget = AbortBudget::of_delivery(shape);
    Ok(stop_children(ports, context, left, abort, &budget).await?.is_some())
}
