//! The children of a fork: the keys of their records, and what their last records say together.

use model::{
    ChildIndex, EventRef, FanInBucket, ForkShape, FrameOutcome, Record, RecordKey, RecordNumber,
    limits::BUCKETS_AT_ONCE,
};

use super::append::CausalClock;
use crate::{
    Fault,
    ports::{FanInStore, RecordLog},
};

pub(super) fn child_key(fork: &RecordKey, child: ChildIndex, number: RecordNumber) -> RecordKey {
    let frame = fork.frame.child_path(fork.number, child);
    RecordKey { execution: fork.execution.clone(), frame, number }
}

/// Whether a child that ended with this outcome counts as failed.
pub(super) const fn has_failed(outcome: &FrameOutcome) -> bool {
    match outcome {
        FrameOutcome::Succeeded(_) => false,
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => true,
    }
}

/// What the last records of a fork's ended children say together.
#[derive(Clone, Debug)]
pub(super) struct EndedChildren {
    /// How many there are.
    pub(super) count: u32,
    /// The number of events up to the fork, plus those that each child has added.
    pub(super) events: u64,
    /// The clock of the fork and of all of them.
    pub(super) causes: CausalClock,
    /// The last record of the child that ended last, of those that nobody has stopped.
    pub(super) last: Option<RecordKey>,
}

/// Shows the last record of each ended child, in index order, and sums them up. At most the records
/// of [`BUCKETS_AT_ONCE`] buckets are held at a time.
///
/// Errors: a fault if a record is missing.
pub(super) async fn visit_ended_children<P>(
    ports: &P,
    fork: (&RecordKey, &Record),
    shape: &ForkShape,
    mut visit: impl FnMut(&Record) -> Result<(), Fault> + Send,
) -> Result<EndedChildren, Fault>
where
    P: RecordLog + FanInStore + Sync,
{
    let (key, forked) = fork;
    let causes = CausalClock::of_record(forked);
    let mut sum = EndedChildren { count: 0, events: forked.frame.events, causes, last: None };
    let mut latest = None;
    for buckets in bucket_pages(shape) {
        let buckets = ports.load_buckets(key, buckets).await?;
        let ends = buckets.iter().flat_map(FanInBucket::child_ends);
        let keys: Vec<RecordKey> =
            ends.map(|(child, end)| child_key(key, child, end.record)).collect();
        let records = ports.load_records(&keys).await?;
        if records.len() != keys.len() {
            return Err(broken_log(key, "a child's last record is missing"));
        }
        for (key, record) in keys.into_iter().zip(&records) {
            sum.count += 1;
            sum.events += record.frame.events - record.frame.events_before;
            sum.causes = sum.causes.latest(CausalClock::of_record(record));
            // History shows records of one moment in the order of their frames.
            let moment = Some((record.written_at, record.logical_clock));
            let is_stopped = matches!(record.frame.outcome(), Some(FrameOutcome::Aborted(_)));
            if moment >= latest && !is_stopped {
                (latest, sum.last) = (moment, Some(key));
            }
            visit(record)?;
        }
    }
    Ok(sum)
}

/// The numbers of a fork's buckets, [`BUCKETS_AT_ONCE`] at a time.
pub(super) fn bucket_pages(shape: &ForkShape) -> impl Iterator<Item = std::ops::Range<u32>> + Send {
    let count = shape.bucket_count();
    let step = usize::try_from(BUCKETS_AT_ONCE).unwrap_or(1);
    (0..count).step_by(step).map(move |first| first..count.min(first + BUCKETS_AT_ONCE))
}

/// Returns the last event of a frame's log up to that record, leaving out the newest `skip` ones. A
/// frame that resumes an earlier one may have none; then it is the last event up to its fork.
pub(crate) async fn last_event(
    ports: &impl RecordLog,
    mut key: RecordKey,
    skip: u32,
) -> Result<EventRef, Fault> {
    let mut skip = skip;
    loop {
        let record = ports.load_record(&key).await?;
        let record = record.ok_or_else(|| broken_log(&key, "a record of the log is missing"))?;
        let length = u32::try_from(record.events.len()).unwrap_or(u32::MAX);
        if let Some(index) = length.checked_sub(skip + 1) {
            return Ok(EventRef { frame: key.frame, record: key.number, index });
        }
        skip -= length;
        key = match (key.number.previous_number(), key.frame.parent_fork()) {
            (Some(number), _) => RecordKey { number, ..key },
            (None, Some((frame, number, _))) => RecordKey { frame, number, ..key },
            (None, None) => return Err(broken_log(&key, "an execution has no event")),
        };
    }
}

pub(super) fn broken_log(key: &RecordKey, reason: &str) -> Fault {
    Fault::Broken {
        execution: key.execution.to_string(),
        reason: format!("{reason} (frame '{}', record {})", key.frame, key.number),
    }
}
