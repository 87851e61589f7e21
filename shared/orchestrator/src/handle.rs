//! One delivery of one message.
//!
//! ```text
//! first time      load → advance → append → (call → append) → wake → acknowledge
//! append lost     leave the message; it comes back
//! comes back      head written by this message → its worker died: wake again
//!                 … a claim that starts an execution → found or started again
//!                 … a claim whose lease is over  → its worker died in the call: the call is Lost
//!                 … a claim whose lease is not   → look again when it is
//!                 head written by another        → not ours: acknowledge
//!                 head still as it was           → as the first time
//! fork left       as far as it came: the parent is told of an end, all else is acknowledged
//! too often       the execution is ended, visibly, and the message is buried
//! ```

use model::{
    CallTarget, ExecutionId, Frame, FramePath, FramePhase, MessageKind, QueueMessage, RecordKey,
    TaskCall, Timestamp,
    limits::{CLOCK_SKEW_MILLISECONDS_MAX, RECEIVES_MAX, RECEIVES_OF_OWN_HEAD_MAX},
};
use tracing::{debug, warn};

use crate::{
    EngineContext, Fault, begin_child, callback, outside, perform,
    ports::{
        Clock, DeadLetterQueue, ExecutionStore, FanInStore, LogHead, MessageDelivery, MessageQueue,
        QueueName, RandomSource, RecordLog, StateMachineStore, TaskCaller,
    },
    redrive, step,
    wake::act_on_record,
};

/// What to do with a message that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Acknowledge it.
    Acknowledge,
    /// Leave it: it comes back after the visibility timeout.
    Redeliver,
    /// Leave it until then.
    RedeliverAt(Timestamp),
}

/// Takes a message as far as it goes.
pub async fn handle_message<P>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let MessageDelivery { message, received } = delivery;
    debug!(execution = %message.execution, frame = %message.frame, kind = %message.kind, received);
    if !are_forks_open(ports, &message.execution, &message.frame).await? {
        return handle_abandoned(ports, context, delivery).await;
    }
    if *received > RECEIVES_OF_OWN_HEAD_MAX {
        return give_up(ports, message, RECEIVES_OF_OWN_HEAD_MAX).await;
    }
    if *received > 1 {
        match inspect_redelivery(ports, context, message).await? {
            RedeliveryState::Settled(disposition) => return Ok(disposition),
            RedeliveryState::Untouched if *received > RECEIVES_MAX => {
                return give_up(ports, message, RECEIVES_MAX).await;
            }
            RedeliveryState::Untouched => {}
        }
    }
    let stepped = match &message.kind {
        MessageKind::StartFrame => begin_child::begin_child_frame(ports, context, message).await?,
        MessageKind::AdvanceFrame(number) => {
            step::advance_frame(ports, context, message, *number).await?
        }
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. } => {
            outside::end_execution(ports, context, message).await?
        }
        MessageKind::CompleteTask { secret, completion: answer } => {
            callback::complete_task(ports, context, message, *secret, answer).await?
        }
        MessageKind::RedriveExecution(redriven) => {
            redrive::redrive_root(ports, context, message, redriven).await?
        }
    };
    match stepped {
        step::StepOutcome::Verdict(disposition) => Ok(disposition),
        step::StepOutcome::Claimed(claim) => {
            perform::perform_call(ports, context, message, claim).await
        }
    }
}

/// Handles a message that was just sent, for its sender to see the effect at once, and where the
/// queue keeps messages in memory only, for the effect to be durable. Another message may win
/// against it some times in a row.
pub(crate) async fn handle_sent_message<P>(
    ports: &P,
    context: &EngineContext,
    message: QueueMessage,
) where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    const ATTEMPTS_MAX: u32 = 16;
    let delivery = MessageDelivery { message, received: 1 };
    for _ in 0..ATTEMPTS_MAX {
        match Box::pin(handle_message(ports, context, &delivery)).await {
            Ok(Disposition::Redeliver) => {}
            Ok(Disposition::Acknowledge | Disposition::RedeliverAt(_)) => return,
            Err(fault) => {
                warn!(execution = %delivery.message.execution, frame = %delivery.message.frame,
                    error = &fault as &dyn std::error::Error,
                    "a message takes effect when it is delivered");
                return;
            }
        }
    }
}

/// Whether no fork above the frame has been left.
pub(crate) async fn are_forks_open(
    ports: &impl FanInStore,
    execution: &ExecutionId,
    frame: &FramePath,
) -> Result<bool, Fault> {
    let key = |(frame, number)| RecordKey { execution: execution.clone(), frame, number };
    let keys: Vec<RecordKey> = frame.forks_above().map(key).collect();
    if keys.is_empty() { Ok(true) } else { ports.are_all_open(&keys).await }
}

