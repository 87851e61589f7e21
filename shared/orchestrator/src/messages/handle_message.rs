//! Handles one delivery of one message.
//!
//! ```text
//! first time      load → advance → append → (call → advance → append) → act → acknowledge
//! append lost     leave the message; it is redelivered
//! redelivered     see redelivery.rs
//! not yet written see start_execution.rs
//! fork left       an end is reported to the parent, all else is acknowledged
//! deadly          see deaths.rs
//! ```

use std::error::Error;

use model::{MessageKind, NextAction, QueueMessage, RecordKey};
use tracing::{debug, warn};

use super::{
    advance_frame,
    claimed_call::{self, FurtherCalls},
    complete_task, deaths, end_execution, log_execution, poll_service_job, redelivery,
    redrive_execution, run_express, service_job, start_activity_task, start_execution, start_frame,
    step_outcome::{Disposition, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{CallPermission, KeyedRecord, are_forks_open},
    integrations,
    ports::{GateStore, HANDLED_BY_SENDER, MessageDelivery, TaskCaller},
    roles::{StepRole, TaskRole},
};

/// Handles a message completely: makes the call that it claims, and those that follow.
pub async fn handle_message<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    let handled = handle_with_calls(ports, context, delivery);
    deaths::handle_counted(ports, context, delivery, handled).await
}

async fn handle_with_calls<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    let execution = &delivery.message.execution;
    match &delivery.message.kind {
        // Thousands of them may wait at once, so each takes no more memory than it needs.
        MessageKind::RunExpressExecution(start) => {
            Box::pin(run_express::run_started_execution(ports, context, execution, start)).await?;
        }
        MessageKind::LogExecution { redrives, after } => {
            let after = after.as_ref();
            Box::pin(log_execution::log_execution(ports, context, execution, *redrives, after))
                .await?;
        }
        MessageKind::StartFrame(_)
        | MessageKind::AdvanceFrame(_)
        | MessageKind::StartExecution { .. }
        | MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. }
        | MessageKind::CompleteTask { .. }
        | MessageKind::StartActivityTask { .. }
        | MessageKind::RedriveExecution(_)
        | MessageKind::CancelJob(_) => {
            return Box::pin(handle_frame_message(ports, context, delivery)).await;
        }
    }
    Ok(Disposition::Acknowledge)
}

/// Handles a message of a frame completely, whoever counts its deaths.
pub(super) async fn handle_frame_message<P: TaskRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    let message = &delivery.message;
    if let MessageKind::CancelJob(number) = message.kind {
        return service_job::cancel_job(ports, context, delivery, number).await;
    }
    let further_calls = FurtherCalls::beginning_now(ports, &context.settings);
    let mut outcome = handle_delivery(ports, context, delivery, CallPermission::MayCall).await?;
    loop {
        outcome = match outcome {
            StepOutcome::Settled(disposition) => return Ok(disposition),
            StepOutcome::Claimed(claim) => {
                deaths::forget_before_call(ports, delivery, &claim).await;
                if !may_begin_call(ports, &claim).await {
                    // Whoever left the fork ends the claim, too.
                    return Ok(Disposition::Acknowledge);
                }
                claimed_call::perform_call(ports, context, message, claim, further_calls).await?
            }
            // Nobody has made a call that cannot be made, so its failure is no lost call.
            StepOutcome::Interrupted { claim, .. } if !can_make_call(ports, &claim) => {
                claimed_call::perform_call(ports, context, message, claim, further_calls).await?
            }
            StepOutcome::Interrupted { claim, lease } => {
                redelivery::settle_interrupted(ports, context, message, &claim, lease).await?
            }
            StepOutcome::AwaitsService(head) => {
                poll_service_job::poll_job(ports, context, message, head, further_calls).await?
            }
        };
    }
}

/// Whether a claimed call may still begin: since this delivery has looked, a fork above may have
/// been left, or the execution stopped. A claim that nobody follows up would be a lost call, so a
/// call begins if nobody can tell.
async fn may_begin_call(ports: &impl GateStore, claim: &KeyedRecord) -> bool {
    let RecordKey { execution, frame, .. } = &claim.key;
    are_forks_open(ports, execution, frame).await.unwrap_or_else(|fault| {
        warn!(%execution, %frame, %fault, "a call begins, though its fork may have been left");
        true
    })
}

