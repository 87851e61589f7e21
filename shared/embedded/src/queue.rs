//! The queue of one process. It keeps nothing: the log is the truth, and at start every head of a
//! running execution is woken again.
//!
//! ```text
//! send ──due──▶ its lane ──▶ receive ──handled──▶ (dropped: acknowledged)
//!   └──later──▶ heap ──timer──▶ lane      └──later──▶ heap (to be received again)
//! ```

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use model::{Message, Timestamp};
use orchestrator::{
    Fault,
    ports::{Clock, Delivery, Lane, Queue},
};
use tokio::sync::{
    Mutex as AsyncMutex, Notify,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    watch,
};

use system::SystemClock;

/// Messages of this process, by whose clock they are due. Cloning shares it.
#[derive(Clone, Debug)]
pub struct LocalQueue<C = SystemClock> {
    shared: Arc<Shared<C>>,
}

#[derive(Debug)]
struct Shared<C> {
    clock: C,
    steps: Line,
    tasks: Line,
    later: Mutex<Later>,
    /// The earliest time has changed, or the queue is closed.
    changed: Arc<Notify>,
    closed: watch::Sender<bool>,
}

/// One lane: messages that are due.
#[derive(Debug)]
struct Line {
    sender: UnboundedSender<Delivery>,
    receiver: AsyncMutex<UnboundedReceiver<Delivery>>,
}

#[derive(Debug, Default)]
struct Later {
    heap: BinaryHeap<Reverse<Due>>,
    /// Keeps messages of one millisecond in order.
    sent: u64,
}

#[derive(Debug)]
struct Due {
    at: Timestamp,
    ordinal: u64,
    lane: Lane,
    delivery: Delivery,
}

impl LocalQueue {
    /// Starts an empty queue, whose timer is a task of the running tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start() -> Self {
        Self::start_by(SystemClock)
    }
}

impl<C: Clock + Clone + Send + Sync + 'static> LocalQueue<C> {
    /// Starts an empty queue by another clock.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start_by(clock: C) -> Self {
        let changed = Arc::new(Notify::new());
        let shared = Arc::new(Shared {
            steps: Line::new(),
            tasks: Line::new(),
            later: Mutex::default(),
            changed: Arc::clone(&changed),
            closed: watch::Sender::new(false),
            clock: clock.clone(),
        });
        tokio::spawn(deliver_on_time(Arc::downgrade(&shared), clock, changed));
        Self { shared }
    }

    /// The next message of a lane, once there is one; none after [`Self::close`]. Dropping the
    /// future loses no message. A delivery that is dropped is acknowledged.
    pub async fn receive(&self, lane: Lane) -> Option<Delivery> {
        let mut closed = self.shared.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            delivery = self.shared.line(lane).receive() => delivery,
        }
    }

    /// Gives a message back: it is received again at that time.
    pub fn later(&self, delivery: Delivery, lane: Lane, at: Timestamp) {
        self.shared.put(delivery, lane, at);
    }

    /// Nothing is received after this. What is still sent, or has not been received, is forgotten:
    /// the log has it.
    pub fn close(&self) {
        self.shared.closed.send_replace(true);
        self.shared.changed.notify_one();
    }

    /// How many messages wait for their time.
    pub fn waiting(&self) -> usize {
        self.shared.later().heap.len()
    }
}

impl<C: Clock + Send + Sync> Queue for LocalQueue<C> {
    async fn send(&self, message: Message, lane: Lane, at: Option<Timestamp>) -> Result<(), Fault> {
        let delivery = Delivery { message, received: 0 };
        match at {
            Some(at) if at > self.shared.clock.now() => self.shared.put(delivery, lane, at),
            Some(_) | None => self.shared.line(lane).send(delivery),
        }
        Ok(())
    }
}

impl Line {
    fn new() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: AsyncMutex::new(receiver) }
    }

    fn send(&self, delivery: Delivery) {
        // The receiver stands beside the sender, so it is there.
        self.sender.send(delivery).ok();
    }

    async fn receive(&self) -> Option<Delivery> {
        let mut delivery = self.receiver.lock().await.recv().await?;
        delivery.received += 1;
        Some(delivery)
    }
}

impl<C: Clock> Shared<C> {
    const fn line(&self, lane: Lane) -> &Line {
        match lane {
            Lane::Steps => &self.steps,
            Lane::Tasks => &self.tasks,
        }
    }

