//! The queues that are held to the contract, on virtual time.

use std::sync::Arc;

use aws::Queues;
use embedded::LocalQueue;
use memory::MemoryQueue;
use model::{Message, Timestamp};
use orchestrator::{
    Fault,
    ports::{Clock, Lane, Queue},
};
use tokio::{
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
    task::JoinSet,
    time::{Duration, Instant, sleep, timeout_at},
};

use crate::queue::{Ends, Received};

/// When the virtual time begins, in milliseconds.
const EPOCH: i64 = 1_700_000_000_000;

/// The time of a paused runtime, which goes on as soon as everybody waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VirtualClock {
    began: Instant,
}

impl VirtualClock {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now() }
    }

    pub(crate) fn instant(self, at: Timestamp) -> Instant {
        let after = u64::try_from(at.milliseconds() - EPOCH).unwrap_or(0);
        self.began + Duration::from_millis(after)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_millis()).expect("it is short");
        Timestamp::from_milliseconds(EPOCH + passed)
    }

    async fn sleep_until(&self, at: Timestamp) {
        // A runtime's timers do not reach as far as a Wait state does.
        const LONGEST: Duration = Duration::from_hours(24 * 365);
        loop {
            let left = self.instant(at).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(LONGEST)).await;
        }
    }
}

/// The queue of one process.
pub(crate) struct Embedded {
    clock: VirtualClock,
    queue: LocalQueue<VirtualClock>,
}

impl Ends for Embedded {
    type Queue = LocalQueue<VirtualClock>;

    fn queue(&self) -> &Self::Queue {
        &self.queue
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<Received> {
        let mut all = Vec::new();
        loop {
            let next = async {
                tokio::select! {
                    delivery = self.queue.receive(Lane::Steps) => (Lane::Steps, delivery),
                    delivery = self.queue.receive(Lane::Tasks) => (Lane::Tasks, delivery),
                }
            };
            let Ok((lane, delivery)) = timeout_at(self.clock.instant(at), next).await else {
                return all;
            };
            let delivery = delivery.expect("the queue is open");
            all.push(Received { at: self.now(), lane, delivery, receipt: String::new() });
        }
    }

    async fn acknowledge(&self, received: Received) {
        drop(received);
    }

    async fn hide_until(&self, received: Received, at: Timestamp) {
        self.queue.later(received.delivery, received.lane, at);
    }
}

pub(crate) async fn embedded_queue(promise: impl AsyncFnOnce(&Embedded)) {
    let clock = VirtualClock::start();
    promise(&Embedded { clock, queue: LocalQueue::start_by(clock) }).await;
}

/// The queue of tests of whole executions, which has no time of its own.
pub(crate) struct Memory {
    clock: VirtualClock,
    queue: SharedQueue,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedQueue(Arc<MemoryQueue>);

impl Queue for SharedQueue {
    async fn send(&self, message: Message, lane: Lane, at: Option<Timestamp>) -> Result<(), Fault> {
        self.0.send(message, lane, at).await
    }
}

impl Ends for Memory {
    type Queue = SharedQueue;

    fn queue(&self) -> &Self::Queue {
        &self.queue
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<Received> {
        let mut all = Vec::new();
        loop {
            while let Some(memory::Received { delivery, lane }) = self.queue.0.receive(self.now()) {
                all.push(Received { at: self.now(), lane, delivery, receipt: String::new() });
            }
            let next = self.queue.0.due_next().filter(|next| *next <= at);
            self.clock.sleep_until(next.unwrap_or(at)).await;
            if next.is_none() {
                return all;
            }
        }
    }

    async fn acknowledge(&self, received: Received) {
        drop(received);
    }

    async fn hide_until(&self, received: Received, at: Timestamp) {
        let Received { lane, delivery, .. } = received;
        self.queue.0.later(memory::Received { delivery, lane }, at);
    }
}

pub(crate) async fn memory_queue(promise: impl AsyncFnOnce(&Memory)) {
    promise(&Memory { clock: VirtualClock::start(), queue: SharedQueue::default() }).await;
}

/// SQS and the table of what is far, each on a double, with a timer that is late.
pub(crate) struct Aws {
    clock: VirtualClock,
    queues: Queues<VirtualClock>,
    received: Mutex<UnboundedReceiver<Received>>,
    /// The workers and the timer.
    _running: JoinSet<()>,
}

/// A timer that runs every minute may miss some runs.
const TIMER_EVERY: Duration = Duration::from_mins(10);

impl Ends for Aws {
    type Queue = Queues<VirtualClock>;

    fn queue(&self) -> &Self::Queue {
        &self.queues
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<Received> {
        let (mut all, mut received) = (Vec::new(), self.received.lock().await);
        while let Ok(next) = timeout_at(self.clock.instant(at), received.recv()).await {
            all.push(next.expect("the workers run"));
        }
        all
    }

    async fn acknowledge(&self, received: Received) {
        self.queues.acknowledge(received.lane, &received.receipt).await.expect("no fault");
    }

    async fn hide_until(&self, received: Received, at: Timestamp) {
        self.queues.hide_until(received.lane, &received.receipt, at).await.expect("no fault");
    }
}

pub(crate) async fn aws_queues(promise: impl AsyncFnOnce(&Aws)) {
    let clock = VirtualClock::start();
    let (table, _) = crate::dynamodb::start().await;
    let queues = crate::sqs::start(table, clock);
    let (sender, received) = unbounded_channel();
    let mut running = JoinSet::new();
    for lane in [Lane::Steps, Lane::Tasks] {
        let (queues, sender) = (queues.clone(), sender.clone());
        running.spawn(async move {
            loop {
                for aws::Received { delivery, receipt } in
                    queues.receive(lane).await.expect("no fault")
                {
                    sender.send(Received { at: clock.now(), lane, delivery, receipt }).ok();
                }
            }
        });
    }
    let timer = queues.clone();
    running.spawn(async move {
        loop {
            sleep(TIMER_EVERY).await;
            timer.move_due().await.expect("no fault");
        }
    });
    promise(&Aws { clock, queues, received: Mutex::new(received), _running: running }).await;
}
