//! Messages that nobody could handle.

use std::future::Future;

use model::{QueueMessage, Timestamp};

use crate::Fault;

/// Messages that are kept for people to look at.
pub trait DeadLetterQueue {
    /// Once this returns, the message is kept, with the reason why nobody could handle it. May
    /// repeat.
    fn bury_message(
        &self,
        message: &QueueMessage,
        reason: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
