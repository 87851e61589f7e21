//! One event of a history, and its position.

use std::{fmt, str::FromStr, sync::Arc};

use model::{EventKind, Record, RecordNumber, RecordedEvent, Timestamp};

/// One event of an execution's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEvent {
    /// The number of the event in the history, from 1 without gaps.
    pub id: u64,
    /// The id of the event that it follows; 0 for none.
    pub previous_event_id: u64,
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

    /// Returns its position, after which another page may begin.
    pub fn position(&self) -> HistoryPosition {
        HistoryPosition { event_id: self.id, record: self.record_number }
    }

    fn recorded_event(&self) -> &RecordedEvent {
        &self.record.events[self.index]
    }
}

/// Where a page of a history ends. Its text is the position in a page token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPosition {
    /// The id of the last event on the page.
    pub event_id: u64,
    /// The number of its record in the log of its frame.
    pub record: RecordNumber,
}

/// `<event id>.<record>`
impl fmt::Display for HistoryPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.event_id, self.record)
    }
}

impl FromStr for HistoryPosition {
    type Err = InvalidHistoryPosition;

    fn from_str(text: &str) -> Result<Self, InvalidHistoryPosition> {
        let (event_id, record) = text.split_once('.').ok_or(InvalidHistoryPosition)?;
        Ok(Self {
            event_id: event_id.parse().map_err(|_| InvalidHistoryPosition)?,
            record: RecordNumber::new(record.parse().map_err(|_| InvalidHistoryPosition)?),
        })
    }
}

/// The text is not a position in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not a position in a history")]
pub struct InvalidHistoryPosition;
