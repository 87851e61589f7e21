//! How far a message was handled, and what to do with it.

use model::Timestamp;

use crate::frames::KeyedRecord;

/// What to do with a message that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Acknowledge it.
    Acknowledge,
    /// Leave it: it is redelivered after the visibility timeout.
    Redeliver,
    /// Leave it: it is redelivered at that time.
    RedeliverAt(Timestamp),
}

/// How far a message was handled without a call.
pub(crate) enum StepOutcome {
    /// Completely.
    Settled(Disposition),
    /// Up to a claim: this delivery must make the call.
    Claimed(KeyedRecord),
    /// Up to a claim of an earlier delivery, whose worker may be making the call until its lease
    /// ends.
    Interrupted {
        /// The claim.
        claim: KeyedRecord,
        /// When its lease ends.
        lease: Timestamp,
    },
}

impl StepOutcome {
    pub(super) const ACKNOWLEDGE: Self = Self::Settled(Disposition::Acknowledge);
    pub(super) const REDELIVER: Self = Self::Settled(Disposition::Redeliver);
}

/// Whether the worker that handles a message may make calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallPermission {
    /// It may, so it handles messages of Task states.
    MayCall,
    /// It may not, and passes messages of Task states on to the queue `tasks`.
    MayNotCall,
}
