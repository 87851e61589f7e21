//! Handles a redelivered message. Its first worker may have died at any point, so the log tells
//! what is left to do.
//!
//! ```text
//! head written by this message      → perform its next action again
//! … a claim that may be repeated    → make the call again
//! … a claim whose lease is over     → its worker died in the call: the call is lost
//! … a claim whose lease is not over → redeliver when it is
//! head written by another message   → acknowledge
//! head as it was before the message → handle it as the first time
//! ```

use model::{
    Frame, FramePhase, MessageKind, QueueMessage, Record, RecordKey, RecordNumber, TaskCall,
    Timestamp, limits::CLOCK_SKEW_MILLISECONDS_MAX,
};
use tracing::warn;

use super::{
    claimed_call::{self, ANSWER_GRACE_MILLISECONDS},
    step_outcome::{Disposition, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{KeyedRecord, act_on_record, send_to_log},
    integrations,
    ports::{HANDLED_BY_SENDER, LogHead, MessageDelivery},
    roles::StepRole,
};

/// Handles a message of a frame that does not go on, since a fork above it has been left. If this
/// message caused that by ending the frame, or by reporting an end that it was sent for, its worker
/// may have died before it told the parent, or may be about to.
pub(super) async fn handle_abandoned<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    MessageDelivery { message, receive_count }: &MessageDelivery,
) -> Result<StepOutcome, Fault> {
    let head = ports.load_head(&message.execution, &message.frame).await?;
    let is_own_end =
        |head: &LogHead| head.record.frame.outcome().is_some() && owns_next_action(message, head);
    match head.filter(is_own_end) {
        Some(head) if *receive_count > 1 => resume_own_head(ports, context, message, head).await,
        Some(_) => Ok(StepOutcome::REDELIVER),
        None => Ok(StepOutcome::ACKNOWLEDGE),
    }
}

/// Whether a message wrote the head of its frame, or was sent to perform its next action.
pub(super) fn owns_next_action(message: &QueueMessage, head: &LogHead) -> bool {
    let was_sent_for_it = message.kind == MessageKind::AdvanceFrame(head.number);
    was_sent_for_it || head.record.written_by == message.kind.written_by()
}

/// Completes a message that has taken effect. Returns none if it has not taken effect.
pub(super) async fn resume<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
) -> Result<Option<StepOutcome>, Fault> {
    let Some(head) = ports.load_head(&message.execution, &message.frame).await? else {
        return Ok(None);
    };
    if !has_taken_effect(&message.kind, &head) {
        return Ok(None);
    }
    if head.record.written_by != message.kind.written_by() {
        return Ok(Some(StepOutcome::ACKNOWLEDGE));
    }
    resume_own_head(ports, context, message, head).await.map(Some)
}

/// Whether the head of its frame shows that a message, or another in its place, has taken effect.
pub(super) fn has_taken_effect(message: &MessageKind, head: &LogHead) -> bool {
    match message {
        // They have no head, or write none.
        MessageKind::StartFrame(_)
        | MessageKind::RunExpressExecution(_)
        | MessageKind::LogExecution { .. } => true,
        MessageKind::AdvanceFrame(number) | MessageKind::CancelJob(number) => head.number > *number,
        MessageKind::StartExecution { started_at } => {
            head.number > RecordNumber::FIRST || *started_at != head.record.facts.started_at
        }
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. } => head.record.frame.outcome().is_some(),
        MessageKind::CompleteTask { secret, .. } => {
            head.record.frame.task_secret() != Some(*secret)
        }
        MessageKind::StartActivityTask { secret, .. } => {
            let offered = head.record.frame.offered_task();
            offered.is_none_or(|offered| offered.secret != *secret)
        }
        MessageKind::RedriveExecution(redriven) => {
            head.record.facts.redrive_count() >= redriven.count
        }
    }
}

/// Settles a message that an API call has sent and handles beside the queue, and that has taken effect
/// before this delivery. Whoever has written its record may be about to act on it. To act as well
/// would send a second message, of which a second one follows at each state that outlasts the
/// visibility timeout. Where the writer has died, the queue delivers the message again.
pub(super) fn settle_without_effect(
    MessageDelivery { message, receive_count }: &MessageDelivery,
    head: &Record,
) -> StepOutcome {
    let is_own = head.written_by == message.kind.written_by();
    if is_own && *receive_count != HANDLED_BY_SENDER {
        StepOutcome::REDELIVER
    } else {
        StepOutcome::ACKNOWLEDGE
    }
}

/// Performs the next action of that record again, if it is still the head.
pub(super) async fn resume_head<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    number: RecordNumber,
) -> Result<StepOutcome, Fault> {
    match ports.load_head(&message.execution, &message.frame).await? {
        Some(head) if head.number == number => resume_own_head(ports, context, message, head).await,
        Some(_) | None => Ok(StepOutcome::ACKNOWLEDGE),
    }
}

/// Completes a message that wrote the head and whose worker died after that.
async fn resume_own_head<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    LogHead { number, record, lease }: LogHead,
) -> Result<StepOutcome, Fault> {
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let head = KeyedRecord { key: RecordKey { execution, frame, number }, record };
    if let Some(call) = claimed_call(&head.record.frame) {
        if integrations::is_repeatable(&call.resource) {
            return Ok(StepOutcome::Claimed(head));
        }
        return Ok(StepOutcome::Interrupted { claim: head, lease });
    }
    act_on_record(ports, context, &head).await?;
    // Its first worker may have died once the end was written, and before it sent this.
    send_to_log(ports, &head).await?;
    Ok(StepOutcome::ACKNOWLEDGE)
}

/// The lease of a claim whose worker is gone for certain, as a store says that knows it.
const NO_LEASE: Timestamp = Timestamp::from_milliseconds(0);

/// Records that the call of an interrupted claim is lost once its lease has ended, since its worker
/// is gone then, or could not reach the store for as long. Such a worker still has the answer, so it
/// goes first.
pub(super) async fn settle_interrupted<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    claim: &KeyedRecord,
    lease: Timestamp,
) -> Result<StepOutcome, Fault> {
    if ports.now() < lease {
        return Ok(StepOutcome::Settled(redeliver_after(lease)));
    }
    if lease > NO_LEASE {
        ports.sleep_until(ports.now().plus_milliseconds(ANSWER_GRACE_MILLISECONDS)).await;
    }
    warn!(execution = %claim.key.execution, frame = %claim.key.frame, record = %claim.key.number,
        "the worker of a claimed call is gone; the call is not repeated");
    claimed_call::record_lost_call(ports, context, message, claim).await
}

/// Redelivers once every worker's clock has passed a moment. Otherwise a worker whose clock is
/// behind the queue's would get the message back at once, again and again.
pub(super) const fn redeliver_after(moment: Timestamp) -> Disposition {
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
