//! The in-memory queue of one process. Its messages end with the process: the log is the source of
//! truth, and recovery sends a message for every head of a running execution.
//!
//! ```text
//! send ──due──▶ ready ──▶ receive ──handled──▶ (dropped: acknowledged)
//!   └──delayed──▶ heap ──timer──▶ ready   └──redeliver_at──▶ heap (received again)
//! ```

mod execution_line;
mod ready_messages;
mod turns;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use model::{QueueMessage, Timestamp, limits::RECEIVES_UNCOUNTED};
use orchestrator::{
    Fault,
    ports::{Clock, MessageDelivery, MessageQueue, QueueName},
};
use system_clock::SystemClock;
use tokio::sync::{Notify, watch};

pub(crate) use self::ready_messages::FairOrder;
use self::ready_messages::ReadyMessages;
use crate::local::sends_are_counted;

/// Holds the steps queue and the tasks queue of this process. Clones share the messages.
///
/// `C` is the clock that decides when a delayed message is due.
#[derive(Clone, Debug)]
pub struct LocalQueue<C = SystemClock> {
    shared: Arc<LocalQueueState<C>>,
}

#[derive(Debug)]
struct LocalQueueState<C> {
    clock: C,
    steps: ReadyMessages,
    tasks: ReadyMessages,
    delayed: Mutex<DelayedMessages>,
    /// Notified when the earliest due time has changed, and when the queue is closed or dropped.
    changed: Arc<Notify>,
    closed: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct DelayedMessages {
    heap: BinaryHeap<Reverse<DelayedDelivery>>,
    /// Number of messages ever delayed. It keeps messages of the same millisecond in order.
    sent: u64,
}

#[derive(Debug)]
struct DelayedDelivery {
    at: Timestamp,
    ordinal: u64,
    queue_name: QueueName,
    delivery: MessageDelivery,
}

impl LocalQueue {
    /// Starts an empty queue, whose timer is a task of the running tokio runtime.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn start() -> Self {
        Self::start_with_clock(SystemClock)
    }
}

impl<C: Clock + Clone + Send + Sync + 'static> LocalQueue<C> {
    /// Starts an empty queue that uses the given clock.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn start_with_clock(clock: C) -> Self {
        let changed = Arc::new(Notify::new());
        let shared = Arc::new(LocalQueueState {
            steps: ReadyMessages::new(),
            tasks: ReadyMessages::new(),
            delayed: Mutex::default(),
            changed: Arc::clone(&changed),
            closed: watch::Sender::new(false),
            clock: clock.clone(),
        });
        tokio::spawn(deliver_delayed_messages(Arc::downgrade(&shared), clock, changed));
        Self { shared }
    }

    /// Waits for a message of this queue: executions and state machines take turns. Returns none
    /// after [`Self::close`].
    ///
    /// Dropping the future loses no message. Dropping a delivery acknowledges it.
    pub async fn receive_message(&self, queue_name: QueueName) -> Option<MessageDelivery> {
        let mut closed = self.shared.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            delivery = self.shared.ready_messages(queue_name).take() => {
                delivery.map(|delivery| MessageDelivery {
                    receive_count: delivery.receive_count + 1,
                    ..delivery
                })
            }
        }
    }

    /// Returns a message to the queue. It is received again at the given time.
    pub fn redeliver_at(&self, delivery: MessageDelivery, queue_name: QueueName, at: Timestamp) {
        self.shared.delay_delivery(delivery, queue_name, at);
    }

    /// Returns a message that was not handled. It is received again at once.
    pub(crate) fn return_delivery(&self, delivery: MessageDelivery, queue_name: QueueName) {
        self.shared.ready_messages(queue_name).put(delivery);
    }

    /// Closes the queue: no message is received after this. Messages that were not received, or are
    /// sent later, are dropped; recovery rebuilds them from the log.
    pub fn close(&self) {
        self.shared.closed.send_replace(true);
        self.shared.changed.notify_one();
    }

    /// Returns the number of due messages of this queue that nobody has received yet.
    pub fn ready_count(&self, queue_name: QueueName) -> usize {
        self.shared.ready_messages(queue_name).count()
    }

    /// Returns the number of messages that are not due yet.
    pub fn delayed_count(&self) -> usize {
        self.shared.lock_delayed().heap.len()
    }
}

impl<C: Clock + Send + Sync> MessageQueue for LocalQueue<C> {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let receive_count = if sends_are_counted() { RECEIVES_UNCOUNTED } else { 0 };
        let delivery = MessageDelivery { message, receive_count };
        match at {
            Some(at) if at > self.shared.clock.now() => {
                self.shared.delay_delivery(delivery, queue_name, at);
            }
            Some(_) | None => self.shared.ready_messages(queue_name).put(delivery),
        }
        Ok(())
    }
}

impl<C: Clock> LocalQueueState<C> {
    const fn ready_messages(&self, queue_name: QueueName) -> &ReadyMessages {
        match queue_name {
            QueueName::Steps => &self.steps,
            QueueName::Tasks => &self.tasks,
        }
    }

