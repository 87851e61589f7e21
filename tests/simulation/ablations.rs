//! Rules of the protocol that tests can switch off, to show that the simulation notices.

use std::sync::Arc;

use model::{
    ChildEnd, ChildIndex, FanInBucket, FanInGate, FramePath, FramePhase, MessageKind, QueueMessage,
    Record, RecordKey, Timestamp, WrittenBy,
};
use orchestrator::{
    Disposition,
    ports::{AppendOutcome, LogHead},
};

use crate::world::{SimulatedWorld, WorkerId};

/// A rule of the protocol that is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ablation {
    /// A delivery that lost an append acknowledges its message.
    AcknowledgeLostRace,
    /// A redelivery is handled like a first delivery.
    IgnoreRedelivery,
    /// A worker whose claim lost makes the call all the same.
    CallWithoutClaim,
    /// The lease of a claim has always expired.
    ClaimWithoutLease,
    /// Ended children are counted, not kept as a set.
    CountChildren,
    /// A slot is moved on by any child that held it, whoever holds it.
    MoveSlotOfAnother,
    /// A slot that an earlier delivery has moved on starts nobody.
    StartNextOnce,
    /// An end becomes durable in its bucket only when its worker has finished.
    BucketAfterGate,
    /// A full bucket becomes durable in the gate only some time after the parent was woken.
    WakeBeforeGate,
    /// A message is acknowledged although its handling ended with a fault.
    AcknowledgeFaults,
    /// A redelivered message does not recognize the head that it wrote, so the head's next action
    /// may never be done.
    NoNextActionOwner,
    /// An append becomes durable only when its worker has finished.
    SendBeforeCommit,
    /// Records have the unclamped time of their worker's clock.
    ClocksGoBack,
    /// A start writes record 0 before it sends its messages.
    PutBeforeSend,
    /// The message of a start is acknowledged if it comes before record 0.
    AcknowledgeEarlyStart,
    /// The timeout that a start has sent ends any execution of that name.
    NamesakesAlike,
    /// Nobody wakes executions whose messages are lost.
    NeverRewake,
    /// Only the root frame of an execution is woken.
    WakeOnlyRoots,
    /// Only frames that can step are woken: no call, no fork and no end.
    WakeOnlySteps,
    /// A delivery that ends with a fault counts as a death of its message.
    CountFaults,
    /// No death is counted.
    CountNoDeaths,
    /// The row of an activity's task is removed before the task starts.
    RemoveTaskFirst,
    /// A poll starts a task without having sent the message that does.
    StartTaskWithoutMessage,
    /// A poll takes any start of a task for its own.
    TakeStartOfAnother,
}

pub(crate) fn ablate_head(ablation: Option<Ablation>, head: Option<LogHead>) -> Option<LogHead> {
    let mut head = head?;
    if ablation == Some(Ablation::ClaimWithoutLease) {
        head.lease = Timestamp::from_milliseconds(0);
    }
    if ablation == Some(Ablation::NoNextActionOwner) {
        Arc::make_mut(&mut head.record).written_by = WrittenBy::FailExecution;
    }
    Some(head)
}

pub(crate) fn ablate_append(
    world: &mut SimulatedWorld,
    (worker, skew): (WorkerId, i64),
    key: &RecordKey,
    record: &Record,
) -> AppendOutcome {
    if world.ablation == Some(Ablation::ClocksGoBack) {
        let at = Timestamp::from_milliseconds(world.now + skew);
        return world.append_record(key, &Record { written_at: at, ..record.clone() });
    }
    if world.ablation == Some(Ablation::SendBeforeCommit) {
        if world.load_record(key).is_some() {
            return AppendOutcome::Lost;
        }
        flush_writes(world, worker);
        world.unflushed.insert(worker, (key.clone(), record.clone()));
        return AppendOutcome::Done(Arc::new(record.clone()));
    }
    let appended = world.append_record(key, record);
    let claims = matches!(record.frame.phase, FramePhase::Claimed { .. });
    if claims && world.ablation == Some(Ablation::CallWithoutClaim) {
        return AppendOutcome::Done(Arc::new(record.clone()));
    }
    appended
}

/// Makes durable what a finished worker believed to be durable.
pub(crate) fn flush_writes(world: &mut SimulatedWorld, worker: WorkerId) {
    if let Some((key, record)) = world.unflushed.remove(&worker) {
        world.append_record(&key, &record);
    }
    for write in world.delayed_writes.remove(&worker).unwrap_or_default() {
        world.fan_ins.apply_write(write);
    }
}

/// Milliseconds after which a gate has a bucket with which its parent was woken.
const GATE_DELAY_MILLISECONDS: i64 = 100;

