//! Handles "start this frame, a child of a fork": makes its first transitions and appends them.

use std::sync::Arc;

use engine::{ChildOrigin, StepContext};
use model::{
    ChildIndex, ChildStart, EndedChild, EventRef, ForkMembership, FramePhase, GrantedSlot,
    MessageKind, QueueMessage, QueueName, RecordKey, RecordNumber,
};

use super::{
    advance_frame::forward_to_tasks_queue,
    redrive_execution::{EarlierChild, find_earlier_child},
    step_outcome::StepOutcome,
};
use crate::{
    EngineContext, Fault,
    frames::{
        CallPermission, CausalClock, FrameEngine, KeyedRecord, PendingTransitions, RecordSlot,
        append_and_act, last_event, start_group_of,
    },
    ports::{GateStore, MessageQueue, RecordLog},
    roles::StepRole,
};

/// Appends the first record of a child. A child that resumes one of an earlier fork begins where
/// that one had ended. The first child of a group starts the others before that, so whoever finds
/// its first record knows that they were started.
pub(super) async fn start_frame<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    start: ChildStart,
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
    let FramePhase::Forked { shape, queues, .. } = &fork.record.frame.phase else {
        return Ok(StepOutcome::ACKNOWLEDGE);
    };
    let queue = queues.queue_of(child);
    if permission == CallPermission::MayNotCall && queue == QueueName::Tasks {
        return forward_to_tasks_queue(ports, message).await;
    }
    let slot = match start {
        ChildStart::Single(slot) => slot,
        ChildStart::Group => start_group_of(ports, &fork, child).await?,
    };
    let (origin, causes) = find_origin(ports, &fork, slot).await?;
    let engine = {
        let frame = (&message.execution, &message.frame);
        FrameEngine::load(ports, context, frame, &fork.record.facts).await?
    };
    let earlier = find_resumed_child(ports, &fork, child).await?;
    let parent = &fork.record.frame;
    let begin = |step_context: &StepContext<'_>| match &earlier {
        Some(earlier) => Some(earlier.resume(origin.events, step_context.time_and_seed.now)),
        None => engine::begin_child(step_context, parent, child, &origin),
    };
    let made = engine.make_transition(causes.at, &parent.state, begin).await?;
    let Some((mut transition, at)) = made else { return Ok(StepOutcome::ACKNOWLEDGE) };
    if !engine.has_slot(&transition.frame) {
        return leave_for_call_slot(ports, message, start, slot, queue).await;
    }
    let slot = slot.map(|granted| granted.number);
    transition.frame.fork = Some(ForkMembership { shape: *shape, slot, queue });
    let mut transitions = PendingTransitions::new(None, transition, at);
    engine.run_on(&mut transitions, permission).await?;
    let slot = RecordSlot {
        key: RecordKey {
            execution: message.execution.clone(),
            frame: message.frame.clone(),
            number: RecordNumber::FIRST,
        },
        written_by: message.kind.written_by(),
        facts: Arc::clone(&fork.record.facts),
        causes,
    };
    append_and_act(ports, context, slot, transitions).await.map(StepOutcome::from)
}

/// Leaves a message whose child would begin with a call for which there is no slot. One that has
/// started a group does not come back, since it would start the group again.
async fn leave_for_call_slot(
    ports: &impl MessageQueue,
    message: &QueueMessage,
    start: ChildStart,
    slot: Option<GrantedSlot>,
    queue: QueueName,
) -> Result<StepOutcome, Fault> {
    match start {
        ChildStart::Single(_) => Ok(StepOutcome::AWAIT_SLOT),
        ChildStart::Group => {
            let kind = MessageKind::StartFrame(ChildStart::Single(slot));
            let alone = QueueMessage { kind, ..message.clone() };
            ports.send_message(alone, queue, None).await?;
            Ok(StepOutcome::ACKNOWLEDGE)
        }
    }
}

/// The child of an earlier fork that this child resumes, if there is one.
async fn find_resumed_child<P>(
    ports: &P,
    fork: &KeyedRecord,
    child: ChildIndex,
) -> Result<Option<EarlierChild>, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    match &fork.record.frame.phase {
        FramePhase::Forked { resumed_fork: Some(earlier), .. } => {
            find_earlier_child(ports, &fork.key.execution, earlier, child).await
        }
        FramePhase::Forked { resumed_fork: None, .. }
        | FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => Ok(None),
    }
}

/// Finds what the child follows: the fork, or the end of the child in whose slot it starts.
async fn find_origin<P>(
    ports: &P,
    fork: &KeyedRecord,
    slot: Option<GrantedSlot>,
) -> Result<(ChildOrigin, CausalClock), Fault>
where
    P: RecordLog + Sync,
{
    let KeyedRecord { key, record: parent } = fork;
    let causes = CausalClock::of_record(parent);
    let Some(EndedChild { child, record: last }) = slot.and_then(|granted| granted.after) else {
        let after = last_event(ports, key.clone(), 0).await?;
        return Ok((ChildOrigin { after, events: parent.frame.events }, causes));
    };
    let frame = key.frame.child_path(key.number, child);
    let ended_key = RecordKey { execution: key.execution.clone(), frame, number: last };
    let ended = ports.load_record(&ended_key).await?;
    // AWS numbers the next MapIterationStarted as following what MapIterationSucceeded follows.
    let after: EventRef = last_event(ports, ended_key, 1).await?;
    let events = ended.as_ref().map_or(parent.frame.events, |record| record.frame.events);
    let causes = ended.map_or(causes, |record| causes.latest(CausalClock::of_record(&record)));
    Ok((ChildOrigin { after, events }, causes))
}
