//! The children of a redriven fork: each resumes a child of the fork that had failed.

use std::sync::Arc;

use engine::{FrameEndReason, ResumableFrame, Transition};
use model::{
    ChildIndex, ExecutionId, ForkRef, FrameOutcome, FramePhase, Payload, Record, RecordKey,
    Timestamp,
};

use super::frame_end_reason::frame_end_reason;
use crate::{
    Fault,
    frames::KeyedRecord,
    ports::{FanInStore, LogHead, RecordLog},
};

/// How far an earlier child came that another child resumes.
pub(crate) enum EarlierChild {
    /// It had succeeded: its last record and its output.
    Succeeded(Arc<Record>, Payload),
    /// It had not succeeded: the record to go on from, where that record is, and how the child
    /// ended.
    Unfinished { record: Arc<Record>, fork: ForkRef, ended: FrameEndReason },
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
    P: RecordLog + FanInStore + Sync,
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
    P: RecordLog + FanInStore + Sync,
{
    let frame = fork.child_path(child);
    let Some(head) = ports.load_head(execution, &frame).await? else { return Ok(None) };
    let LogHead { number, record, .. } = &head;
    let at = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
    let record_at_end = record;
    match record.frame.outcome() {
        Some(FrameOutcome::Succeeded(output)) => {
            Ok(Some(EarlierChild::Succeeded(Arc::clone(record), output.clone())))
        }
        None => {
            let fork = ForkRef { frame: frame.clone(), record: *number };
            let record = Arc::clone(record);
            Ok(Some(EarlierChild::Unfinished { record, fork, ended: FrameEndReason::Interrupted }))
        }
        Some(FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_)) => {
            let Some(before) = number.previous_number() else { return Ok(None) };
            let key = at(before);
            let Some(record) = ports.load_record(&key).await? else { return Ok(None) };
            let last = KeyedRecord { key, record };
            let ended = frame_end_reason(ports, &last, record_at_end).await?;
            let fork = ForkRef { frame: frame.clone(), record: before };
            Ok(Some(EarlierChild::Unfinished { record: last.record, fork, ended }))
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
            Self::Unfinished { record, fork, ended } => {
                let resumable = ResumableFrame { frame: &record.frame, fork, end_reason: *ended };
                engine::resume_child(resumable, events, now)
            }
        }
    }
}
