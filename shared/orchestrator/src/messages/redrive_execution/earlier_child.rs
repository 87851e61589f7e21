//! The children of a redriven fork: each resumes a child of the fork that had failed.

use std::sync::Arc;

use engine::Transition;
use model::{
    ChildIndex, ExecutionId, ForkRef, FrameOutcome, FramePhase, Payload, Record, RecordKey,
    Timestamp,
};

use super::unfinished_frame::{UnfinishedFrame, find_unfinished};
use crate::{
    Fault,
    frames::KeyedRecord,
    ports::{GateStore, LogHead, RecordLog},
};

/// How far an earlier child came that another child resumes.
pub(crate) enum EarlierChild {
    /// It had succeeded: its last record and its output.
    Succeeded(Arc<Record>, Payload),
    /// It had not succeeded.
    Unfinished(Box<UnfinishedFrame>),
}

/// Finds out how far a child of an earlier fork came. If it has no record to go on from, this looks
/// at the child of the fork that the earlier fork resumed, and so on. Returns none if there is no
/// such record.
pub(crate) async fn find_earlier_child<P>(
    ports: &P,
    execution: &ExecutionId,
    fork: &ForkRef,
    child: ChildIndex,
) -> Result<Option<EarlierChild>, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    let mut fork = fork.clone();
    loop {
        if let Some(earlier) = child_of_fork(ports, execution, &fork, child).await? {
            return Ok(Some(earlier));
        }
        let (execution, frame) = (execution.clone(), fork.frame);
        let key = RecordKey { execution, frame, number: fork.record };
        let forked = ports.load_record(&key).await?;
        match forked.as_ref().map(|forked| &forked.frame.phase) {
            Some(FramePhase::Forked { resumed_fork: Some(before), .. }) => fork = before.clone(),
            Some(_) | None => return Ok(None),
        }
    }
}

/// Reads the log of the child of a fork. Returns none if it has no record to go on from.
async fn child_of_fork<P>(
    ports: &P,
    execution: &ExecutionId,
    fork: &ForkRef,
    child: ChildIndex,
) -> Result<Option<EarlierChild>, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    let frame = fork.child_path(child);
    let Some(LogHead { number, record, .. }) = ports.load_head(execution, &frame).await? else {
        return Ok(None);
    };
    let head =
        KeyedRecord { key: RecordKey { execution: execution.clone(), frame, number }, record };
    match head.record.frame.outcome() {
        Some(FrameOutcome::Succeeded(output)) => {
            let output = output.clone();
            Ok(Some(EarlierChild::Succeeded(head.record, output)))
        }
        None => Ok(Some(EarlierChild::Unfinished(Box::new(UnfinishedFrame::of_head(&head))))),
        Some(FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_)) => {
            Ok(find_unfinished(ports, &head).await?.map(Box::new).map(EarlierChild::Unfinished))
        }
    }
}

impl EarlierChild {
    /// Returns the first transition of the child that resumes it. `events` is the number of events
    /// of the execution so far.
    pub(crate) fn resume(&self, events: u64, now: Timestamp) -> Transition {
        match self {
            Self::Succeeded(record, output) => {
                engine::carry_over_child(&record.frame, output, events)
            }
            Self::Unfinished(unfinished) => {
                engine::resume_child(unfinished.resumable(), events, now)
            }
        }
    }
}
