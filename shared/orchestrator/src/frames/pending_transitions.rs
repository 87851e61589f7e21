//! The transitions of one delivery that no record holds yet.

use engine::Transition;
use model::{Frame, FrameOutcome, LeftPhase, RecordedEvent, Timestamp};

/// Transitions of one frame, in memory. One record will hold all of them.
#[derive(Debug)]
pub(crate) struct PendingTransitions {
    /// The events, with the times at which they happened.
    events: Vec<(Timestamp, RecordedEvent)>,
    /// The frame after the last transition.
    frame: Frame,
    left: Option<Box<LeftPhase>>,
    first_at: Timestamp,
    last_at: Timestamp,
    payload_bytes: usize,
}

impl PendingTransitions {
    /// Begins with a transition that was made at that time. `before` is the frame before it; none
    /// if the transition begins the frame.
    pub(crate) fn new(before: Option<&Frame>, transition: Transition, at: Timestamp) -> Self {
        let left = before.and_then(|before| left_phase(before, &transition.frame));
        let mut pending = Self {
            events: Vec::with_capacity(transition.events.len()),
            frame: transition.frame,
            left,
            first_at: at,
            last_at: at,
            payload_bytes: 0,
        };
        pending.add_events(transition.events, at);
        pending
    }

    /// Adds the transition after the last one.
    pub(crate) fn add_transition(&mut self, transition: Transition, at: Timestamp) {
        self.left = left_phase(&self.frame, &transition.frame);
        self.frame = transition.frame;
        self.last_at = at;
        self.add_events(transition.events, at);
    }

    fn add_events(&mut self, events: Vec<RecordedEvent>, at: Timestamp) {
        for event in events {
            let before = self.events.last().and_then(|(_, event)| event.kind.payload());
            if let Some(payload) = event.kind.payload()
                && payload.address().is_none()
                && before.is_none_or(|before| !before.has_same_text(payload))
            {
                self.payload_bytes += payload.json_text().len();
            }
            self.events.push((at, event));
        }
    }

    /// The frame after the last transition.
    pub(crate) const fn frame(&self) -> &Frame {
        &self.frame
    }

    /// When the last transition was made.
    pub(crate) const fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Milliseconds between the first and the last transition.
    pub(crate) const fn milliseconds(&self) -> i64 {
        self.last_at.as_milliseconds() - self.first_at.as_milliseconds()
    }

    /// Bytes of the payloads of the events that the log does not hold yet, without those that an
    /// event takes over from the one before it.
    pub(crate) const fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    /// Splits them into what a record that is written at this time holds.
    pub(crate) fn into_record_parts(
        self,
        written_at: Timestamp,
    ) -> (Frame, Vec<RecordedEvent>, Option<Box<LeftPhase>>) {
        let since = |at: Timestamp| {
            let milliseconds = written_at.as_milliseconds() - at.as_milliseconds();
            u32::try_from(milliseconds.max(0)).unwrap_or(u32::MAX)
        };
        let events = self
            .events
            .into_iter()
            .map(|(at, event)| RecordedEvent { milliseconds_earlier: since(at), ..event });
        (self.frame, events.collect(), self.left)
    }
}

/// The phase that a frame leaves by ending without success.
fn left_phase(before: &Frame, after: &Frame) -> Option<Box<LeftPhase>> {
    match after.outcome()? {
        FrameOutcome::Succeeded(_) => None,
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => {
            Some(Box::new(LeftPhase { phase: before.phase.clone(), events: before.events }))
        }
    }
}
