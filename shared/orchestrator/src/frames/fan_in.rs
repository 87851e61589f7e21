//! Starts the children of a fork and reports their ends.
//!
//! ```text
//! last record ─▶ (failed: gate) ─▶ slot ─▶ start of the next child ─▶ bucket ─▶ (full: gate)
//!                     └ one failure too many: parent                     all are full: parent ┤
//!                                                  history is full: gate is closed, parent ┘
//! ```
//!
//! Invariant: every step may be repeated, and the message of the end is acknowledged after the last
//! one. A slot is moved on before the bucket has the end, so that a fork whose buckets are all full
//! has no child left to start.

use model::{
    ChildEnd, ChildIndex, ChildStart, DeploymentLimits, EndedChild, ForkMembership, ForkShape,
    Frame, FrameOutcome, FramePhase, GateState, GrantedSlot, MessageKind, QueueMessage, QueueName,
    RecordKey,
};

use super::{children::has_failed, keyed_record::KeyedRecord};
use crate::{
    Fault,
    ports::{FanInStore, GateStore, MessageQueue, RecordLog},
};

/// Starts the children that start with a fork. Each of several groups is started by its first child,
/// so that no delivery sends more than a group's messages and one for each group. Does nothing for a
/// fork that is over.
pub(super) async fn start_fork<P>(
    ports: &P,
    fork: &KeyedRecord,
    shape: &ForkShape,
) -> Result<(), Fault>
where
    P: GateStore + FanInStore + MessageQueue + Sync,
{
    let gate = ports.open_gate(&fork.key, shape).await?;
    match gate.state() {
        GateState::Open => {}
        GateState::Complete | GateState::Failed(_) | GateState::Closed => return Ok(()),
    }
    if shape.group_count() == 1 {
        return start_group(ports, fork, shape, 0).await;
    }
    let leader_of = |group| {
        let is_over = !shape.has_slots() && gate.has_full_bucket(group);
        let (leader, _) = shape.group_members(group).next().filter(|_| !is_over)?;
        Some(start_message(fork, leader, ChildStart::Group))
    };
    ports.send_messages((0..shape.group_count()).filter_map(leader_of).collect()).await
}

/// Starts the other children of the group that this child leads, if it leads one, and returns the
/// child's own slot.
pub(crate) async fn start_group_of<P>(
    ports: &P,
    fork: &KeyedRecord,
    leader: ChildIndex,
) -> Result<Option<GrantedSlot>, Fault>
where
    P: FanInStore + MessageQueue + Sync,
{
    let FramePhase::Forked { shape, .. } = &fork.record.frame.phase else { return Ok(None) };
    let Some(group) = shape.group_led_by(leader) else { return Ok(None) };
    let members = first_children(ports, fork, shape, group).await?;
    let others = members.iter().filter(|(child, _)| *child != leader);
    let others = others.map(|(child, slot)| start_message(fork, *child, ChildStart::Single(*slot)));
    ports.send_messages(others.collect()).await?;
    let own = shape.group_members(group).next();
    Ok(own.and_then(|(_, slot)| slot).map(|number| GrantedSlot { number, after: None }))
}

async fn start_group<P>(
    ports: &P,
    fork: &KeyedRecord,
    shape: &ForkShape,
    group: u32,
) -> Result<(), Fault>
where
    P: FanInStore + MessageQueue + Sync,
{
    let members = first_children(ports, fork, shape, group).await?;
    let starts = members
        .into_iter()
        .map(|(child, slot)| start_message(fork, child, ChildStart::Single(slot)));
    ports.send_messages(starts.collect()).await
}

/// The children of a group that start with the fork. In place of one that has been followed in its
/// slot there is none.
async fn first_children(
    ports: &impl FanInStore,
    fork: &KeyedRecord,
    shape: &ForkShape,
    group: u32,
) -> Result<Vec<(ChildIndex, Option<GrantedSlot>)>, Fault> {
    if !shape.has_slots() {
        return Ok(shape.group_members(group).map(|(child, _)| (child, None)).collect());
    }
    let slots = ports.open_slots(&fork.key, shape, group).await?;
    let unfollowed = slots.numbered_slots().filter(|(_, held)| held.after.is_none());
    let granted =
        unfollowed.map(|(number, held)| (held.holder, Some(GrantedSlot { number, after: None })));
    Ok(granted.collect())
}

