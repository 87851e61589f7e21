//! Safety mechanisms that can be switched off, to see that the simulation notices.

use std::sync::Arc;

use model::{
    ChildEnd, ChildIndex, FanInUpdate, FramePhase, Record, RecordKey, Timestamp, WrittenBy,
};
use orchestrator::ports::{AppendOutcome, LogHead};

use crate::world::{SimulatedWorld, WorkerId};

/// A rule of the protocol that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ablation {
    /// A delivery that lost the race acknowledges its message.
    AcknowledgeLostRace,
    /// Nobody looks again at what came back: each delivery believes to be the first.
    NeverLookAgain,
    /// Who finds a call claimed by another makes it all the same.
    CallWithoutClaim,
    /// A claim counts as dead at once.
    ClaimWithoutLease,
    /// Ended children are counted, whichever they are.
    CountChildren,
    /// A message is acknowledged although its handling ended in a fault.
    AcknowledgeFaults,
    /// Nobody owns the wake of the head that he wrote.
    NoOwnership,
    /// What a worker appends is durable only once the worker is done.
    SendBeforeCommit,
    /// Records say when they were written by their worker's own clock.
    ClocksGoBack,
    /// Of two versions at work, each knows only its own `RUN_AHEAD`.
    VersionsApart,
}

pub(crate) fn ablate_head(ablation: Option<Ablation>, head: Option<LogHead>) -> Option<LogHead> {
    let mut head = head?;
    if ablation == Some(Ablation::ClaimWithoutLease) {
        head.lease = Timestamp::from_milliseconds(0);
    }
    if ablation == Some(Ablation::NoOwnership) {
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

/// A worker is done: what it believed to be durable is.
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
    let fan_in = world.fans.get_mut(key)?;
    let child = if counts {
        ChildIndex::new(u32::try_from(fan_in.ended_children().count()).expect("children are few"))
    } else {
        child
    };
    Some(fan_in.end_child(child, end))
}
