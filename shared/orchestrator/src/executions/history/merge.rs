//! Merges all logs of an execution into one history, for those that have all of them in memory.
//! `forked_logs.rs` shows pages of the same history.
//!
//! Invariant: (time, clock) grows along the events of a log, and from cause to effect across logs.
//! So the order is total, a cause has a smaller id than its effects, and the events that a page has
//! shown of an execution that has ended never move.
//! Invariant: what children did after their fork was left early is not part of the history
//! (test `what_a_child_does_after_its_fork_was_left_is_not_shown`).

use std::{collections::BTreeMap, sync::Arc};

use model::{EventRef, FramePath, PreviousEvent, Record, RecordNumber};

use super::history_event::HistoryEvent;
use crate::history_order::ClockedTime;

/// Orders the events of all logs of an execution and numbers them.
pub fn merge_frame_logs(
    mut records: Vec<(FramePath, RecordNumber, Arc<Record>)>,
) -> Vec<HistoryEvent> {
    records.sort_unstable_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let exits = fork_exits(&records);
    let mut logs: Vec<NumberedLog> = Vec::new();
    let mut entries: Vec<MergedEvent> = Vec::with_capacity(records.len() * 2);
    for log in records.chunk_by(|one, other| one.0 == other.0) {
        let Some((frame, ..)) = log.first() else { continue };
        let cut = fork_exit_above(frame, &exits);
        for (position, (_, number, record)) in log.iter().enumerate() {
            for (index, event) in record.events.iter().enumerate() {
                let moment = (record.event_time(event), record.logical_clock);
                if cut.is_none_or(|cut| moment < cut) {
                    let (log, number, record) = (logs.len(), *number, Arc::clone(record));
                    entries.push(MergedEvent { moment, log, position, number, record, index });
                }
            }
        }
        logs.push(NumberedLog::of(frame.clone(), log.len()));
    }
    // Logs are in order of their frames, and the events of each log in their order; a stable sort
    // keeps the latter.
    entries.sort_by_key(|entry| (entry.moment, entry.log));
    number_events(&entries, &mut logs)
}

/// One event of the history, and its log.
struct MergedEvent {
    moment: ClockedTime,
    log: usize,
    /// The position of its record in the log, and the record's number.
    position: usize,
    number: RecordNumber,
    record: Arc<Record>,
    index: usize,
}

/// One log while its events are numbered.
struct NumberedLog {
    frame: FramePath,
    /// The ids of the events of each record.
    ids: Vec<Vec<u64>>,
    /// The id of the log's last event so far; 0 for none.
    last: u64,
    /// The id of the event that the log's last event follows; 0 for none.
    last_previous: u64,
}

impl NumberedLog {
    fn of(frame: FramePath, records: usize) -> Self {
        Self { frame, ids: vec![Vec::new(); records], last: 0, last_previous: 0 }
    }
}

/// When each fork was left, for any reason. A join that succeeds comes after everything that its
/// children did, so it cuts nothing off.
fn fork_exits(
    records: &[(FramePath, RecordNumber, Arc<Record>)],
) -> BTreeMap<(FramePath, RecordNumber), ClockedTime> {
    records
        .windows(2)
        .filter_map(|pair| {
            let [(frame, fork, forked), (after, _, left)] = pair else { return None };
            let is_left = frame == after && forked.frame.is_at_fork();
            let moment = (left.began_at(), left.logical_clock);
            is_left.then(|| ((frame.clone(), *fork), moment))
        })
        .collect()
}

/// When the first of the forks above a frame was left. At the same moment a parent's event comes
/// before a child's, so a child's event of that moment is too late.
fn fork_exit_above(
    frame: &FramePath,
    exits: &BTreeMap<(FramePath, RecordNumber), ClockedTime>,
) -> Option<ClockedTime> {
    frame.forks_above().filter_map(|fork| exits.get(&fork).copied()).min()
}

fn number_events(entries: &[MergedEvent], logs: &mut [NumberedLog]) -> Vec<HistoryEvent> {
    let mut history = Vec::with_capacity(entries.len());
    for (entry, id) in entries.iter().zip(1..) {
        let previous_event_id = match &entry.record.events[entry.index].previous {
            PreviousEvent::Chain => last_above(logs, &logs[entry.log]),
            PreviousEvent::Sibling => logs[entry.log].last_previous,
            PreviousEvent::Nothing => 0,
            PreviousEvent::Event(event) => find(logs, event),
        };
        let log = &mut logs[entry.log];
        (log.last, log.last_previous) = (id, previous_event_id);
        log.ids[entry.position].push(id);
        let (record, index) = (Arc::clone(&entry.record), entry.index);
        let (frame, record_number) = (log.frame.clone(), entry.number);
        history.push(HistoryEvent { id, previous_event_id, frame, record_number, record, index });
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
    let position = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let record = found.and_then(|log| logs[log].ids.get(position(event.record.as_u64())));
    let id = record.and_then(|ids| ids.get(position(u64::from(event.index))));
    id.copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
