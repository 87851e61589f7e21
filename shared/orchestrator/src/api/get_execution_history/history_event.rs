//! One event of a history, and its position.

use std::{fmt, str::FromStr, sync::Arc};

use model::{
    EventKind, EventRef, FramePath, Record, RecordNumber, RecordedEvent, StartedVersion, Timestamp,
};

use super::event_scan::{EventMoment, EventPlace};

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

    fn recorded_event(&self) -> &RecordedEvent {
        &self.record.events[self.index]
    }
}

/// Where a page of a history ends. Its text is the position in a page token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPosition {
    /// The id of the last event on the page.
    pub event_id: u64,
    pub(super) moment: EventMoment,
    pub(super) event: EventRef,
}

impl HistoryPosition {
    pub(super) fn place(&self) -> EventPlace {
        EventPlace { moment: self.moment, event: self.event.clone() }
    }
}

/// `<event id>.<milliseconds>.<clock>.<record>.<index>.<frame>`
impl fmt::Display for HistoryPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, clock) = self.moment;
        let EventRef { frame, record, index } = &self.event;
        let time = time.as_milliseconds();
        write!(f, "{}.{time}.{clock}.{record}.{index}.{frame}", self.event_id)
    }
}

impl FromStr for HistoryPosition {
    type Err = InvalidHistoryPosition;

    fn from_str(text: &str) -> Result<Self, InvalidHistoryPosition> {
        fn parse<N: FromStr>(part: Option<&str>) -> Result<N, InvalidHistoryPosition> {
            part.and_then(|part| part.parse().ok()).ok_or(InvalidHistoryPosition)
        }
        let mut parts = text.splitn(6, '.');
        let event_id = parse(parts.next())?;
        let moment = (Timestamp::from_milliseconds(parse(parts.next())?), parse(parts.next())?);
        let (record, index) = (RecordNumber::new(parse(parts.next())?), parse(parts.next())?);
        let event = EventRef { frame: parse(parts.next())?, record, index };
        Ok(Self { event_id, moment, event })
    }
}

/// The text is not a position in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is not a position in a history")]
pub struct InvalidHistoryPosition;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let frame: FramePath = "3:0/2:17".parse().expect("a path");
        for frame in [FramePath::ROOT, frame] {
            let position = HistoryPosition {
                event_id: 12,
                moment: (Timestamp::from_milliseconds(1_700_000_000_000), 5),
                event: EventRef { frame, record: RecordNumber::new(4), index: 2 },
            };
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        assert_eq!("12.4".parse::<HistoryPosition>(), Err(InvalidHistoryPosition));
    }
}
