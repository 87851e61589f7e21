//! One transition: load → advance → append → wake.

use std::sync::Arc;

use engine::{StepContext, Stimulus, TimeAndSeed, Transition};
use model::{FramePhase, NextAction, QueueMessage, Record, RecordKey, RecordNumber, Timestamp};
use tracing::Span;

use crate::{
    Disposition, EngineContext, Fault,
    commit::{CausalClock, append_transition, execution_input},
    join::{SettledFork, settle_fork},
    look::{PollOutcome, poll_submitted_task},
    nested,
    ports::{
        AppendOutcome, Clock, ExecutionStore, FanInStore, MessageQueue, QueueName, RandomSource,
        RecordLog, StateMachineStore,
    },
    wake::{act_on_record, queue_of_record},
};

/// How far a message came without a call.
pub(crate) enum StepOutcome {
    /// To its end.
    Verdict(Disposition),
    /// To a claim: the call is to be made now, by this very delivery.
    Claimed(ClaimedCall),
}

/// A claim that this delivery has appended.
pub(crate) struct ClaimedCall {
    pub(crate) key: RecordKey,
    pub(crate) record: Arc<Record>,
}

/// "Record `number` is the head of the frame's log; take it on."
pub(crate) async fn advance_frame<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    number: RecordNumber,
) -> Result<StepOutcome, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + Clock
        + RandomSource
        + Sync,
{
    let (execution, frame) = (message.execution.clone(), message.frame.clone());
    let mut key = RecordKey { execution, frame, number };
    let Some(mut record) = ports.load_record(&key).await? else {
        return Ok(StepOutcome::Verdict(Disposition::Acknowledge));
    };
    Span::current().record("state", record.frame.state.as_str());
    for ahead in 1..=context.run_ahead.max(1) {
        let (transition, causes) = match decide_step(ports, context, &key, &record).await? {
            StepDecision::Step(transition, causes) => (*transition, causes),
            StepDecision::Overtaken => return Ok(StepOutcome::Verdict(Disposition::Redeliver)),
            StepDecision::NotYet(at) => {
                return redeliver_later(ports, context, &key, &record, at).await;
            }
        };
        key.number = key.number.next_number();
        let written_by = message.kind.written_by();
        let before = Some(&record.frame);
        let next =
            append_transition(ports, &key, written_by, &record.facts, before, transition, causes)
                .await?;
        let AppendOutcome::Done(next) = next else {
            return Ok(StepOutcome::Verdict(Disposition::Redeliver));
        };
        nested::cancel_awaited_execution(ports, &key, &record.frame).await?;
        match next.frame.next_action() {
            NextAction::MakeCall { .. } => {
                return Ok(StepOutcome::Claimed(ClaimedCall { key, record: next }));
            }
            NextAction::Advance
                if ahead < context.run_ahead && stays(ports, context, &key, &next).await? =>
            {
                record = next;
            }
            NextAction::Advance
            | NextAction::AdvanceAt(_)
            | NextAction::Nothing
            | NextAction::StartChildren { .. }
            | NextAction::ReportEnd(_) => {
                act_on_record(ports, context, &key, &next).await?;
                break;
            }
        }
    }
    Ok(StepOutcome::Verdict(Disposition::Acknowledge))
}

/// Whether the frame's next state may run in a delivery of the queue `steps`.
async fn stays<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<bool, Fault>
where
    P: StateMachineStore + Sync,
{
    Ok(queue_of_record(ports, context, &key.execution, record).await? == QueueName::Steps)
}

/// What a frame does next.
enum StepDecision {
    /// This.
    Step(Box<Transition>, CausalClock),
    /// Nothing now, and perhaps something then.
    NotYet(Option<Timestamp>),
    /// Another message has taken it on.
    Overtaken,
}

/// Loads what the engine needs and asks it.
async fn decide_step<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<StepDecision, Fault>
where
    P: RecordLog
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + MessageQueue
        + Clock
        + RandomSource
        + Sync,
{
    let own = CausalClock::of_record(record);
    let (stimulus, causes) = match &record.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Waiting { .. } | FramePhase::Delayed { .. } => {
            (Stimulus::Due, own)
        }
        FramePhase::Forked { .. } => match settle_fork(ports, context, key, record).await? {
            Some(SettledFork { stimulus, causes }) => (stimulus, own.latest(causes)),
            None => return Ok(StepDecision::NotYet(None)),
        },
        FramePhase::Submitted { .. } => {
            match poll_submitted_task(ports, context, key, record).await? {
                PollOutcome::Answered(outcome) => (Stimulus::TaskCompleted(outcome), own),
                PollOutcome::Waits(at) => return Ok(StepDecision::NotYet(Some(at))),
                PollOutcome::Overtaken => return Ok(StepDecision::Overtaken),
            }
        }
        FramePhase::Claimed { .. } | FramePhase::Ended(_) => return Ok(StepDecision::NotYet(None)),
    };
    let at = match record.frame.next_action() {
        NextAction::AdvanceAt(at) => Some(at),
        NextAction::Advance
        | NextAction::Nothing
        | NextAction::MakeCall { .. }
        | NextAction::StartChildren { .. }
        | NextAction::ReportEnd(_) => None,
    };
    let transition = run_engine_step(ports, context, key, record, stimulus, causes).await?;
    Ok(transition.map_or(StepDecision::NotYet(at), |transition| {
        StepDecision::Step(Box::new(transition), causes)
    }))
}

/// Sets the scene for one frame and lets the engine act on it.
pub(crate) async fn run_engine_step<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    stimulus: Stimulus,
    causes: CausalClock,
) -> Result<Option<Transition>, Fault>
where
    P: ExecutionStore + StateMachineStore + Clock + RandomSource + Sync,
{
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    let input = execution_input(ports, &definition, &key.execution).await?;
    let step_context = StepContext {
        definition: &definition,
        account_region: &context.account_region,
        limits: context.limits,
        execution: &key.execution,
        facts: &record.facts,
        input: input.as_ref(),
        path: &key.frame,
        moment: TimeAndSeed { now: ports.now().max(causes.at), seed: ports.random_seed() },
    };
    Ok(engine::advance(&step_context, &record.frame, stimulus))
}

/// A message before its time (queues delay by 15 minutes at most, and clocks differ) is sent
/// again; any other is stale. The engine's own reading of the clock has said which it is.
async fn redeliver_later<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    at: Option<Timestamp>,
) -> Result<StepOutcome, Fault>
where
    P: StateMachineStore + MessageQueue + Sync,
{
    if let Some(at) = at {
        let queue_name = queue_of_record(ports, context, &key.execution, record).await?;
        let message = QueueMessage {
            execution: key.execution.clone(),
            frame: key.frame.clone(),
            kind: model::MessageKind::AdvanceFrame(key.number),
        };
        ports.send_message(message, queue_name, Some(at)).await?;
    }
    Ok(StepOutcome::Verdict(Disposition::Acknowledge))
}
