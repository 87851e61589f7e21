//! Handles "record `n` is the head of the frame's log": load → advance → append → act.

use engine::{Stimulus, Transition};
use model::{
    FramePhase, MessageKind, NextAction, QueueMessage, QueueName, Record, RecordKey, RecordNumber,
    Timestamp,
};
use tracing::Span;

use super::{
    poll_submitted::{PollOutcome, poll_submitted_task},
    step_outcome::{CallPermission, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{
        CausalClock, KeyedRecord, RecordSlot, SettledFork, act_on_record, append_transition,
        cancel_awaited_job, run_engine_step, settle_fork,
    },
    ports::MessageQueue,
    roles::StepRole,
};

/// Advances a frame by one transition, or by up to `run_ahead` transitions.
pub(super) async fn advance_frame<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    number: RecordNumber,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let key = RecordKey { execution, frame, number };
    let Some(record) = ports.load_record(&key).await? else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    Span::current().record("state", record.frame.state.as_str());
    let mut head = KeyedRecord { key, record };
    if needs_call_permission(&head.record, permission) {
        return forward_to_tasks_queue(ports, message).await;
    }
    let run_ahead = context.settings.run_ahead.max(1);
    for ahead in 1..=run_ahead {
        let (transition, causes) = match decide_step(ports, context, &head).await? {
            StepDecision::Step(transition, causes) => (*transition, causes),
            StepDecision::AppendLost => return Ok(StepOutcome::REDELIVER),
            StepDecision::NotYet(at) => return resend_at(ports, &head, at).await,
        };
        let slot = RecordSlot::after(&head, message.kind.written_by()).caused_by(causes);
        let Some(next) = append_transition(ports, slot, transition).await? else {
            return Ok(StepOutcome::REDELIVER);
        };
        cancel_awaited_job(ports, &head).await?;
        let goes_on = ahead < run_ahead && next.record.frame.queue() == QueueName::Steps;
        match next.record.frame.next_action() {
            NextAction::MakeCall { .. } => return Ok(StepOutcome::Claimed(next)),
            NextAction::Advance if goes_on => head = next,
            NextAction::Advance
            | NextAction::AdvanceAt(_)
            | NextAction::Nothing
            | NextAction::StartChildren { .. }
            | NextAction::ReportEnd(_) => {
                act_on_record(ports, context, &next).await?;
                break;
            }
        }
    }
    Ok(StepOutcome::ACKNOWLEDGE)
}

/// Whether the frame's next transition may claim a call that this worker may not make.
fn needs_call_permission(record: &Record, permission: CallPermission) -> bool {
    let is_about_to_run = match record.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Delayed { .. } => true,
        FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Forked { .. }
        | FramePhase::Ended(_) => false,
    };
    permission == CallPermission::MayNotCall
        && is_about_to_run
        && record.frame.queue() == QueueName::Tasks
}

/// Passes a message on to the queue `tasks`, whose workers may make calls.
pub(super) async fn forward_to_tasks_queue(
    queue: &impl MessageQueue,
    message: &QueueMessage,
) -> Result<StepOutcome, Fault> {
    queue.send_message(message.clone(), QueueName::Tasks, None).await?;
    Ok(StepOutcome::ACKNOWLEDGE)
}

/// What a frame does next.
enum StepDecision {
    /// It takes this transition, which the records of this clock cause.
    Step(Box<Transition>, CausalClock),
    /// Nothing yet. If there is a time, it may advance then.
    NotYet(Option<Timestamp>),
    /// Another message has advanced it.
    AppendLost,
}

/// Finds out what has happened to the frame, and asks the engine for the next transition.
async fn decide_step<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
) -> Result<StepDecision, Fault> {
    let own = CausalClock::of_record(&head.record);
    let (stimulus, causes) = match &head.record.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Waiting { .. } | FramePhase::Delayed { .. } => {
            (Stimulus::Due, own)
        }
        FramePhase::Forked { .. } => match settle_fork(ports, context, head).await? {
            Some(SettledFork { stimulus, causes }) => (stimulus, own.latest(causes)),
            None => return Ok(StepDecision::NotYet(None)),
        },
        FramePhase::Submitted { .. } => match poll_submitted_task(ports, context, head).await? {
            PollOutcome::Answered(outcome) => (Stimulus::TaskCompleted(outcome), own),
            PollOutcome::Waits(at) => return Ok(StepDecision::NotYet(Some(at))),
            PollOutcome::AppendLost => return Ok(StepDecision::AppendLost),
        },
        FramePhase::Claimed { .. } | FramePhase::Ended(_) => {
            return Ok(StepDecision::NotYet(None));
        }
    };
    let at = match head.record.frame.next_action() {
        NextAction::AdvanceAt(at) => Some(at),
        NextAction::Advance
        | NextAction::Nothing
        | NextAction::MakeCall { .. }
        | NextAction::StartChildren { .. }
        | NextAction::ReportEnd(_) => None,
    };
    let transition = run_engine_step(ports, context, head, stimulus, causes).await?;
    Ok(transition.map_or(StepDecision::NotYet(at), |transition| {
        StepDecision::Step(Box::new(transition), causes)
    }))
}

/// Sends a message again that came too early: queues delay by 15 minutes at most, and clocks
/// differ. A message without a time is stale. The engine, which has read the clock, has decided
/// which it is.
async fn resend_at(
    queue: &impl MessageQueue,
    head: &KeyedRecord,
    at: Option<Timestamp>,
) -> Result<StepOutcome, Fault> {
    if let Some(at) = at {
        let RecordKey { execution, frame, number } = head.key.clone();
        let again = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(number) };
        queue.send_message(again, head.record.frame.queue(), Some(at)).await?;
    }
    Ok(StepOutcome::ACKNOWLEDGE)
}
