//! Merges the logs of an execution into one history.
//!
//! Invariant: (time, clock) grows along the records of a log, and from cause to effect across logs.
//! So the order is total, a cause has a smaller id than its effects, and the events that a page has
//! shown of an execution that has ended never move.
//! Invariant: what children did after their fork was left early is not part of the history
//! (test `what_a_child_does_after_its_fork_was_left_is_not_shown`).

use std::{collections::BTreeMap, sync::Arc};

use model::{EventRef, FramePath, FramePhase, PreviousEvent, Record, RecordNumber, Timestamp};

use super::HistoryEvent;

/// Time and logical clock of a record.
type RecordMoment = (Timestamp, u64);

/// Orders the events of all logs of an execution and numbers them.
pub fn merge_frame_logs(
    mut records: Vec<(FramePath, RecordNumber, Arc<Record>)>,
) -> Vec<HistoryEvent> {
    records.sort_unstable_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let exits = fork_exits(&records);
    let mut logs: Vec<NumberedLog> = Vec::new();
    let mut entries: Vec<MergedRecord> = Vec::with_capacity(records.len());
    for log in records.chunk_by(|one, other| one.0 == other.0) {
        let Some((frame, ..)) = log.first() else { continue };
        let cut = fork_exit_above(frame, &exits);
        let mut before = None;
        for (_, _, record) in log {
            if cut.is_some_and(|cut| record_moment(record) >= cut) {
                break;
            }
            let record = Arc::clone(record);
            entries.push(MergedRecord { log: logs.len(), before, record: Arc::clone(&record) });
            before = Some(record);
        }
        logs.push(NumberedLog::of(frame.clone()));
    }
    // Logs are in order of their frames, and the entries of each log in order of their numbers; a
    // stable sort keeps the latter.
    entries.sort_by_key(|entry| (record_moment(&entry.record), entry.log));
    number_events(&entries, &mut logs)
}

/// One record of the history, and its log.
struct MergedRecord {
    log: usize,
    before: Option<Arc<Record>>,
    record: Arc<Record>,
}

/// One log while its events are numbered.
struct NumberedLog {
    frame: FramePath,
    /// The id of the first event of each record.
    firsts: Vec<u64>,
    /// The id of the log's last event so far; 0 for none.
    last: u64,
    /// The id of the event that the log's last event follows; 0 for none.
    last_previous: u64,
}

impl NumberedLog {
    const fn of(frame: FramePath) -> Self {
        Self { frame, firsts: Vec::new(), last: 0, last_previous: 0 }
    }
}

fn record_moment(record: &Record) -> RecordMoment {
    (record.written_at, record.logical_clock)
}

/// When each fork was left, for any reason. A join that succeeds comes after everything that its
/// children did, so it cuts nothing off.
fn fork_exits(
    records: &[(FramePath, RecordNumber, Arc<Record>)],
) -> BTreeMap<(FramePath, RecordNumber), RecordMoment> {
    records
        .windows(2)
        .filter_map(|pair| {
            let [(frame, fork, forked), (after, _, left)] = pair else { return None };
            let is_left = frame == after && is_forked(forked);
            is_left.then(|| ((frame.clone(), *fork), record_moment(left)))
        })
        .collect()
}

fn is_forked(record: &Record) -> bool {
    match record.frame.phase {
        FramePhase::Forked { .. } => true,
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Ended(_) => false,
    }
}

/// When the first of the forks above a frame was left. At the same moment a parent's record comes
/// before a child's, so a child's record of that moment is too late.
fn fork_exit_above(
    frame: &FramePath,
    exits: &BTreeMap<(FramePath, RecordNumber), RecordMoment>,
) -> Option<RecordMoment> {
    frame.forks_above().filter_map(|fork| exits.get(&fork).copied()).min()
}

fn number_events(entries: &[MergedRecord], logs: &mut [NumberedLog]) -> Vec<HistoryEvent> {
    let mut history = Vec::with_capacity(entries.len() * 2);
    let mut id = 1;
    for entry in entries {
        logs[entry.log].firsts.push(id);
        for (index, event) in entry.record.events.iter().enumerate() {
            let previous_event_id = match &event.previous {
                PreviousEvent::Chain => last_above(logs, &logs[entry.log]),
                PreviousEvent::Sibling => logs[entry.log].last_previous,
                PreviousEvent::Nothing => 0,
                PreviousEvent::Event(event) => find(logs, event),
            };
            let log = &mut logs[entry.log];
            (log.last, log.last_previous) = (id, previous_event_id);
            history.push(HistoryEvent {
                id,
                previous_event_id,
                record: Arc::clone(&entry.record),
                before: entry.before.clone(),
                index,
            });
            id += 1;
        }
    }
    history
}

/// The id of the last event of a log. The log of a resumed child has none at first; then it is the
/// last event of the frame above, which is at the fork.
fn last_above(logs: &[NumberedLog], log: &NumberedLog) -> u64 {
    let mut log = log;
    while log.last == 0
        && let Some((above, ..)) = log.frame.parent_fork()
        && let Ok(found) = logs.binary_search_by(|log| log.frame.cmp(&above))
    {
        log = &logs[found];
    }
    log.last
}

/// The id of an event that has been numbered; 0 if it has not been, which is impossible for a
/// cause.
fn find(logs: &[NumberedLog], event: &EventRef) -> u64 {
    let found = logs.binary_search_by(|log| log.frame.cmp(&event.frame)).ok();
    let number = usize::try_from(event.record.as_u64()).unwrap_or(usize::MAX);
    let first = found.and_then(|log| logs[log].firsts.get(number));
    first.map_or(0, |first| first + u64::from(event.index))
}

#[cfg(test)]
mod tests;
