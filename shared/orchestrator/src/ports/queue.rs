//! The queue: what comes next.

use std::future::Future;

use model::{Message, Timestamp};

use crate::Fault;

/// Which queue: recovery after a crash takes as long as the function may run, so the short and the
/// long do not share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// States that call nothing outside: seconds.
    Steps,
    /// Task states: up to 15 minutes.
    Tasks,
}

/// A message as it was received.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// How often it has been received, this time included.
    pub received: u32,
}

/// Messages, delivered at least once, in any order.
pub trait Queue {
    /// Once this returns, the message will be received, not before `at`. It may be received more
    /// than once.
    fn send(
        &self,
        message: Message,
        lane: Lane,
        at: Option<Timestamp>,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Once this returns, each of the messages will be received. After a fault, any of them may be.
    fn send_all(
        &self,
        messages: Vec<(Message, Lane)>,
    ) -> impl Future<Output = Result<(), Fault>> + Send
    where
        Self: Sync,
    {
        async move {
            for (message, lane) in messages {
                self.send(message, lane, None).await?;
            }
            Ok(())
        }
    }
}
