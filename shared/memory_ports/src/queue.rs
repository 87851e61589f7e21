//! The in-memory queue. It wakes no worker: whoever serves it polls for due messages.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use model::{QueueMessage, Timestamp};
use orchestrator::{
    Fault,
    ports::{MessageDelivery, MessageQueue, QueueName},
};

use crate::lock_unpoisoned;

/// Holds messages in the order of their times. Messages of the same time keep the order in which
/// they were sent. A message without a time comes before all others.
#[derive(Debug, Default)]
pub struct MemoryQueue(Mutex<WaitingMessages>);

#[derive(Debug, Default)]
struct WaitingMessages {
    messages: BTreeMap<QueuePosition, (QueueName, MessageDelivery)>,
    sent: u64,
}

/// The sort key of a message: its time, then the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct QueuePosition {
    at: Option<Timestamp>,
    ordinal: u64,
}

/// Holds a message that was received. Dropping it acknowledges the message.
#[derive(Clone, Debug)]
pub struct ReceivedMessage {
    /// The message, with how often it was received.
    pub delivery: MessageDelivery,
    /// The queue that it was sent to.
    pub queue_name: QueueName,
}

impl MemoryQueue {
    /// Makes an empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Receives the first message that is due at `now`, whatever its queue name; none if no message
    /// is due.
    pub fn receive_due(&self, now: Timestamp) -> Option<ReceivedMessage> {
        let mut waiting = self.lock_waiting();
        let first = waiting.messages.first_entry()?;
        if first.key().at.is_some_and(|at| at > now) {
            return None;
        }
        let (queue_name, mut delivery) = first.remove();
        delivery.receive_count += 1;
        Some(ReceivedMessage { delivery, queue_name })
    }

    /// Returns a message to the queue. It is received again at the given time.
    pub fn redeliver_at(&self, receive_count: ReceivedMessage, at: Timestamp) {
        self.lock_waiting().insert_delivery(
            receive_count.delivery,
            receive_count.queue_name,
            Some(at),
        );
    }

    /// Returns when the first message is due; none if there is no message or it has no time.
    pub fn next_due_at(&self) -> Option<Timestamp> {
        self.lock_waiting().messages.keys().next().and_then(|turn| turn.at)
    }

    /// Returns the number of messages in the queue.
    pub fn len(&self) -> usize {
        self.lock_waiting().messages.len()
    }

    /// Returns whether the queue is empty.
    pub fn is_empty(&self) -> bool {
        self.lock_waiting().messages.is_empty()
    }

    fn lock_waiting(&self) -> MutexGuard<'_, WaitingMessages> {
        lock_unpoisoned(&self.0)
    }
}

impl WaitingMessages {
    fn insert_delivery(
        &mut self,
        delivery: MessageDelivery,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) {
        let turn = QueuePosition { at, ordinal: self.sent };
        self.sent += 1;
        self.messages.insert(turn, (queue_name, delivery));
    }
}

impl MessageQueue for MemoryQueue {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        self.lock_waiting().insert_delivery(
            MessageDelivery { message, receive_count: 0 },
            queue_name,
            at,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{ExecutionId, FramePath, MessageKind, RecordNumber, ResourceName};

    use super::*;

    const fn timestamp_at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    fn message(number: u64) -> QueueMessage {
        let name = ResourceName::parse("a").expect("a name");
        let execution = ExecutionId::from_names(&name, &name);
        let kind = MessageKind::AdvanceFrame(RecordNumber::new(number));
        QueueMessage { execution, frame: FramePath::ROOT, kind }
    }

    fn send(queue: &MemoryQueue, number: u64, time: Option<i64>) {
        let sent = queue
            .send_message(message(number), QueueName::Steps, time.map(timestamp_at))
            .now_or_never();
        assert!(matches!(sent, Some(Ok(()))));
    }

    fn receive_at(queue: &MemoryQueue, now: i64) -> Option<QueueMessage> {
        queue.receive_due(timestamp_at(now)).map(|receive_count| receive_count.delivery.message)
    }

    #[test]
    fn messages_come_in_the_order_of_their_times_and_not_before() {
        let queue = MemoryQueue::new();
        for (number, time) in [(4, Some(60)), (2, Some(20)), (3, Some(20)), (1, None)] {
            send(&queue, number, time);
        }
        assert_eq!(receive_at(&queue, 0), Some(message(1)));
        assert_eq!(queue.next_due_at(), Some(timestamp_at(20)));
        assert_eq!(receive_at(&queue, 19), None);
        assert_eq!(receive_at(&queue, 20), Some(message(2)));
        assert_eq!(receive_at(&queue, 100), Some(message(3)));
        assert_eq!(receive_at(&queue, 100), Some(message(4)));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_given_back_comes_again_and_is_counted() {
        let queue = MemoryQueue::new();
        send(&queue, 1, None);
        let first = queue.receive_due(timestamp_at(0)).expect("a message");
        assert_eq!((first.delivery.receive_count, first.queue_name), (1, QueueName::Steps));
        queue.redeliver_at(first, timestamp_at(30));
        assert_eq!(queue.len(), 1);
        assert_eq!(
            queue.receive_due(timestamp_at(30)).map(|again| again.delivery.receive_count),
            Some(2)
        );
    }
}
