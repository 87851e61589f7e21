//! What the order of a history needs to know of a record: when its events happened, and what each of
//! them follows.

use crate::{PreviousEvent, Record, Timestamp};

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
        let outline_event = |event| EventOutline {
            happened_at: self.event_time(event),
            previous: event.previous.clone(),
        };
        RecordOutline {
            logical_clock: self.logical_clock,
            began_at: self.began_at(),
            is_at_fork: self.frame.is_at_fork(),
            events: self.events.iter().map(outline_event).collect(),
        }
    }
}
