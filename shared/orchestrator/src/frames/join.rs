//! Joins a fork: reads how its children have ended.

use std::sync::Arc;

use engine::{
    EndedStatesEvents, FailedChildEvents, JoinedChildren, JoinedOutputs, Stimulus,
    events_of_ended_states,
};
use model::{
    EndedChild, EventRef, Failure, FanInBucket, ForkShape, FrameOutcome, GateState, Payload,
    Record, RecordKey,
};

use super::{
    abort_children::{AbortBudget, ChildAbort, stop_children},
    append::CausalClock,
    children::{
        EndedChildren, broken_log, bucket_pages, child_key, last_event, visit_ended_children,
    },
    fan_in::send_join,
    keyed_record::KeyedRecord,
};
use crate::{
    EngineContext, Fault,
    ports::{FanInStore, GateStore, RecordLog},
    roles::StepRole,
};

/// What the parent of a settled fork goes on with.
pub(crate) struct SettledFork {
    pub(crate) stimulus: Stimulus,
    pub(crate) causes: CausalClock,
}

/// Reads the gate of a fork and, if the parent may go on, its children. Returns none while the parent
/// must wait.
pub(crate) async fn settle_fork<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
) -> Result<Option<SettledFork>, Fault> {
    let Some(gate) = ports.load_gate(&fork.key).await? else { return Ok(None) };
    match gate.state() {
        GateState::Complete => join_succeeded(ports, context, fork, &gate.shape()).await.map(Some),
        GateState::Failed(failed) => join_failed(ports, context, fork, &gate.shape(), failed).await,
        GateState::Closed => join_full_history(ports, context, fork, &gate.shape()).await,
        GateState::Open => Ok(None),
    }
}

async fn join_succeeded<P>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
    shape: &ForkShape,
) -> Result<SettledFork, Fault>
where
    P: RecordLog + FanInStore + Sync,
{
    let KeyedRecord { key, record } = fork;
    let bytes_max = JoinedOutputs::joined_bytes_max(context.settings.limits);
    let (mut outputs, mut bytes) = (Vec::new(), 0);
    let keep_output = |child: &Record| {
        let output =
            succeeded_output(child).ok_or_else(|| broken_log(key, "a child has no output"))?;
        bytes += output.compact_bytes();
        if bytes > bytes_max {
            // They are not kept, since together they may be larger than memory.
            outputs.clear();
        } else {
            outputs.push(output);
        }
        Ok(())
    };
    let EndedChildren { count, events, causes, last } =
        visit_ended_children(ports, (key, record), shape, keep_output).await?;
    if count != shape.children {
        return Err(broken_log(key, "a child has no end"));
    }
    let last_event = match last {
        Some(last) => Some(last_event(ports, last, 0).await?),
        None => None,
    };
    let outputs =
        if bytes > bytes_max { JoinedOutputs::TooLarge } else { JoinedOutputs::All(outputs) };
    let stimulus = Stimulus::ChildrenSucceeded(JoinedChildren { outputs, last_event, events });
    Ok(SettledFork { stimulus, causes })
}

/// Stops the other children first. If there are too many of them for one delivery, another one goes
/// on with them.
async fn join_failed<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
    shape: &ForkShape,
    EndedChild { child, record: last }: EndedChild,
) -> Result<Option<SettledFork>, Fault> {
    let key = child_key(&fork.key, child, last);
    let failed = ports
        .load_record(&key)
        .await?
        .ok_or_else(|| broken_log(&fork.key, "a failed child is missing"))?;
    let failure = child_failure(&failed).unwrap_or_default();
    let shown = FailedChildEvents::of_last_record(last, &failed);
    let since = CausalClock::of_record(&failed);
    let after = failing_event(ports, key, failed).await?;
    let facts = &fork.record.facts;
    let execution = &fork.key.execution;
    let definition = context.definitions.load_definition(ports, execution, &facts.revision).await?;
    let show = events_of_ended_states(&definition, &fork.record.frame, &failure);
    let abort = ChildAbort { after: &after, since, show };
    let budget = AbortBudget::of_delivery(shape);
    let Some(children) = stop_children(ports, context, fork, abort, &budget).await? else {
        send_join(ports, &fork.key).await?;
        return Ok(None);
    };
    let stimulus = Stimulus::ChildFailed { failure, after, events: children.events, shown };
    Ok(Some(SettledFork { stimulus, causes: children.causes }))
}

/// Stops the children of a fork that have filled the history, and fails its parent. Returns none if
/// the gate was closed for another reason.
async fn join_full_history<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
    shape: &ForkShape,
) -> Result<Option<SettledFork>, Fault> {
    let Some(limit) = context.settings.limits.history_limit() else { return Ok(None) };
    let mut events = fork.record.frame.events;
    for buckets in bucket_pages(shape) {
        let buckets = ports.load_buckets(&fork.key, buckets).await?;
        events += buckets.iter().map(FanInBucket::events).sum::<u64>();
    }
    let head = ports.load_head(&fork.key.execution, &fork.key.frame).await?;
    let is_left = head.is_none_or(|head| head.number != fork.key.number);
    if events < limit || is_left {
        return Ok(None);
    }
    let own = last_event(ports, fork.key.clone(), 0).await?;
    let since = CausalClock::of_record(&fork.record);
    let abort = ChildAbort { after: &own, since, show: EndedStatesEvents::Hidden };
    let budget = AbortBudget::of_delivery(shape);
    let Some(children) = stop_children(ports, context, fork, abort, &budget).await? else {
        send_join(ports, &fork.key).await?;
        return Ok(None);
    };
    let after = match children.last {
        Some(last) => last_event(ports, last, 0).await?,
        None => own,
    };
    let failure = engine::full_history(limit);
    let shown = FailedChildEvents::default();
    let stimulus = Stimulus::ChildFailed { failure, after, events: children.events, shown };
    Ok(Some(SettledFork { stimulus, causes: children.causes }))
}

/// The event that made a child fail, from the key of its last record and that record: the newest of
/// its log, or of the log of a child of it whose failure left no event in it.
async fn failing_event<P>(
    ports: &P,
    mut key: RecordKey,
    mut record: Arc<Record>,
) -> Result<EventRef, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    while record.events.is_empty() {
        let Some(number) = key.number.previous_number() else { break };
        let fork = RecordKey { number, ..key.clone() };
        let gate = ports.load_gate(&fork).await?;
        let Some(GateState::Failed(failed)) = gate.map(|gate| gate.state()) else { break };
        let below = child_key(&fork, failed.child, failed.record);
        let Some(end) = ports.load_record(&below).await? else { break };
        (key, record) = (below, end);
    }
    last_event(ports, key, 0).await
}

fn succeeded_output(record: &Record) -> Option<Payload> {
    match record.frame.outcome()? {
        FrameOutcome::Succeeded(output) => Some(output.clone()),
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => None,
    }
}

fn child_failure(record: &Record) -> Option<Failure> {
    match record.frame.outcome()? {
        FrameOutcome::Succeeded(_) => None,
        FrameOutcome::Failed(failure)
        | FrameOutcome::TimedOut(failure)
        | FrameOutcome::Aborted(failure) => Some(failure.clone()),
    }
}
