//! Handles "record `n` is the head of the frame's log": load → advance → append → act. Where only the
//! next action of record `n` is left to do, it is done again: nobody sends such a message unless
//! others may be lost (`executions/rewake.rs`).

use engine::Stimulus;
use model::{
    FramePhase, MessageKind, NextAction, QueueMessage, QueueName, Record, RecordKey, RecordNumber,
    TaskJob, Timestamp,
};
use tracing::Span;

use super::{
    advance_and_append::advance_and_append,
    poll_submitted::{PollOutcome, poll_submitted_task},
    redelivery::resume_head,
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, Fault,
    frames::{
        CallPermission, CausalClock, KeyedRecord, RecordSlot, SettledFork, cancel_awaited_job,
        settle_fork,
    },
    ports::MessageQueue,
    roles::StepRole,
};

/// Advances a frame from the record with this number, its head.
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
    advance_from_head(ports, context, message, KeyedRecord { key, record }, permission).await
}

/// Advances a frame from its head.
pub(super) async fn advance_from_head<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    head: KeyedRecord,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    Span::current().record("state", head.record.frame.state.as_str());
    if needs_call_permission(&head.record, permission) {
        return forward_to_tasks_queue(ports, message).await;
    }
    let (stimulus, causes) = match find_stimulus(ports, context, &head).await? {
        FoundStimulus::Found(stimulus, causes) => (*stimulus, causes),
        FoundStimulus::NotYet(at) => return resend_at(ports, &head, at).await,
        FoundStimulus::NothingToStep => {
            return resume_head(ports, context, message, head.key.number).await;
        }
        FoundStimulus::InService => return Ok(StepOutcome::AwaitsService(head)),
        FoundStimulus::AppendLost => return Ok(StepOutcome::REDELIVER),
    };
    let slot = RecordSlot::after(&head, message.kind.written_by()).caused_by(causes);
    match advance_and_append(ports, context, &head, slot, stimulus, permission).await? {
        Some(outcome) => {
            if !outcome.did_nothing() {
                cancel_awaited_job(ports, &context.settings.account_region, &head).await?;
            }
            Ok(outcome)
        }
        None => resend_at(ports, &head, due_time(&head.record)).await,
    }
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

/// What has happened to a frame.
enum FoundStimulus {
    /// This, which the records of this clock cause.
    Found(Box<Stimulus>, CausalClock),
    /// Nothing yet. If there is a time, the frame may advance then.
    NotYet(Option<Timestamp>),
    /// Its call, its children or the frame's parent go on first.
    NothingToStep,
    /// What the service says for whose job it waits.
    InService,
    /// Another message has advanced it.
    AppendLost,
}

/// Finds out what has happened to the frame.
async fn find_stimulus<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    head: &KeyedRecord,
) -> Result<FoundStimulus, Fault> {
    let own = CausalClock::of_record(&head.record);
    let found = |stimulus, causes| Ok(FoundStimulus::Found(Box::new(stimulus), causes));
    match &head.record.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Waiting { .. } | FramePhase::Delayed { .. } => {
            found(Stimulus::Due, own)
        }
        FramePhase::Forked { .. } => match settle_fork(ports, context, head).await? {
            Some(SettledFork { stimulus, causes }) => found(stimulus, own.latest(causes)),
            None => Ok(FoundStimulus::NothingToStep),
        },
        FramePhase::Submitted { job: Some(TaskJob::Service(_)), .. } => {
            Ok(FoundStimulus::InService)
        }
        FramePhase::Submitted { .. } => match poll_submitted_task(ports, context, head).await? {
            PollOutcome::Answered(outcome) => found(Stimulus::TaskCompleted(outcome), own),
            PollOutcome::Waits(at) => Ok(FoundStimulus::NotYet(Some(at))),
            PollOutcome::AppendLost => Ok(FoundStimulus::AppendLost),
        },
        FramePhase::Claimed { .. } | FramePhase::Ended(_) => Ok(FoundStimulus::NothingToStep),
    }
}

fn due_time(record: &Record) -> Option<Timestamp> {
    match record.frame.next_action() {
        NextAction::AdvanceAt(at) => Some(at),
        NextAction::Advance
        | NextAction::Nothing
        | NextAction::MakeCall { .. }
        | NextAction::StartChildren(_)
        | NextAction::ReportEnd(_) => None,
    }
}

/// Sends a message again that came too early: queues delay by 15 minutes at most, and clocks
/// differ. A message without a time is stale. The engine, which has read the clock, has decided
/// which it is.
pub(super) async fn resend_at(
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