/// A fork above the frame has been left, so the frame does not go on. If that is this message's
/// own doing, by ending the frame, its worker may have died before it told the parent, or may be
/// about to.
async fn handle_abandoned<P>(
    ports: &P,
    context: &EngineContext,
    MessageDelivery { message, received }: &MessageDelivery,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let is_own = |head: &LogHead| {
        head.record.frame.outcome().is_some() && head.record.written_by == message.kind.written_by()
    };
    match head.filter(is_own) {
        Some(head) if *received > 1 => resume_own_head(ports, context, message, head).await,
        Some(_) => Ok(Disposition::Redeliver),
        None => Ok(Disposition::Acknowledge),
    }
}

/// What the log says about a message that came back.
enum RedeliveryState {
    /// It was acted on: by its own worker that died, or by another.
    Settled(Disposition),
    /// Nobody has acted on it.
    Untouched,
}

async fn inspect_redelivery<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
) -> Result<RedeliveryState, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let Some(head) = ports.load_head(&message.execution, &message.frame).await? else {
        return Ok(RedeliveryState::Untouched);
    };
    let passed = match &message.kind {
        MessageKind::StartFrame => true,
        MessageKind::AdvanceFrame(number) => head.number > *number,
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. } => head.record.frame.outcome().is_some(),
        MessageKind::CompleteTask { secret, .. } => {
            head.record.frame.task_secret() != Some(*secret)
        }
        MessageKind::RedriveExecution(redriven) => {
            head.record.facts.redrive_count() >= redriven.count
        }
    };
    if !passed {
        return Ok(RedeliveryState::Untouched);
    }
    if head.record.written_by != message.kind.written_by() {
        return Ok(RedeliveryState::Settled(Disposition::Acknowledge));
    }
    resume_own_head(ports, context, message, head).await.map(RedeliveryState::Settled)
}

/// This message wrote the head, and its worker died after that.
async fn resume_own_head<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    head: LogHead,
) -> Result<Disposition, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Sync,
{
    let key = RecordKey {
        execution: message.execution.clone(),
        frame: message.frame.clone(),
        number: head.number,
    };
    let is_over = head.record.frame.outcome().is_some();
    let may_run_on = head.record.written_at.plus_milliseconds(context.visibility_milliseconds);
    let runs_ahead = context.run_ahead.max(context.run_ahead_elsewhere) > 1;
    if runs_ahead && !is_over && ports.now() < may_run_on {
        // Its worker may be alive and about to append more, and then owns another wake.
        return Ok(redeliver_after(may_run_on));
    }
    if let Some(call) = claimed_call(&head.record.frame) {
        if call.target == CallTarget::StartExecution {
            let claim = step::ClaimedCall { key, record: head.record };
            return perform::perform_call(ports, context, message, claim).await;
        }
        if ports.now() < head.lease {
            return Ok(redeliver_after(head.lease));
        }
        warn!(execution = %key.execution, frame = %key.frame, record = %key.number,
            "the worker of a claimed call is gone; the call is not repeated");
        return perform::record_lost_call(ports, context, message, &key, &head.record).await;
    }
    act_on_record(ports, context, &key, &head.record).await?;
    Ok(Disposition::Acknowledge)
}

/// Once every worker's clock has passed a moment: one whose clock is behind the queue's would get
/// the message back at once, again and again.
const fn redeliver_after(moment: Timestamp) -> Disposition {
    Disposition::RedeliverAt(moment.plus_milliseconds(CLOCK_SKEW_MILLISECONDS_MAX))
}

const fn claimed_call(frame: &Frame) -> Option<&TaskCall> {
    match &frame.phase {
        FramePhase::Claimed { call, .. } => Some(call),
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Forked { .. }
        | FramePhase::Ended(_) => None,
    }
}

/// The message has failed too often: it is buried, and its execution fails visibly.
async fn give_up<P>(ports: &P, message: &QueueMessage, times: u32) -> Result<Disposition, Fault>
where
    P: RecordLog + MessageQueue + DeadLetterQueue + Sync,
{
    let reason = format!(
        "The message for frame '{}' ({}) was received more than {times} times without \
         getting any further.",
        message.frame, message.kind
    );
    warn!(execution = %message.execution, reason, "a message is buried, its execution is ended");
    if let MessageKind::FailExecution { .. } = message.kind {
        // Nothing else would end the execution.
        return Ok(Disposition::Redeliver);
    }
    ports.bury_message(message, &reason).await?;
    let root = ports.load_head(&message.execution, &FramePath::ROOT).await?;
    let Some(root) = root else { return Ok(Disposition::Acknowledge) };
    let kind = MessageKind::FailExecution { reason, redrives: root.record.facts.redrive_count() };
    let (execution, frame) = (message.execution.clone(), FramePath::ROOT);
    ports
        .send_message(QueueMessage { execution, frame, kind: kind }, QueueName::Steps, None)
        .await?;
    Ok(Disposition::Acknowledge)
}
