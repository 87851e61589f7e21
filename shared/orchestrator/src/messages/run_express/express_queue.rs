//! The queue of one Express execution.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::{QueueMessage, QueueName, Timestamp};

use crate::{
    Fault,
    ports::{MessageDelivery, MessageQueue},
};

/// Holds the messages of one execution. What is due at a time comes before what is due at once, so
/// that a loop without waits is interrupted by the timeout of its execution.
#[derive(Debug, Default)]
pub(super) struct ExpressQueue(Mutex<WaitingMessages>);

#[derive(Debug, Default)]
struct WaitingMessages {
    undelayed: VecDeque<MessageDelivery>,
    /// By the time and the order of sending.
    delayed: BTreeMap<(Timestamp, u64), MessageDelivery>,
    sent: u64,
}

impl ExpressQueue {
    /// Receives the next message that is due, if there is one.
    pub(super) fn receive_due(&self, now: Timestamp) -> Option<MessageDelivery> {
        let mut waiting = self.lock_waiting();
        let is_due = waiting.delayed.first_key_value().is_some_and(|((at, _), _)| *at <= now);
        let mut delivery = if is_due {
            waiting.delayed.pop_first().map(|(_, delivery)| delivery)
        } else {
            waiting.undelayed.pop_front()
        }?;
        delivery.receive_count += 1;
        Some(delivery)
    }

    /// Whether a message is due that was sent without a time.
    pub(super) fn has_undelayed(&self) -> bool {
        !self.lock_waiting().undelayed.is_empty()
    }

    /// Returns when the first of the other messages is due; none if there is no other.
    pub(super) fn next_due_at(&self) -> Option<Timestamp> {
        self.lock_waiting().delayed.first_key_value().map(|((at, _), _)| *at)
    }

    /// Puts a message back, to be received again at that time.
    pub(super) fn redeliver_at(&self, delivery: MessageDelivery, at: Timestamp) {
        self.lock_waiting().put_delayed(delivery, at);
    }

    fn lock_waiting(&self) -> MutexGuard<'_, WaitingMessages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WaitingMessages {
    fn put_delayed(&mut self, delivery: MessageDelivery, at: Timestamp) {
        let ordinal = self.sent;
        self.sent += 1;
        self.delayed.insert((at, ordinal), delivery);
    }
}

impl MessageQueue for ExpressQueue {
    async fn send_message(
        &self,
        message: QueueMessage,
        _: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let delivery = MessageDelivery { message, receive_count: 0 };
        let mut waiting = self.lock_waiting();
        match at {
            Some(at) => waiting.put_delayed(delivery, at),
            None => waiting.undelayed.push_back(delivery),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{ExecutionId, FramePath, MessageKind, RecordNumber};

    use super::*;

    fn send(queue: &ExpressQueue, number: u64, at: Option<i64>) {
        let message = QueueMessage {
            execution: "m:n:u".parse::<ExecutionId>().expect("an id"),
            frame: FramePath::ROOT,
            kind: MessageKind::AdvanceFrame(RecordNumber::new(number)),
        };
        let at = at.map(Timestamp::from_milliseconds);
        let sent = queue.send_message(message, QueueName::Steps, at).now_or_never();
        assert!(matches!(sent, Some(Ok(()))));
    }

    fn receive(queue: &ExpressQueue, now: i64) -> Option<MessageKind> {
        queue.receive_due(Timestamp::from_milliseconds(now)).map(|received| received.message.kind)
    }

    #[test]
    fn what_is_due_at_a_time_comes_before_what_is_due_at_once() {
        let queue = ExpressQueue::default();
        for (number, at) in [(1, None), (2, Some(20)), (3, Some(10)), (4, None)] {
            send(&queue, number, at);
        }
        let advance = |number| Some(MessageKind::AdvanceFrame(RecordNumber::new(number)));
        assert_eq!(receive(&queue, 0), advance(1));
        assert_eq!(receive(&queue, 10), advance(3));
        assert_eq!(receive(&queue, 10), advance(4));
        assert_eq!(receive(&queue, 19), None);
        assert_eq!(queue.next_due_at(), Some(Timestamp::from_milliseconds(20)));
        assert_eq!(receive(&queue, 20), advance(2));
    }
}
