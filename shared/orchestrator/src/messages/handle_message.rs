//! Handles one delivery of one message.
//!
//! ```text
//! first time      load → advance → append → (call → append) → act → acknowledge
//! append lost     leave the message; it is redelivered
//! redelivered     see redelivery.rs
//! fork left       an end is reported to the parent, all else is acknowledged
//! too often       the execution fails visibly; the message goes to the dead-letter queue
//! ```

use std::error::Error;

use model::{
    MessageKind, QueueMessage,
    limits::{RECEIVES_MAX, RECEIVES_OF_OWN_HEAD_MAX},
};
use tracing::{debug, error, warn};

use super::{
    advance_frame, claimed_call, complete_task, end_execution, redelivery, redrive_execution,
    start_frame,
    step_outcome::{CallRights, Disposition, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    ports::MessageDelivery,
    roles::{StepRole, TaskRole},
};

/// Handles a message completely, calls included.
pub async fn handle_message<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    match take_message(ports, context, delivery, CallRights::MayCall).await? {
        StepOutcome::Settled(disposition) => Ok(disposition),
        StepOutcome::Claimed(claim) => {
            claimed_call::perform_call(ports, context, &delivery.message, claim).await
        }
    }
}

/// Handles a message as far as is possible without a call.
pub async fn handle_step_message<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    match take_message(ports, context, delivery, CallRights::MayNotCall).await? {
        StepOutcome::Settled(disposition) => Ok(disposition),
        StepOutcome::Claimed(claim) => {
            error!(execution = %claim.key.execution, frame = %claim.key.frame,
                record = %claim.key.number, "a claimed call came to a worker that makes no calls");
            Ok(Disposition::Redeliver)
        }
    }
}

/// Handles a message that was just sent, so that its sender sees the effect at once and, where the
/// queue keeps messages in memory only, so that the effect is durable. It tries several times,
/// since its append may lose against other messages.
pub(crate) async fn handle_sent_message<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: QueueMessage,
) {
    const ATTEMPTS_MAX: u32 = 16;
    let delivery = MessageDelivery { message, received: 1 };
    for _ in 0..ATTEMPTS_MAX {
        match Box::pin(handle_step_message(ports, context, &delivery)).await {
            Ok(Disposition::Redeliver) => {}
            Ok(Disposition::Acknowledge | Disposition::RedeliverAt(_)) => return,
            Err(fault) => {
                warn!(execution = %delivery.message.execution, frame = %delivery.message.frame,
                    error = &fault as &dyn Error,
                    "a message takes effect when it is delivered");
                return;
            }
        }
    }
}

async fn take_message<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    rights: CallRights,
) -> Result<StepOutcome, Fault> {
    let MessageDelivery { message, received } = delivery;
    debug!(execution = %message.execution, frame = %message.frame, kind = %message.kind, received);
    if !redelivery::are_forks_open(ports, &message.execution, &message.frame).await? {
        return redelivery::handle_abandoned(ports, context, delivery).await;
    }
    if *received > RECEIVES_OF_OWN_HEAD_MAX {
        return redelivery::give_up(ports, message, RECEIVES_OF_OWN_HEAD_MAX).await;
    }
    if *received > 1 {
        if let Some(settled) = redelivery::resume(ports, context, message).await? {
            return Ok(settled);
        }
        if *received > RECEIVES_MAX {
            return redelivery::give_up(ports, message, RECEIVES_MAX).await;
        }
    }
    match &message.kind {
        MessageKind::StartFrame => start_frame::start_frame(ports, context, message, rights).await,
        MessageKind::AdvanceFrame(number) => {
            advance_frame::advance_frame(ports, context, message, *number, rights).await
        }
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. } => {
            end_execution::end_execution(ports, context, message).await
        }
        MessageKind::CompleteTask { secret, completion } => {
            complete_task::complete_task(ports, context, message, *secret, completion).await
        }
        MessageKind::RedriveExecution(redriven) => {
            redrive_execution::redrive_root(ports, context, message, redriven).await
        }
    }
}