/// A write to a fan-in that becomes durable later than its worker believes.
#[derive(Clone, Debug)]
pub(crate) enum DelayedWrite {
    ChildEnds(RecordKey, u32, Vec<(ChildIndex, ChildEnd)>),
    FullBucket(RecordKey, u32),
}

pub(crate) fn ablate_child_ends(
    world: &mut SimulatedWorld,
    worker: WorkerId,
    (fork, bucket): (&RecordKey, u32),
    ends: &[(ChildIndex, ChildEnd)],
    events: u64,
) -> FanInBucket {
    let mut stored = world.fan_ins.bucket(fork, bucket);
    match world.ablation {
        Some(Ablation::CountChildren) => {
            let first =
                world.fan_ins.gate(fork).map(|gate| gate.shape().bucket_range(bucket).start);
            let ended = u32::try_from(stored.child_ends().len()).expect("children are few");
            let next = (first.unwrap_or(0) + ended..).map(ChildIndex::new);
            let counted: Vec<_> = next.zip(ends.iter().map(|(_, end)| *end)).collect();
            world.fan_ins.add_child_ends(fork, bucket, &counted, events)
        }
        Some(Ablation::BucketAfterGate) => {
            let write = DelayedWrite::ChildEnds(fork.clone(), bucket, ends.to_vec());
            world.delayed_writes.entry(worker).or_default().push(write);
            stored.add_child_ends(ends, events);
            stored
        }
        Some(_) | None => world.fan_ins.add_child_ends(fork, bucket, ends, events),
    }
}

pub(crate) fn ablate_full_bucket(
    world: &mut SimulatedWorld,
    fork: &RecordKey,
    bucket: u32,
    events: u64,
) -> Option<FanInGate> {
    if world.ablation != Some(Ablation::WakeBeforeGate) {
        return world.fan_ins.add_full_bucket(fork, bucket, events);
    }
    let mut gate = world.fan_ins.gate(fork)?.clone();
    gate.add_full_bucket(bucket, events);
    let write = DelayedWrite::FullBucket(fork.clone(), bucket);
    world.late_writes.push((world.now + GATE_DELAY_MILLISECONDS, write));
    Some(gate)
}

/// Makes late writes durable whose time has come.
pub(crate) fn apply_late_writes(world: &mut SimulatedWorld) {
    let now = world.now;
    for (_, write) in world.late_writes.extract_if(.., |(at, _)| *at <= now) {
        world.fan_ins.apply_write(write);
    }
}

pub(crate) fn ablate_advance_slot(
    world: &mut SimulatedWorld,
    (fork, shard): (&RecordKey, u32),
    slot: u32,
    ended: ChildIndex,
) -> Option<ChildIndex> {
    let ablation = world.ablation;
    let slots = world.fan_ins.slots.get_mut(&(fork.clone(), shard))?;
    let ended = match ablation {
        Some(Ablation::MoveSlotOfAnother) => {
            slots.numbered_slots().find(|(number, _)| *number == slot)?.1.holder
        }
        Some(_) | None => ended,
    };
    let advance = slots.advance_slot(slot, ended);
    let is_forgotten = !advance.changed && ablation == Some(Ablation::StartNextOnce);
    advance.starts_child.filter(|_| !is_forgotten)
}

/// Whether a message is held back until its start has written record 0.
pub(crate) fn is_sent_after_put(ablation: Option<Ablation>, message: &QueueMessage) -> bool {
    let is_of_start = matches!(
        message.kind,
        MessageKind::StartExecution { .. } | MessageKind::TimeOutExecution { redrives: 0, .. }
    );
    is_of_start && ablation == Some(Ablation::PutBeforeSend)
}

/// What is done with a message after it was handled.
pub(crate) fn ablate_disposition(
    ablation: Option<Ablation>,
    message: &QueueMessage,
    disposition: Disposition,
) -> Disposition {
    match (ablation, &message.kind, disposition) {
        (
            Some(Ablation::AcknowledgeEarlyStart),
            MessageKind::StartExecution { .. },
            Disposition::RedeliverAt(_),
        ) => Disposition::Acknowledge,
        (_, _, disposition) => disposition,
    }
}

/// The message as its worker receives it.
pub(crate) fn ablate_message(world: &SimulatedWorld, message: QueueMessage) -> QueueMessage {
    if world.ablation != Some(Ablation::NamesakesAlike) {
        return message;
    }
    let QueueMessage { execution, frame, kind } = message;
    let head = world.head_record(&execution, &FramePath::ROOT);
    let kind = match (kind, head) {
        (MessageKind::TimeOutExecution { redrives, .. }, Some(head)) => {
            MessageKind::TimeOutExecution { started_at: head.record.facts.started_at, redrives }
        }
        (kind, _) => kind,
    };
    QueueMessage { execution, frame, kind }
}