    fn delay_delivery(&self, delivery: MessageDelivery, queue_name: QueueName, at: Timestamp) {
        let mut later = self.lock_delayed();
        let earliest = later.heap.peek().map(|Reverse(due)| due.at);
        let ordinal = later.sent;
        later.sent += 1;
        later.heap.push(Reverse(DelayedDelivery { at, ordinal, queue_name, delivery }));
        if earliest.is_none_or(|earliest| at < earliest) {
            self.changed.notify_one();
        }
    }

    /// Moves due messages to where they are received. Returns when the next one is due; none if no
    /// message is delayed.
    fn move_due_messages(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let mut later = self.lock_delayed();
        while later.heap.peek()?.0.at <= now {
            let Reverse(due) = later.heap.pop()?;
            self.ready_messages(due.queue_name).put(due.delivery);
        }
        later.heap.peek().map(|Reverse(due)| due.at)
    }

    fn lock_delayed(&self) -> MutexGuard<'_, DelayedMessages> {
        self.delayed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs until the queue is closed or dropped.
async fn deliver_delayed_messages<C: Clock>(
    shared: Weak<LocalQueueState<C>>,
    clock: C,
    changed: Arc<Notify>,
) {
    loop {
        let next = match shared.upgrade() {
            Some(shared) if !*shared.closed.borrow() => shared.move_due_messages(),
            Some(_) | None => return,
        };
        match next {
            Some(at) => {
                tokio::select! {
                    () = clock.sleep_until(at) => {}
                    () = changed.notified() => {}
                }
            }
            None => changed.notified().await,
        }
    }
}

impl<C> Drop for LocalQueueState<C> {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

impl Ord for DelayedDelivery {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

impl PartialOrd for DelayedDelivery {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for DelayedDelivery {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DelayedDelivery {}

#[cfg(test)]
mod tests {
    use model::{ExecutionId, FramePath, MessageKind, RecordNumber, ResourceName};

    use super::*;

    #[tokio::test]
    async fn a_message_is_received_on_its_lane_and_counted() {
        let queue = LocalQueue::start();
        queue.send_message(handle_delivery(1), QueueName::Steps, None).await.expect("sent");
        queue.send_message(handle_delivery(2), QueueName::Tasks, None).await.expect("sent");
        let task = queue.receive_message(QueueName::Tasks).await.expect("a message");
        assert_eq!((task.message, task.receive_count), (handle_delivery(2), 1));
        let step = queue.receive_message(QueueName::Steps).await.expect("a message");
        assert_eq!((&step.message, step.receive_count), (&handle_delivery(1), 1));
        queue.redeliver_at(step, QueueName::Steps, SystemClock.now());
        let again = queue.receive_message(QueueName::Steps).await.expect("a message");
        assert_eq!((again.message, again.receive_count), (handle_delivery(1), 2));
    }

    #[tokio::test]
    async fn messages_come_in_the_order_of_their_times_and_not_before() {
        let queue = LocalQueue::start();
        let now = SystemClock.now();
        for (number, after) in [(3, 60), (1, 20), (2, 40), (0, -5)] {
            let at = Some(now.plus_milliseconds(after));
            queue.send_message(handle_delivery(number), QueueName::Steps, at).await.expect("sent");
        }
        for (number, after) in [(0, -5), (1, 20), (2, 40), (3, 60)] {
            let delivery = queue.receive_message(QueueName::Steps).await.expect("a message");
            assert_eq!(delivery.message, handle_delivery(number));
            assert!(SystemClock.now() >= now.plus_milliseconds(after));
        }
        assert_eq!(queue.delayed_count(), 0);
    }

    #[tokio::test]
    async fn a_dropped_receive_loses_nothing() {
        let queue = LocalQueue::start();
        {
            let mut receive = std::pin::pin!(queue.receive_message(QueueName::Steps));
            let nothing = std::future::poll_fn(|context| {
                std::task::Poll::Ready(receive.as_mut().poll(context).is_pending())
            });
            assert!(nothing.await);
            queue.send_message(handle_delivery(1), QueueName::Steps, None).await.expect("sent");
        }
        assert!(queue.receive_message(QueueName::Steps).await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_received_after_the_close() {
        let queue = LocalQueue::start();
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.receive_message(QueueName::Tasks).await }
        });
        queue.send_message(handle_delivery(1), QueueName::Steps, None).await.expect("sent");
        queue.close();
        assert!(queue.receive_message(QueueName::Steps).await.is_none());
        assert!(waiting.await.expect("did not panic").is_none());
        queue.send_message(handle_delivery(2), QueueName::Steps, None).await.expect("sent");
    }

    /// A heap that has just grown has room for twice its messages. Execution ids and frame paths
    /// take a few dozen bytes more.
    #[test]
    fn thousands_of_messages_may_wait() {
        let bytes = size_of::<Reverse<DelayedDelivery>>();
        assert!(2 * bytes <= 512, "{bytes} bytes");
    }

    fn handle_delivery(number: u64) -> QueueMessage {
        let name = ResourceName::parse("a").expect("a name");
        let execution = ExecutionId::from_names(&name, &name);
        let kind = MessageKind::AdvanceFrame(RecordNumber::new(number));
        QueueMessage { execution, frame: FramePath::ROOT, kind }
    }
}
