//! Messages that nobody could handle.

use std::future::Future;

use model::Message;

use crate::Fault;

/// Messages that are kept for people to look at.
pub trait DeadLetters {
    /// Once this returns, the message is kept, with the reason why nobody could handle it. May
    /// repeat.
    fn bury(
        &self,
        message: &Message,
        reason: &str,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
