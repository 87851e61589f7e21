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
        taken_transitions(&self.events, &self.frame).last()
    }
}

/// Returns the transitions of the definition that a record with these events and this frame took,
/// in order.
pub fn taken_transitions(
    events: &[RecordedEvent],
    frame: &Frame,
) -> impl Iterator<Item = TransitionRef> {
    let retry = match frame.phase {
        FramePhase::Delayed { retrier: Some(index), .. } => {
            let kind = TransitionKind::Retry(index);
            Some(TransitionRef { state: frame.state.clone(), kind })
        }
        FramePhase::Ready { .. }
        | FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { retrier: None, .. }
        | FramePhase::Forked { .. }
        | FramePhase::Ended(_) => None,
    };
    events.iter().filter_map(|event| event.kind.exit()).chain(retry)
}
