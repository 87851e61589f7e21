//! Handles "start this frame, a child of a fork": appends its first record.

use std::sync::Arc;

use engine::{ChildOrigin, StepContext, TimeAndSeed, Transition};
use model::{
    ChildIndex, EventRef, FramePhase, QueueMessage, QueueName, Record, RecordKey, RecordNumber,
};

use super::{
    advance_frame::forward_to_tasks_queue,
    redrive_execution::find_earlier_child,
    step_outcome::{CallPermission, StepOutcome},
};
use crate::{
    EngineContext, Fault,
    frames::{
        Appended, CausalClock, KeyedRecord, RecordSlot, append_and_act, execution_input, last_event,
    },
    ports::{FanInStore, RecordLog},
    roles::StepRole,
};

/// Appends the first record of a child. A child that resumes one of an earlier fork begins where
/// that one had ended.
pub(super) async fn start_frame<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    permission: CallPermission,
) -> Result<StepOutcome, Fault> {
    let Some((parent, number, child)) = message.frame.parent_fork() else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let key = RecordKey { execution: message.execution.clone(), frame: parent, number };
    let Some(record) = ports.load_record(&key).await? else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let fork = KeyedRecord { key, record };
    if permission == CallPermission::MayNotCall && queue_of_child(&fork, child) == QueueName::Tasks
    {
        return forward_to_tasks_queue(ports, message).await;
    }
    let (origin, causes) = find_origin(ports, &fork, child).await?;
    let first = first_transition(ports, context, message, &fork, child, &origin, causes).await?;
    let Some(transition) = first else { return Ok(StepOutcome::ACKNOWLEDGE) };
    let slot = RecordSlot {
        key: RecordKey { frame: message.frame.clone(), number: RecordNumber::FIRST, ..fork.key },
        written_by: message.kind.written_by(),
        facts: Arc::clone(&fork.record.facts),
        before: None,
        causes,
    };
    match append_and_act(ports, context, slot, transition).await? {
        Appended::Done => Ok(StepOutcome::ACKNOWLEDGE),
        Appended::Claimed(claim) => Ok(StepOutcome::Claimed(claim)),
        Appended::Lost => Ok(StepOutcome::REDELIVER),
    }
}

fn queue_of_child(fork: &KeyedRecord, child: ChildIndex) -> QueueName {
    match &fork.record.frame.phase {
        FramePhase::Forked { queues, .. } => queues.queue_of(child),
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => QueueName::Steps,
    }
}

async fn first_transition<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    fork: &KeyedRecord,
    child: ChildIndex,
    origin: &ChildOrigin,
    causes: CausalClock,
) -> Result<Option<Transition>, Fault> {
    let EngineContext { settings, definitions } = context;
    let (execution, parent) = (&message.execution, &fork.record);
    let time_and_seed = TimeAndSeed { now: ports.now().max(causes.at), seed: ports.random_seed() };
    if let FramePhase::Forked { resumed_fork: Some(earlier), .. } = &parent.frame.phase
        && let Some(earlier) = find_earlier_child(ports, execution, earlier, child).await?
    {
        return Ok(Some(earlier.resume(origin.events, time_and_seed.now)));
    }
    let definition = definitions.load_definition(ports, execution, &parent.facts.revision).await?;
    let input = execution_input(ports, &definition, execution).await?;
    let step_context = StepContext {
        definition: &definition,
        account_region: &settings.account_region,
        limits: settings.limits,
        execution,
        facts: &parent.facts,
        input: input.as_ref(),
        path: &message.frame,
        time_and_seed,
    };
    Ok(engine::begin_child(&step_context, &parent.frame, child, origin))
}

/// Finds what the child follows: the fork, or the end of the child in whose place it starts.
async fn find_origin<P>(
    ports: &P,
    fork: &KeyedRecord,
    child: ChildIndex,
) -> Result<(ChildOrigin, CausalClock), Fault>
where
    P: RecordLog + FanInStore + Sync,
{
    let KeyedRecord { key, record: parent } = fork;
    let predecessor = if starts_with_fork(parent, child) {
        None
    } else {
        ports.load_fan_in(key).await?.and_then(|fan_in| fan_in.predecessor_of(child))
    };
    let causes = CausalClock::of_record(parent);
    let Some((predecessor, last)) = predecessor else {
        let after = last_event(ports, key.clone(), 0).await?;
        return Ok((ChildOrigin { after, events: parent.frame.events }, causes));
    };
    let frame = key.frame.child_path(key.number, predecessor);
    let ended_key = RecordKey { execution: key.execution.clone(), frame, number: last };
    let ended = ports.load_record(&ended_key).await?;
    // AWS numbers the next MapIterationStarted as following what MapIterationSucceeded follows.
    let after: EventRef = last_event(ports, ended_key, 1).await?;
    let events = ended.as_ref().map_or(parent.frame.events, |record| record.frame.events);
    let causes = ended.map_or(causes, |record| causes.latest(CausalClock::of_record(&record)));
    Ok((ChildOrigin { after, events }, causes))
}

/// Whether a child is among those that start with the fork, so that it follows no other child.
fn starts_with_fork(parent: &Record, child: ChildIndex) -> bool {
    match &parent.frame.phase {
        FramePhase::Forked { concurrency, .. } => child.as_u32() < *concurrency,
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => true,
    }
}