fn can_make_call(caller: &impl TaskCaller, claim: &KeyedRecord) -> bool {
    match claim.record.frame.next_action() {
        NextAction::MakeCall { call, .. } => integrations::can_call(caller, &call.resource),
        NextAction::Advance
        | NextAction::AdvanceAt(_)
        | NextAction::StartChildren(_)
        | NextAction::ReportEnd(_)
        | NextAction::Nothing => false,
    }
}

/// Handles a message as far as is possible without a call.
pub async fn handle_step_message<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    let handled = Box::pin(handle_without_calls(ports, context, delivery));
    deaths::handle_counted(ports, context, delivery, handled).await
}

async fn handle_without_calls<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
) -> Result<Disposition, Fault> {
    if let MessageKind::CancelJob(_)
    | MessageKind::RunExpressExecution(_)
    | MessageKind::LogExecution { .. } = delivery.message.kind
    {
        advance_frame::forward_to_tasks_queue(ports, &delivery.message).await?;
        return Ok(Disposition::Acknowledge);
    }
    let mut outcome = handle_delivery(ports, context, delivery, CallPermission::MayNotCall).await?;
    loop {
        outcome = match outcome {
            StepOutcome::Settled(disposition) => return Ok(disposition),
            // The workers of the queue `tasks` find the claim and make its call, and ask the service.
            StepOutcome::Claimed(_) | StepOutcome::AwaitsService(_) => {
                advance_frame::forward_to_tasks_queue(ports, &delivery.message).await?
            }
            StepOutcome::Interrupted { claim, lease } => {
                let message = &delivery.message;
                redelivery::settle_interrupted(ports, context, message, &claim, lease).await?
            }
        };
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
    let delivery = MessageDelivery { message, receive_count: HANDLED_BY_SENDER };
    for _ in 0..ATTEMPTS_MAX {
        match Box::pin(handle_step_message(ports, context, &delivery)).await {
            Ok(Disposition::Redeliver | Disposition::AwaitSlot) => {}
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

async fn handle_delivery<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    delivery: &MessageDelivery,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let MessageDelivery { message, receive_count } = delivery;
    debug!(execution = %message.execution, frame = %message.frame, kind = %message.kind, receive_count);
    if !are_forks_open(ports, &message.execution, &message.frame).await? {
        return redelivery::handle_abandoned(ports, context, delivery).await;
    }
    if *receive_count > 1
        && let Some(settled) = redelivery::resume(ports, context, message).await?
    {
        return Ok(settled);
    }
    match &message.kind {
        MessageKind::StartFrame(start) => {
            start_frame::start_frame(ports, context, message, *start, permission).await
        }
        MessageKind::AdvanceFrame(number) => {
            advance_frame::advance_frame(ports, context, message, *number, permission).await
        }
        MessageKind::StartExecution { started_at } => {
            start_execution::begin_execution(ports, context, message, *started_at, permission).await
        }
        MessageKind::StopExecution { .. }
        | MessageKind::TimeOutExecution { .. }
        | MessageKind::FailExecution { .. } => {
            end_execution::end_execution(ports, context, message).await
        }
        MessageKind::CompleteTask { secret, completion } => {
            complete_task::complete_task(ports, context, delivery, *secret, completion, permission)
                .await
        }
        MessageKind::StartActivityTask { secret, worker_name, .. } => {
            let worker_name = worker_name.clone();
            start_activity_task::start_activity_task(ports, context, delivery, *secret, worker_name)
                .await
        }
        MessageKind::RedriveExecution(redriven) => {
            redrive_execution::redrive_root(ports, context, delivery, redriven).await
        }
        // They are no matter of the frame, and handled before.
        MessageKind::CancelJob(_)
        | MessageKind::RunExpressExecution(_)
        | MessageKind::LogExecution { .. } => Ok(StepOutcome::ACKNOWLEDGE),
    }
}
