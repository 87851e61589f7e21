//! The queue: nobody is woken; whoever serves it asks what is due.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use model::{Message, Timestamp};
use orchestrator::{
    Fault,
    ports::{Delivery, Lane, Queue},
};

use crate::locked;

/// Messages in the order of their times, those of one time in the order in which they were sent.
/// One without a time comes before all others.
#[derive(Debug, Default)]
pub struct MemoryQueue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    messages: BTreeMap<Turn, (Lane, Delivery)>,
    sent: u64,
}

/// When a message's turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    at: Option<Timestamp>,
    ordinal: u64,
}

/// A message that was received. One that is dropped is acknowledged.
#[derive(Clone, Debug)]
pub struct Received {
    /// The message.
    pub delivery: Delivery,
    /// The lane that it was sent on.
    pub lane: Lane,
}

impl MemoryQueue {
    /// A queue without messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first message that is due at that time, on any lane; none if none is.
    pub fn receive(&self, now: Timestamp) -> Option<Received> {
        let mut waiting = self.waiting();
        let first = waiting.messages.first_entry()?;
        if first.key().at.is_some_and(|at| at > now) {
            return None;
        }
        let (lane, mut delivery) = first.remove();
        delivery.received += 1;
        Some(Received { delivery, lane })
    }

    /// Gives a message back: it is received again at that time.
    pub fn later(&self, received: Received, at: Timestamp) {
        self.waiting().put(received.delivery, received.lane, Some(at));
    }

    /// When the first message is due, if any waits for its time.
    pub fn due_next(&self) -> Option<Timestamp> {
        self.waiting().messages.keys().next().and_then(|turn| turn.at)
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.waiting().messages.len()
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.waiting().messages.is_empty()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        locked(&self.0)
    }
}

impl Waiting {
    fn put(&mut self, delivery: Delivery, lane: Lane, at: Option<Timestamp>) {
        let turn = Turn { at, ordinal: self.sent };
        self.sent += 1;
        self.messages.insert(turn, (lane, delivery));
    }
}

impl Queue for MemoryQueue {
    async fn send(&self, message: Message, lane: Lane, at: Option<Timestamp>) -> Result<(), Fault> {
        self.waiting().put(Delivery { message, received: 0 }, lane, at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::{Cue, ExecutionId, FramePath, Name, RecordNumber};

    use super::*;

    const fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(milliseconds)
    }

    fn message(number: u64) -> Message {
        let name = Name::parse("a").expect("a name");
        let execution = ExecutionId::new(&name, &name);
        let cue = Cue::Take(RecordNumber::new(number));
        Message { execution, frame: FramePath::ROOT, cue }
    }

    fn send(queue: &MemoryQueue, number: u64, time: Option<i64>) {
        let sent = queue.send(message(number), Lane::Steps, time.map(at)).now_or_never();
        assert!(matches!(sent, Some(Ok(()))));
    }

    fn received(queue: &MemoryQueue, now: i64) -> Option<Message> {
        queue.receive(at(now)).map(|received| received.delivery.message)
    }

    #[test]
    fn messages_come_in_the_order_of_their_times_and_not_before() {
        let queue = MemoryQueue::new();
        for (number, time) in [(4, Some(60)), (2, Some(20)), (3, Some(20)), (1, None)] {
            send(&queue, number, time);
        }
        assert_eq!(received(&queue, 0), Some(message(1)));
        assert_eq!(queue.due_next(), Some(at(20)));
        assert_eq!(received(&queue, 19), None);
        assert_eq!(received(&queue, 20), Some(message(2)));
        assert_eq!(received(&queue, 100), Some(message(3)));
        assert_eq!(received(&queue, 100), Some(message(4)));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_given_back_comes_again_and_is_counted() {
        let queue = MemoryQueue::new();
        send(&queue, 1, None);
        let first = queue.receive(at(0)).expect("a message");
        assert_eq!((first.delivery.received, first.lane), (1, Lane::Steps));
        queue.later(first, at(30));
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.receive(at(30)).map(|again| again.delivery.received), Some(2));
    }
}