    fn put(&self, delivery: Delivery, lane: Lane, at: Timestamp) {
        let mut later = self.later();
        let earliest = later.heap.peek().map(|Reverse(due)| due.at);
        let ordinal = later.sent;
        later.sent += 1;
        later.heap.push(Reverse(Due { at, ordinal, lane, delivery }));
        if earliest.is_none_or(|earliest| at < earliest) {
            self.changed.notify_one();
        }
    }

    /// Moves what is due to its lane. Returns when to look again; none while nothing waits.
    fn move_due(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let mut later = self.later();
        while later.heap.peek()?.0.at <= now {
            let Reverse(due) = later.heap.pop()?;
            self.line(due.lane).send(due.delivery);
        }
        later.heap.peek().map(|Reverse(due)| due.at)
    }

    fn later(&self) -> MutexGuard<'_, Later> {
        self.later.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until the queue is closed or dropped.
async fn deliver_on_time<C: Clock>(shared: Weak<Shared<C>>, clock: C, changed: Arc<Notify>) {
    loop {
        let next = match shared.upgrade() {
            Some(shared) if !*shared.closed.borrow() => shared.move_due(),
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

impl<C> Drop for Shared<C> {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}

#[cfg(test)]
mod tests {
    use model::{Cue, ExecutionId, FramePath, Name, RecordNumber};

    use super::*;

    #[tokio::test]
    async fn a_message_is_received_on_its_lane_and_counted() {
        let queue = LocalQueue::start();
        queue.send(message(1), Lane::Steps, None).await.expect("sent");
        queue.send(message(2), Lane::Tasks, None).await.expect("sent");
        let task = queue.receive(Lane::Tasks).await.expect("a message");
        assert_eq!((task.message, task.received), (message(2), 1));
        let step = queue.receive(Lane::Steps).await.expect("a message");
        assert_eq!((&step.message, step.received), (&message(1), 1));
        queue.later(step, Lane::Steps, SystemClock.now());
        let again = queue.receive(Lane::Steps).await.expect("a message");
        assert_eq!((again.message, again.received), (message(1), 2));
    }

    #[tokio::test]
    async fn messages_come_in_the_order_of_their_times_and_not_before() {
        let queue = LocalQueue::start();
        let now = SystemClock.now();
        for (number, after) in [(3, 60), (1, 20), (2, 40), (0, -5)] {
            let at = Some(now.plus_milliseconds(after));
            queue.send(message(number), Lane::Steps, at).await.expect("sent");
        }
        for (number, after) in [(0, -5), (1, 20), (2, 40), (3, 60)] {
            let delivery = queue.receive(Lane::Steps).await.expect("a message");
            assert_eq!(delivery.message, message(number));
            assert!(SystemClock.now() >= now.plus_milliseconds(after));
        }
        assert_eq!(queue.waiting(), 0);
    }

    #[tokio::test]
    async fn a_dropped_receive_loses_nothing() {
        let queue = LocalQueue::start();
        {
            let mut receive = std::pin::pin!(queue.receive(Lane::Steps));
            let nothing = std::future::poll_fn(|context| {
                std::task::Poll::Ready(receive.as_mut().poll(context).is_pending())
            });
            assert!(nothing.await);
            queue.send(message(1), Lane::Steps, None).await.expect("sent");
        }
        assert!(queue.receive(Lane::Steps).await.is_some());
    }

    #[tokio::test]
    async fn nothing_is_received_after_the_close() {
        let queue = LocalQueue::start();
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.receive(Lane::Tasks).await }
        });
        queue.send(message(1), Lane::Steps, None).await.expect("sent");
        queue.close();
        assert!(queue.receive(Lane::Steps).await.is_none());
        assert!(waiting.await.expect("did not panic").is_none());
        queue.send(message(2), Lane::Steps, None).await.expect("sent");
    }

    /// The heap has room for twice as many when it has just grown; an execution's id and a frame's
    /// path are a few dozen bytes more.
    #[test]
    fn thousands_of_messages_may_wait() {
        let bytes = size_of::<Reverse<Due>>();
        assert!(2 * bytes <= 512, "{bytes} bytes");
    }

    fn message(number: u64) -> Message {
        let name = Name::parse("a").expect("a name");
        let execution = ExecutionId::new(&name, &name);
        let cue = Cue::Take(RecordNumber::new(number));
        Message { execution, frame: FramePath::ROOT, cue }
    }
}
