//! The queues that must keep the contract, on virtual time.

use std::sync::Arc;

use aws::SqsQueues;
use embedded::LocalQueue;
use memory_ports::MemoryQueue;
use model::{QueueMessage, Timestamp};
use orchestrator::{
    Fault,
    ports::{Clock, MessageQueue, QueueName},
};
use tokio::{
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
    task::JoinSet,
    time::{Duration, Instant, sleep, timeout_at},
};

use crate::queue::{QueueUnderTest, TimedReception};

/// The start of virtual time, in milliseconds since 1970.
const EPOCH: i64 = 1_700_000_000_000;
/// A time that no test reaches: a run of the timer that may take until then does all that is due.
pub(crate) const NEVER: Timestamp = Timestamp::from_milliseconds(2 * EPOCH);

/// The time of a paused Tokio runtime, which advances as soon as every task waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PausedClock {
    began: Instant,
}

impl PausedClock {
    pub(crate) fn start() -> Self {
        Self { began: Instant::now() }
    }

    pub(crate) fn instant_of(self, at: Timestamp) -> Instant {
        let after = u64::try_from(at.as_milliseconds() - EPOCH).unwrap_or(0);
        self.began + Duration::from_millis(after)
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_millis()).expect("it is short");
        Timestamp::from_milliseconds(EPOCH + passed)
    }

    async fn sleep_until(&self, at: Timestamp) {
        // Tokio's timers do not reach as far as a Wait state.
        const LONGEST: Duration = Duration::from_hours(24 * 365);
        loop {
            let left = self.instant_of(at).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(LONGEST)).await;
        }
    }
}

/// The queue of `statewright local`.
pub(crate) struct EmbeddedQueueHarness {
    clock: PausedClock,
    queue: LocalQueue<PausedClock>,
}

impl QueueUnderTest for EmbeddedQueueHarness {
    type Queue = LocalQueue<PausedClock>;

    fn queue_port(&self) -> &Self::Queue {
        &self.queue
    }

    fn virtual_now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<TimedReception> {
        let mut all = Vec::new();
        loop {
            let next = async {
                tokio::select! {
                    delivery = self.queue.receive_message(QueueName::Steps) => (QueueName::Steps, delivery),
                    delivery = self.queue.receive_message(QueueName::Tasks) => (QueueName::Tasks, delivery),
                }
            };
            let Ok((queue_name, delivery)) = timeout_at(self.clock.instant_of(at), next).await
            else {
                return all;
            };
            let delivery = delivery.expect("the queue is open");
            all.push(TimedReception {
                at: self.virtual_now(),
                queue_name,
                delivery,
                receipt: String::new(),
            });
        }
    }

    async fn acknowledge(&self, receive_count: TimedReception) {
        drop(receive_count);
    }

    async fn hide_until(&self, receive_count: TimedReception, at: Timestamp) {
        self.queue.redeliver_at(receive_count.delivery, receive_count.queue_name, at);
    }
}

pub(crate) async fn embedded_queue(test: impl AsyncFnOnce(&EmbeddedQueueHarness)) {
    let clock = PausedClock::start();
    test(&EmbeddedQueueHarness { clock, queue: LocalQueue::start_with_clock(clock) }).await;
}

/// The queue that tests of whole executions use. It has no clock of its own.
pub(crate) struct MemoryQueueHarness {
    clock: PausedClock,
    queue: SharedQueue,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct SharedQueue(Arc<MemoryQueue>);

impl MessageQueue for SharedQueue {
    async fn send_message(
        &self,
        message: QueueMessage,
        queue_name: QueueName,
        at: Option<Timestamp>,
    ) -> Result<(), Fault> {
        self.0.send_message(message, queue_name, at).await
    }
}

impl QueueUnderTest for MemoryQueueHarness {
    type Queue = SharedQueue;

    fn queue_port(&self) -> &Self::Queue {
        &self.queue
    }

    fn virtual_now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<TimedReception> {
        let mut all = Vec::new();
        loop {
            while let Some(memory_ports::ReceivedMessage { delivery, queue_name }) =
                self.queue.0.receive_due(self.virtual_now())
            {
                all.push(TimedReception {
                    at: self.virtual_now(),
                    queue_name,
                    delivery,
                    receipt: String::new(),
                });
            }
            let next = self.queue.0.next_due_at().filter(|next| *next <= at);
            self.clock.sleep_until(next.unwrap_or(at)).await;
            if next.is_none() {
                return all;
            }
        }
    }

    async fn acknowledge(&self, receive_count: TimedReception) {
        drop(receive_count);
    }

    async fn hide_until(&self, receive_count: TimedReception, at: Timestamp) {
        let TimedReception { queue_name, delivery, .. } = receive_count;
        self.queue.0.redeliver_at(memory_ports::ReceivedMessage { delivery, queue_name }, at);
    }
}

pub(crate) async fn memory_queue(test: impl AsyncFnOnce(&MemoryQueueHarness)) {
    test(&MemoryQueueHarness { clock: PausedClock::start(), queue: SharedQueue::default() }).await;
}

/// SQS and the table of messages that are far in the future, each on a double, with a late timer.
pub(crate) struct AwsQueueHarness {
    clock: PausedClock,
    queues: SqsQueues<PausedClock>,
    receive_count: Mutex<UnboundedReceiver<TimedReception>>,
    /// The tasks of the workers and of the timer.
    _running: JoinSet<()>,
}

/// The timer function runs every minute, but may miss some runs.
const TIMER_EVERY: Duration = Duration::from_mins(10);

impl QueueUnderTest for AwsQueueHarness {
    type Queue = SqsQueues<PausedClock>;

    fn queue_port(&self) -> &Self::Queue {
        &self.queues
    }

    fn virtual_now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn receive_until(&self, at: Timestamp) -> Vec<TimedReception> {
        let (mut all, mut receive_count) = (Vec::new(), self.receive_count.lock().await);
        while let Ok(next) = timeout_at(self.clock.instant_of(at), receive_count.recv()).await {
            all.push(next.expect("the workers run"));
        }
        all
    }

    async fn acknowledge(&self, receive_count: TimedReception) {
        self.queues
            .acknowledge_message(receive_count.queue_name, &receive_count.receipt)
            .await
            .expect("no fault");
    }

    async fn hide_until(&self, receive_count: TimedReception, at: Timestamp) {
        self.queues
            .change_visibility_until(receive_count.queue_name, &receive_count.receipt, at)
            .await
            .expect("no fault");
    }
}

pub(crate) async fn aws_queues(test: impl AsyncFnOnce(&AwsQueueHarness)) {
    let clock = PausedClock::start();
    let (table, _) = crate::dynamodb::start_dynamodb().await;
    let queues = crate::sqs::start_sqs(table, clock);
    let (sender, receive_count) = unbounded_channel();
    let mut running = JoinSet::new();
    for queue_name in [QueueName::Steps, QueueName::Tasks] {
        let (queues, sender) = (queues.clone(), sender.clone());
        running.spawn(async move {
            loop {
                for aws::ReceivedSqsMessage { delivery, receipt } in
                    queues.receive_messages(queue_name).await.expect("no fault")
                {
                    sender
                        .send(TimedReception { at: clock.now(), queue_name, delivery, receipt })
                        .ok();
                }
            }
        });
    }
    let timer = queues.clone();
    running.spawn(async move {
        loop {
            sleep(TIMER_EVERY).await;
            timer.move_due_messages(NEVER).await.expect("no fault");
        }
    });
    test(&AwsQueueHarness {
        clock,
        queues,
        receive_count: Mutex::new(receive_count),
        _running: running,
    })
    .await;
}
