//! Joins a fork: reads how its children have ended.

use engine::{JoinedChildren, Stimulus};
use model::{
    ChildIndex, EventRef, Failure, FanIn, FrameOutcome, Payload, Record, RecordKey, RecordNumber,
};

use super::{
    abort_children::{ChildAbort, stop_children},
    append::CausalClock,
    children::{child_key, children_clock, events_seen},
    keyed_record::KeyedRecord,
};
use crate::{EngineContext, Fault, ports::RecordLog, roles::StepRole};

/// What the parent of a settled fork goes on with.
pub(crate) struct SettledFork {
    pub(crate) stimulus: Stimulus,
    pub(crate) causes: CausalClock,
}

/// Reads the fan-in of a fork and, if it is settled, its children. Returns none while the parent
/// must wait.
pub(crate) async fn settle_fork<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
) -> Result<Option<SettledFork>, Fault> {
    let Some(fan_in) = ports.load_fan_in(&fork.key).await? else { return Ok(None) };
    if !fan_in.is_settled() {
        return Ok(None);
    }
    match fan_in.failed_child() {
        Some(failed) => join_failed(ports, context, fork, &fan_in, failed).await.map(Some),
        None => join_succeeded(ports, fork, &fan_in).await.map(Some),
    }
}

async fn join_succeeded<P>(
    ports: &P,
    fork: &KeyedRecord,
    fan_in: &FanIn,
) -> Result<SettledFork, Fault>
where
    P: RecordLog + Sync,
{
    let keys: Vec<RecordKey> =
        fan_in.ended_children().map(|(child, last)| child_key(&fork.key, child, last)).collect();
    let records = ports.load_records(&keys).await?;
    if records.len() != keys.len() {
        return Err(broken_log(&fork.key, "a child's last record is missing"));
    }
    let mut outputs = Vec::with_capacity(records.len());
    for child in &records {
        outputs.push(
            succeeded_output(child)
                .ok_or_else(|| broken_log(&fork.key, "a child has no output"))?,
        );
    }
    let last = match fan_in.last_ended_child() {
        Some((child, last)) => Some(last_event(ports, child_key(&fork.key, child, last), 0).await?),
        None => None,
    };
    let events = events_seen(&fork.record, &records);
    let stimulus =
        Stimulus::ChildrenSucceeded(JoinedChildren { outputs, last_event: last, events });
    Ok(SettledFork { stimulus, causes: children_clock(&fork.record, &records) })
}

async fn join_failed<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    fork: &KeyedRecord,
    fan_in: &FanIn,
    (child, last): (ChildIndex, RecordNumber),
) -> Result<SettledFork, Fault> {
    let key = child_key(&fork.key, child, last);
    let failed = ports
        .load_record(&key)
        .await?
        .ok_or_else(|| broken_log(&fork.key, "a failed child is missing"))?;
    // What follows a failed iteration refers to the event before its MapIterationFailed.
    let own_end = u32::from(failed.frame.iteration.is_some());
    let after = last_event(ports, key, own_end).await?;
    let abort = ChildAbort { after: &after, since: CausalClock::of_record(&failed) };
    let children = stop_children(ports, context, fork, fan_in, abort).await?;
    let failure = child_failure(&failed).unwrap_or_default();
    let events = events_seen(&fork.record, &children);
    let stimulus = Stimulus::ChildFailed { failure, after, events };
    Ok(SettledFork { stimulus, causes: children_clock(&fork.record, &children) })
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

fn broken_log(key: &RecordKey, reason: &str) -> Fault {
    Fault::Broken {
        execution: key.execution.to_string(),
        reason: format!("{reason} (frame '{}', record {})", key.frame, key.number),
    }
}
