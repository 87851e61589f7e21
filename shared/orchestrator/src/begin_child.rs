//! The first record of a child frame.

use engine::{ChildOrigin, StepContext, TimeAndSeed};
use model::{
    ChildIndex, EventRef, FramePhase, NextAction, QueueMessage, Record, RecordKey, RecordNumber,
};

use crate::{
    Disposition, EngineContext, Fault,
    commit::{CausalClock, append_transition, execution_input},
    join::last_event,
    ports::{
        AppendOutcome, Clock, ExecutionStore, FanInStore, MessageQueue, RandomSource, RecordLog,
        StateMachineStore,
    },
    redrive,
    step::{ClaimedCall, StepOutcome},
    wake::act_on_record,
};

/// "The frame, a child, is to begin."
pub(crate) async fn begin_child_frame<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
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
    let done = Ok(StepOutcome::Verdict(Disposition::Acknowledge));
    let Some((parent, fork, child)) = message.frame.parent_fork() else { return done };
    let execution = message.execution.clone();
    let fork = RecordKey { execution: execution.clone(), frame: parent, number: fork };
    let Some(parent) = ports.load_record(&fork).await? else { return done };
    let (origin, causes) = find_origin(ports, &fork, &parent, child).await?;

    let definition =
        context.definitions.load_definition(ports, &execution, &parent.facts.revision).await?;
    let input = execution_input(ports, &definition, &execution).await?;
    let step_context = StepContext {
        definition: &definition,
        account_region: &context.account_region,
        limits: context.limits,
        execution: &execution,
        facts: &parent.facts,
        input: input.as_ref(),
        path: &message.frame,
        moment: TimeAndSeed { now: ports.now().max(causes.at), seed: ports.random_seed() },
    };
    let earlier = match &parent.frame.phase {
        FramePhase::Forked { resumed_fork: Some(fork), .. } => {
            redrive::find_earlier_child(ports, step_context.execution, fork, child).await?
        }
        FramePhase::Forked { resumed_fork: None, .. }
        | FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => None,
    };
    let transition = match earlier {
        Some(earlier) => Some(earlier.resume(origin.events, step_context.moment.now)),
        None => engine::begin_child(&step_context, &parent.frame, child, &origin),
    };
    let Some(transition) = transition else { return done };

    let key = RecordKey { execution, frame: message.frame.clone(), number: RecordNumber::FIRST };
    let written_by = message.kind.written_by();
    let first =
        append_transition(ports, &key, written_by, &parent.facts, None, transition, causes).await?;
    let AppendOutcome::Done(record) = first else {
        return Ok(StepOutcome::Verdict(Disposition::Redeliver));
    };
    match record.frame.next_action() {
        NextAction::MakeCall { .. } => Ok(StepOutcome::Claimed(ClaimedCall { key, record })),
        NextAction::Advance
        | NextAction::AdvanceAt(_)
        | NextAction::Nothing
        | NextAction::StartChildren { .. }
        | NextAction::ReportEnd(_) => {
            act_on_record(ports, context, &key, &record).await?;
            done
        }
    }
}

/// What the child follows: the fork, or the end of the child in whose place it starts.
async fn find_origin<P>(
    ports: &P,
    fork: &RecordKey,
    parent: &Record,
    child: ChildIndex,
) -> Result<(ChildOrigin, CausalClock), Fault>
where
    P: RecordLog + FanInStore,
{
    let starts_with_fork = match &parent.frame.phase {
        FramePhase::Forked { concurrency, .. } => child.as_u32() < *concurrency,
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => true,
    };
    let starter = if starts_with_fork {
        None
    } else {
        ports.load_fan_in(fork).await?.and_then(|fan_in| fan_in.predecessor_of(child))
    };
    let causes = CausalClock::of_record(parent);
    let Some((starter, last)) = starter else {
        let after = last_event(ports, fork.clone(), 0).await?;
        return Ok((ChildOrigin { after, events: parent.frame.events }, causes));
    };
    let frame = fork.frame.child_path(fork.number, starter);
    let key = RecordKey { execution: fork.execution.clone(), frame, number: last };
    let ended = ports.load_record(&key).await?;
    // AWS numbers the next MapIterationStarted as following what MapIterationSucceeded follows.
    let after: EventRef = last_event(ports, key, 1).await?;
    let events = ended.as_ref().map_or(parent.frame.events, |record| record.frame.events);
    let causes = ended.map_or(causes, |record| causes.latest(CausalClock::of_record(&record)));
    Ok((ChildOrigin { after, events }, causes))
}
