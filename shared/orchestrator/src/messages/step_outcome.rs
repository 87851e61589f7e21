//! How far a message came, and what becomes of it.

use model::Timestamp;

use crate::frames::KeyedRecord;

/// What to do with a message that was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Acknowledge it.
    Acknowledge,
    /// Leave it: it is redelivered after the visibility timeout.
    Redeliver,
    /// Leave it until then.
    RedeliverAt(Timestamp),
}

/// How far a message came without a call.
pub(crate) enum StepOutcome {
    /// To its end.
    Settled(Disposition),
    /// To a claim: this very delivery is to make the call.
    Claimed(KeyedRecord),
}

impl StepOutcome {
    pub(super) const ACKNOWLEDGE: Self = Self::Settled(Disposition::Acknowledge);
    pub(super) const REDELIVER: Self = Self::Settled(Disposition::Redeliver);
}

/// Whether whoever handles a message may make calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallRights {
    /// It may: messages of Task states are for it.
    MayCall,
    /// It may not, and passes messages of Task states on to the queue `tasks`.
    MayNotCall,
}
