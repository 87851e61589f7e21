//! The result of a step of a frame.

use model::{Frame, FramePhase, RecordedEvent, TransitionKind, TransitionRef};

/// The events of one step and the frame after it. One record stores both.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The events in order. Empty if only the frame changes.
    pub events: Vec<RecordedEvent>,
    /// The frame after the step.
    pub frame: Frame,
}

impl Transition {
    /// Returns the transition of the definition that the step took. `None` if the step stayed in
    /// the state or ended the frame with a failure.
    pub fn taken(&self) -> Option<TransitionRef> {
        taken_transition(&self.events, &self.frame)
    }
}

/// Returns the transition of the definition that a record with these events and this frame took.
pub fn taken_transition(events: &[RecordedEvent], frame: &Frame) -> Option<TransitionRef> {
    if let FramePhase::Delayed { retrier: Some(index), .. } = frame.phase {
        let kind = TransitionKind::Retry(index);
        return Some(TransitionRef { state: frame.state.clone(), kind });
    }
    events.iter().rev().find_map(|event| event.kind.exit())
}
