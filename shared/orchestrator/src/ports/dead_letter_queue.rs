//! The dead-letter queue: messages that could not be handled.

use std::future::Future;

use model::{QueueMessage, Timestamp};

use crate::Fault;

/// Keeps messages that could not be handled, for people to look at.
pub trait DeadLetterQueue {
    /// Keeps a message with the reason why it could not be handled. Once this returns, it is kept.
    /// May be repeated.
    fn put_dead_letter(
        &self,
        message: &QueueMessage,
        reason: &str,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
