//! What the children of a fork have come to.

use std::sync::Arc;

use engine::{Join, Stimulus};
use model::{
    ChildIndex, EventRef, Failure, Fan, Outcome, Payload, Record, RecordKey, RecordNumber,
};

use crate::{
    Fault, Tools,
    abort::{Abort, stop_children},
    commit::Causes,
    ports::{Clock, Executions, Fans, Log, Machines, Queue},
};

/// A fork whose parent can go on.
pub(crate) struct Settled {
    pub(crate) stimulus: Stimulus,
    pub(crate) causes: Causes,
}

/// Reads the fan of a fork and, if it is settled, its children; none while the parent must wait.
pub(crate) async fn settled<P>(
    ports: &P,
    tools: &Tools,
    fork: &RecordKey,
    record: &Record,
) -> Result<Option<Settled>, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let Some(fan) = ports.fan(fork).await? else { return Ok(None) };
    if !fan.is_settled() {
        return Ok(None);
    }
    match fan.failed() {
        Some(failed) => broken(ports, tools, fork, record, &fan, failed).await.map(Some),
        None => joined(ports, fork, record, &fan).await.map(Some),
    }
}

async fn joined<P>(
    ports: &P,
    fork: &RecordKey,
    record: &Record,
    fan: &Fan,
) -> Result<Settled, Fault>
where
    P: Log + Sync,
{
    let keys: Vec<RecordKey> =
        fan.ended().map(|(child, last)| child_key(fork, child, last)).collect();
    let records = ports.load_all(&keys).await?;
    if records.len() != keys.len() {
        return Err(broken_log(fork, "a child's last record is missing"));
    }
    let mut outputs = Vec::with_capacity(records.len());
    for child in &records {
        outputs.push(output(child).ok_or_else(|| broken_log(fork, "a child has no output"))?);
    }
    let last = match fan.last() {
        Some((child, last)) => Some(last_event(ports, child_key(fork, child, last), 0).await?),
        None => None,
    };
    let events = events_seen(record, &records);
    let stimulus = Stimulus::Joined(Join { outputs, last, events });
    Ok(Settled { stimulus, causes: causes(record, &records) })
}

async fn broken<P>(
    ports: &P,
    tools: &Tools,
    fork: &RecordKey,
    record: &Record,
    fan: &Fan,
    (child, last): (ChildIndex, RecordNumber),
) -> Result<Settled, Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let key = child_key(fork, child, last);
    let failed =
        ports.load(&key).await?.ok_or_else(|| broken_log(fork, "a failed child is missing"))?;
    // What follows a failed iteration refers to the event before its MapIterationFailed.
    let own_end = u32::from(failed.frame.iteration.is_some());
    let after = last_event(ports, key, own_end).await?;
    let abort = Abort { after: &after, since: Causes::of(&failed) };
    let children = stop_children(ports, tools, fork, record, fan, abort).await?;
    let failure = failure(&failed).unwrap_or_default();
    let events = events_seen(record, &children);
    let stimulus = Stimulus::Broken { failure, after, events };
    Ok(Settled { stimulus, causes: causes(record, &children) })
}

/// The last event of a frame's log up to that record, leaving out the newest `skip` ones. A frame
/// that goes on for an earlier one may have none: then its fork's.
pub(crate) async fn last_event(
    ports: &impl Log,
    mut key: RecordKey,
    skip: u32,
) -> Result<EventRef, Fault> {
    let mut skip = skip;
    loop {
        let record = ports.load(&key).await?;
        let record = record.ok_or_else(|| broken_log(&key, "a record of the log is missing"))?;
        let length = u32::try_from(record.events.len()).unwrap_or(u32::MAX);
        if let Some(index) = length.checked_sub(skip + 1) {
            return Ok(EventRef { frame: key.frame, record: key.number, index });
        }
        skip -= length;
        key = match (key.number.previous(), key.frame.parent()) {
            (Some(number), _) => RecordKey { number, ..key },
            (None, Some((frame, number, _))) => RecordKey { frame, number, ..key },
            (None, None) => return Err(broken_log(&key, "an execution has no event")),
        };
    }
}

pub(crate) fn child_key(fork: &RecordKey, child: ChildIndex, number: RecordNumber) -> RecordKey {
    let frame = fork.frame.child(fork.number, child);
    RecordKey { execution: fork.execution.clone(), frame, number }
}

fn output(record: &Record) -> Option<Payload> {
    match record.frame.outcome()? {
        Outcome::Succeeded(output) => Some(output.clone()),
        Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_) => None,
    }
}

fn failure(record: &Record) -> Option<Failure> {
    match record.frame.outcome()? {
        Outcome::Succeeded(_) => None,
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            Some(failure.clone())
        }
    }
}

/// Events up to the fork, and those that each child has added.
pub(crate) fn events_seen(fork: &Record, children: &[Arc<Record>]) -> u64 {
    let added = children.iter().map(|child| child.frame.events - child.frame.events_before);
    fork.frame.events + added.sum::<u64>()
}

pub(crate) fn causes(fork: &Record, children: &[Arc<Record>]) -> Causes {
    children.iter().fold(Causes::of(fork), |causes, child| causes.and(Causes::of(child)))
}

fn broken_log(key: &RecordKey, reason: &str) -> Fault {
    Fault::Broken {
        execution: key.execution.to_string(),
        reason: format!("{reason} (frame '{}', record {})", key.frame, key.number),
    }
}
