//! The events of an Express execution that is kept.

use model::{
    EventKind, EventRef, FramePath, PreviousEvent, Record, RecordNumber, RecordedEvent, Timestamp,
};

/// Events that are kept at most: as many as a Standard execution may have.
const EVENTS_MAX: usize = 25_000;
/// Bytes of payloads after which no more events are kept.
const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// The events so far, in the order of their ids. Those beyond a bound are left out.
#[derive(Debug, Default)]
pub(super) struct KeptEvents {
    events: Vec<KeptEvent>,
    /// Of all records so far.
    payload_bytes: usize,
}

#[derive(Debug)]
struct KeptEvent {
    at: Timestamp,
    /// The id of the event that it follows; 0 if there is none.
    previous: u64,
    kind: EventKind,
}

impl KeptEvents {
    /// Counts the payloads of a record, before its events are kept.
    pub(super) fn count_payloads(&mut self, record: &Record) {
        self.payload_bytes += record.payload_bytes();
    }

    /// Keeps the next event of the execution, which follows the one with the id `previous`.
    pub(super) fn keep_event(&mut self, record: &Record, event: &RecordedEvent, previous: u64) {
        if self.events.len() < EVENTS_MAX && self.payload_bytes < PAYLOAD_BYTES_MAX {
            let (at, kind) = (record.event_time(event), event.kind.clone());
            self.events.push(KeptEvent { at, previous, kind });
        }
    }

    /// Returns the events as those of one record that was written at that time.
    pub(super) fn into_recorded_events(self, written_at: Timestamp) -> Vec<RecordedEvent> {
        let events = self.events.into_iter().zip(1..);
        events.map(|(event, id)| event.into_recorded_event(id, written_at)).collect()
    }
}

impl KeptEvent {
    fn into_recorded_event(self, id: u64, written_at: Timestamp) -> RecordedEvent {
        let Self { at, previous, kind } = self;
        let earlier = written_at.as_milliseconds() - at.as_milliseconds();
        let previous = match previous {
            0 => PreviousEvent::Nothing,
            before if before + 1 == id => PreviousEvent::Chain,
            before => PreviousEvent::Event(EventRef {
                frame: FramePath::ROOT,
                record: RecordNumber::FIRST,
                index: u32::try_from(before - 1).unwrap_or(u32::MAX),
            }),
        };
        let milliseconds_earlier = u32::try_from(earlier).unwrap_or_default();
        RecordedEvent { milliseconds_earlier, previous, kind }
    }
}

#[cfg(test)]
mod tests {
    use model::Failure;

    use super::*;

    fn kept(previous: impl IntoIterator<Item = u64>) -> Vec<PreviousEvent> {
        let at = Timestamp::from_milliseconds(5);
        let kind = || EventKind::ExecutionAborted(Failure::with_error_name("E"));
        let events = previous.into_iter().map(|previous| KeptEvent { at, previous, kind: kind() });
        let kept = KeptEvents { events: events.collect(), payload_bytes: 0 };
        let recorded = kept.into_recorded_events(Timestamp::from_milliseconds(9));
        assert!(recorded.iter().all(|event| event.milliseconds_earlier == 4));
        recorded.into_iter().map(|event| event.previous).collect()
    }

    #[test]
    fn an_event_refers_to_the_one_that_it_follows() {
        let (frame, record) = (FramePath::ROOT, RecordNumber::FIRST);
        let second = PreviousEvent::Event(EventRef { frame, record, index: 1 });
        let expected = [PreviousEvent::Nothing, PreviousEvent::Chain, PreviousEvent::Chain, second];
        assert_eq!(kept([0, 1, 2, 2]), expected);
    }
}
