//! The queue: what comes next.

use std::future::Future;

use model::{QueueMessage, QueueName, Timestamp};

use crate::Fault;

/// A message as it was received.
#[derive(Clone, Debug)]
pub struct MessageDelivery {
    /// The message.
    pub message: QueueMessage,
    /// How often it has been received, this time included.
    pub received: u32,
}

/// Messages, delivered at least once, in any order.
pub trait MessageQueue {
    /// Once this returns, the message will be received, not before `at`. It may be received more
    /// than once.
    fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Once this returns, each of the messages will be received. After a fault, any of them may be.
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
