//! The message queue.

use std::future::Future;

use model::{QueueMessage, QueueName, Timestamp};

use crate::Fault;

/// The receive count of a message that its sender handles itself, beside the queue.
pub const HANDLED_BY_SENDER: u32 = 0;

/// A message as it was received.
#[derive(Clone, Debug)]
pub struct MessageDelivery {
    /// The message.
    pub message: QueueMessage,
    /// How often it has been received, this time included: at least 1, or [`HANDLED_BY_SENDER`].
    pub receive_count: u32,
}

/// A queue that delivers messages at least once, in any order.
pub trait MessageQueue {
    /// Sends a message: once this returns, it will be received, and not before `at`. It may be
    /// received more than once.
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Sends messages: once this returns, each of them will be received. After a fault, any of them
    /// may be.
    fn send_messages(
        &self,
        messages: Vec<(QueueMessage, QueueName)>,
    ) -> impl Future<Output = Result<(), Fault>> + Send
    where
        Self: Sync,
    {
        async move {
            for (message, queue_name) in messages {
                self.send_message(message, queue_name, None).await?;
            }
            Ok(())
        }
    }
}
