//! How far a message was handled, and what to do with it.

use model::Timestamp;

use crate::frames::{Appended, KeyedRecord};

/// What to do with a message that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Acknowledge it.
    Acknowledge,
    /// Leave it: it is redelivered after the visibility timeout.
    Redeliver,
    /// Leave it: it is redelivered at that time.
    RedeliverAt(Timestamp),
    /// Leave it: it is redelivered when there is a slot for the call that it would make
    /// ([`crate::ports::CallSlots`]).
    AwaitSlot,
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
    /// Up to this head, whose task waits for a job of a service that must be asked for its state.
    AwaitsService(KeyedRecord),
}

impl StepOutcome {
    pub(super) const ACKNOWLEDGE: Self = Self::Settled(Disposition::Acknowledge);
    pub(super) const REDELIVER: Self = Self::Settled(Disposition::Redeliver);
    pub(super) const AWAIT_SLOT: Self = Self::Settled(Disposition::AwaitSlot);

    /// Whether nothing was done: another message was faster, or there is no slot for a call.
    pub(super) fn did_nothing(&self) -> bool {
        matches!(self, Self::Settled(Disposition::Redeliver | Disposition::AwaitSlot))
    }
}

impl From<Appended> for StepOutcome {
    fn from(appended: Appended) -> Self {
        match appended {
            Appended::Done => Self::ACKNOWLEDGE,
            Appended::Claimed(claim) => Self::Claimed(claim),
            Appended::Lost => Self::REDELIVER,
        }
    }
}