fn start_message(
    fork: &KeyedRecord,
    child: ChildIndex,
    start: ChildStart,
) -> (QueueMessage, QueueName) {
    let queue = match &fork.record.frame.phase {
        FramePhase::Forked { queues, .. } => queues.queue_of(child),
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => QueueName::Steps,
    };
    (child_message(&fork.key, child, start), queue)
}

fn child_message(fork: &RecordKey, child: ChildIndex, start: ChildStart) -> QueueMessage {
    let frame = fork.frame.child_path(fork.number, child);
    QueueMessage { execution: fork.execution.clone(), frame, kind: MessageKind::StartFrame(start) }
}

/// The events of a child, where the number of an execution's events is limited.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedEvents {
    limit: u64,
    /// How many the child knew of when it began: at least those up to its fork.
    before: u64,
    /// How many it has made.
    made: u64,
}

impl CountedEvents {
    pub(super) fn of_child(limits: DeploymentLimits, frame: &Frame) -> Option<Self> {
        let limit = limits.history_limit()?;
        let (before, made) = (frame.events_before, frame.events - frame.events_before);
        Some(Self { limit, before, made })
    }

    /// Whether the children of a fork have filled the history, if its ended ones have made at least
    /// this many events. Reads the fork only where that may be so.
    async fn fill_history(
        self,
        log: &impl RecordLog,
        fork: &RecordKey,
        events: u64,
    ) -> Result<bool, Fault> {
        if self.before.saturating_add(events) < self.limit {
            return Ok(false);
        }
        let forked = log.load_record(fork).await?;
        Ok(forked.is_some_and(|forked| forked.frame.events.saturating_add(events) >= self.limit))
    }
}

/// Reports the end of a child: starts the child that follows in its slot, and tells the parent when
/// all children have ended, one too many has failed, or they have filled the history.
///
/// The events of those that have ended are known by bucket, and by gate for the buckets that are
/// full. So others may still make events that nobody has counted: those that run, and those whose
/// buckets are not full yet.
pub(super) async fn report_child_end<P>(
    ports: &P,
    fork: &RecordKey,
    ended: EndedChild,
    membership: &ForkMembership,
    outcome: &FrameOutcome,
    counted: Option<CountedEvents>,
) -> Result<(), Fault>
where
    P: RecordLog + GateStore + FanInStore + MessageQueue + Sync,
{
    let ForkMembership { shape, slot, queue } = membership;
    let EndedChild { child, record } = ended;
    let failed = has_failed(outcome);
    let mut goes_on = true;
    if failed {
        let Some(gate) = ports.add_failed_child(fork, ended).await? else { return Ok(()) };
        goes_on = gate.is_open();
        if gate.state() == GateState::Failed(ended) {
            send_join(ports, fork).await?;
        }
    }
    if goes_on
        && let Some(number) = *slot
        && let Some(next) = ports.advance_slot(fork, shape, number, child).await?
    {
        let start = ChildStart::Single(Some(GrantedSlot { number, after: Some(ended) }));
        ports.send_message(child_message(fork, next, start), *queue, None).await?;
    }
    let bucket = shape.bucket_of(child);
    let made = counted.map_or(0, |counted| counted.made);
    let end = ChildEnd { record, failed };
    let ends = ports.add_child_ends(fork, bucket, &[(child, end)], made).await?;
    let mut events = ends.events();
    if ends.is_full(shape, bucket)
        && let Some(gate) = ports.add_full_bucket(fork, bucket, events).await?
    {
        if gate.state() == GateState::Complete {
            return send_join(ports, fork).await;
        }
        events = gate.events();
    }
    if let Some(counted) = counted
        && counted.fill_history(ports, fork, events).await?
    {
        ports.close_gate(fork, shape).await?;
        send_join(ports, fork).await?;
    }
    Ok(())
}

/// Sends the message with which the parent of a fork finds out how its children have ended.
pub(super) async fn send_join(queue: &impl MessageQueue, fork: &RecordKey) -> Result<(), Fault> {
    let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
    let join = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(fork.number) };
    queue.send_message(join, QueueName::Steps, None).await
}
