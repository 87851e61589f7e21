//! Rules of the protocol that tests can switch off, to show that the simulation notices.

use std::sync::Arc;

use model::{
    ChildEnd, ChildIndex, FanInUpdate, FramePhase, Record, RecordKey, Timestamp, WrittenBy,
};
use orchestrator::ports::{AppendOutcome, LogHead};

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
    /// A message is acknowledged although its handling ended with a fault.
    AcknowledgeFaults,
    /// A redelivered message does not recognize the head that it wrote, so the head's next action
    /// may never be done.
    NoNextActionOwner,
    /// An append becomes durable only when its worker has finished.
    SendBeforeCommit,
    /// Records have the unclamped time of their worker's clock.
    ClocksGoBack,
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
        flush_appends(world, worker);
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
pub(crate) fn flush_appends(world: &mut SimulatedWorld, worker: WorkerId) {
    if let Some((key, record)) = world.unflushed.remove(&worker) {
        world.append_record(&key, &record);
    }
}

pub(crate) fn ablate_end_child(
    world: &mut SimulatedWorld,
    key: &RecordKey,
    child: ChildIndex,
    end: ChildEnd,
) -> Option<FanInUpdate> {
    let counts = world.ablation == Some(Ablation::CountChildren);
    let fan_in = world.fan_ins.get_mut(key)?;
    let child = if counts {
        ChildIndex::new(u32::try_from(fan_in.ended_children().count()).expect("children are few"))
    } else {
        child
    };
    Some(fan_in.end_child(child, end))
}
