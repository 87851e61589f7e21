//! What a step of a frame comes to.

use model::{Frame, FramePhase, RecordedEvent, TransitionKind, TransitionRef};

/// The events of one step and the frame after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// In order; empty when only the frame changes.
    pub events: Vec<RecordedEvent>,
    /// The frame from then on.
    pub frame: Frame,
}

impl Transition {
    /// The transition of the definition that the step took; none if it stayed in a state, or ended
    /// the frame by a failure.
    pub fn taken(&self) -> Option<TransitionRef> {
        taken_transition(&self.events, &self.frame)
    }
}

/// The transition of the definition that a record with these events and this frame took.
pub fn taken_transition(events: &[RecordedEvent], frame: &Frame) -> Option<TransitionRef> {
    if let FramePhase::Delayed { retrier: Some(index), .. } = frame.phase {
        let kind = TransitionKind::Retry(index);
        return Some(TransitionRef { state: frame.state.clone(), kind });
    }
    events.iter().rev().find_map(|event| event.kind.exit())
}
