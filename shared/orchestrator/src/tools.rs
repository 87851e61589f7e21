//! What every use case has at hand beside its ports.

use model::Place;

use crate::Definitions;

/// Settings of this deployment and what a process keeps between messages.
#[derive(Debug)]
pub struct Tools {
    /// Where this deployment lives.
    pub place: Place,
    /// Parsed definitions.
    pub definitions: Definitions,
    /// Transitions that one delivery may make, each appended on its own; at least 1.
    ///
    /// Spec: ARCHITECTURE § 3, `RUN_AHEAD`.
    pub run_ahead: u32,
    /// The same of the version of this deployment that makes most of them, if others are at work: what
    /// a delivery of theirs has appended may not be its last record. So a change takes effect in two
    /// steps, of which the first tells every version of the larger number.
    pub run_ahead_elsewhere: u32,
    /// After how long a message that was not acknowledged is seen again: what the queue `steps` is
    /// set to. No delivery of a step takes longer.
    pub visibility_milliseconds: i64,
}

impl Tools {
    /// The plain shape: one transition per delivery.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            definitions: Definitions::default(),
            run_ahead: 1,
            run_ahead_elsewhere: 1,
            visibility_milliseconds: 30_000,
        }
    }
}
