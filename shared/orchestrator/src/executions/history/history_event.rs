//! One event of a history.

use std::sync::Arc;

use model::{
    EventKind, EventRef, FramePath, HistoryPosition, Record, RecordNumber, RecordedEvent,
    StartedVersion, Timestamp,
};

/// One event of an execution's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// The number of the event in the history, from 1 without gaps.
    pub id: u64,
    /// The id of the event that it follows; 0 for none.
    pub previous_event_id: u64,
    /// The frame whose log has it.
    pub(super) frame: FramePath,
    pub(super) record_number: RecordNumber,
    pub(super) record: Arc<Record>,
    /// Its index among the record's events.
    pub(super) index: usize,
}

impl HistoryEvent {
    /// Returns when it happened.
    pub fn timestamp(&self) -> Timestamp {
        self.record.event_time(self.recorded_event())
    }

    /// Returns its type and details.
    pub fn event_kind(&self) -> &EventKind {
        &self.recorded_event().kind
    }

    /// Returns the version of its machine that its execution was started with, if any.
    pub fn started_version(&self) -> Option<&StartedVersion> {
        self.record.facts.version.as_ref()
    }

    /// Returns its position, after which another page may begin.
    pub fn position(&self) -> HistoryPosition {
        let index = u32::try_from(self.index).unwrap_or(u32::MAX);
        HistoryPosition {
            event_id: self.id,
            moment: (self.timestamp(), self.record.logical_clock),
            event: EventRef { frame: self.frame.clone(), record: self.record_number, index },
        }
    }

    /// Returns the record that has it.
    pub(crate) fn record(&self) -> &Record {
        &self.record
    }

    /// Returns it as its record has it.
    pub(crate) fn recorded_event(&self) -> &RecordedEvent {
        &self.record.events[self.index]
    }
}
