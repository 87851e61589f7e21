//! A place in the history of an execution.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{EventRef, RecordNumber, Timestamp};

/// Where a page of a history ends. Its text is the position in a page token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPosition {
    /// The id of the last event on the page.
    pub event_id: u64,
    /// Its time, and the logical clock of its record.
    pub moment: (Timestamp, u64),
    /// The event.
    pub event: EventRef,
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
    use crate::FramePath;

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
