//! What the order of a history needs to know of a record: when its events happened, and what each of
//! them follows.

use crate::{Frame, PreviousEvent, Record, RecordedEvent, Timestamp};

/// A record without its payloads and details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOutline {
    /// The logical clock of the record.
    pub logical_clock: u64,
    /// When its first event happened, or when it was written if it has none.
    pub began_at: Timestamp,
    /// Whether its frame is at a fork.
    pub is_at_fork: bool,
    /// Its events.
    pub events: Vec<EventOutline>,
}

/// An event without its details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventOutline {
    /// When it happened.
    pub happened_at: Timestamp,
    /// What it follows.
    pub previous: PreviousEvent,
}

impl Record {
    /// Returns the outline of this record.
    pub fn outline(&self) -> RecordOutline {
        let written = (self.written_at, self.logical_clock);
        RecordOutline::of_parts(written, &self.frame, &self.events)
    }
}

impl RecordOutline {
    /// Builds the outline of a record of these parts, which was written at that time and clock.
    pub(crate) fn of_parts(
        (written_at, logical_clock): (Timestamp, u64),
        frame: &Frame,
        events: &[RecordedEvent],
    ) -> Self {
        let outline_event = |event: &RecordedEvent| EventOutline {
            happened_at: event.time(written_at),
            previous: event.previous.clone(),
        };
        Self {
            logical_clock,
            began_at: events.first().map_or(written_at, |event| event.time(written_at)),
            is_at_fork: frame.is_at_fork(),
            events: events.iter().map(outline_event).collect(),
        }
    }
}
