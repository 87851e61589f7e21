//! Polls the futures of workers, one at a time, in an order that depends only on the seed. Time
//! passes only when no worker can run, or when a fault freezes all of them.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use model::QueueMessage;
use orchestrator::{
    Disposition, EngineContext, Fault, fault_backoff_milliseconds, handle_message,
    handle_step_message,
    ports::{MessageDelivery, QueueName},
};

use crate::{
    ablations::{self, Ablation},
    faults::OutageKind,
    jobs::{ClientCall, make_client_call},
    ports::{SimulatedPorts, port_fault},
    world::{
        QueuedMessage, SharedWorld, SimulatedWorld, StartClient, VISIBILITY, WorkerId, WorkerWait,
        parse_persisted,
    },
};

/// The number of workers that may run at once.
const WORKERS_MAX: usize = 12;
/// Milliseconds after which a client retries an API call.
const CLIENT_RETRY_MILLISECONDS: i64 = 5_000;
/// The longest freeze of all workers, in milliseconds: longer than a lease.
const FREEZE_MAX: u32 = 90_000;

type WorkerFuture = Pin<Box<dyn Future<Output = Result<Disposition, Fault>> + Send>>;

/// What a worker does.
#[derive(Debug)]
enum WorkerTask {
    Delivery(QueuedMessage),
    Job(ClientCall),
}

struct SimulatedWorker {
    id: WorkerId,
    task: WorkerTask,
    work: WorkerFuture,
    wait: WorkerWait,
}

/// A run in progress.
pub(crate) struct Scheduler {
    world: SharedWorld,
    make_contexts: Box<dyn Fn() -> [EngineContext; 2]>,
    /// The contexts of the two versions that run side by side.
    context: [Arc<EngineContext>; 2],
    workers: Vec<SimulatedWorker>,
    workers_made: WorkerId,
}

impl Scheduler {
    pub(crate) fn new(
        world: SharedWorld,
        make_contexts: Box<dyn Fn() -> [EngineContext; 2]>,
    ) -> Self {
        let context = make_contexts().map(Arc::new);
        Self { world, make_contexts, context, workers: Vec::new(), workers_made: 0 }
    }

    fn lock_world(&self) -> MutexGuard<'_, SimulatedWorld> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until nothing is left to do, or a check fails. A run of more steps is endless.
    pub(crate) fn run_to_end(&mut self, steps_max: u32) {
        for _ in 0..steps_max {
            if !self.lock_world().violations.is_empty() {
                return;
            }
            self.maybe_freeze();
            let runnable = self.runnable_workers();
            let can_start = self.workers.len() < WORKERS_MAX && self.has_due();
            let starts =
                can_start && (runnable.is_empty() || self.lock_world().random.draw_per_mille(400));
            if starts {
                self.start_worker();
            } else if !runnable.is_empty() {
                let at = self.lock_world().random.pick_index(runnable.len());
                self.poll_worker(runnable[at]);
            } else if !self.let_time_pass() {
                return;
            }
        }
        self.lock_world().report_violation("messages never die out".to_owned());
    }

    /// The positions of the workers that can be polled.
    fn runnable_workers(&self) -> Vec<usize> {
        let now = self.lock_world().now;
        let can_run = |parking: WorkerWait| {
            parking.runnable || parking.until.is_some_and(|until| until <= now)
        };
        (0..self.workers.len()).filter(|at| can_run(self.workers[*at].wait)).collect()
    }

    fn has_due(&self) -> bool {
        let world = self.lock_world();
        let due = |at: i64| at <= world.now;
        world.jobs.iter().any(|(at, _)| due(*at))
            || world.queue.iter().any(|entry| due(entry.visible_at))
    }

    /// Advances time to whatever is due next; false if there is nothing.
    fn let_time_pass(&self) -> bool {
        let mut world = self.lock_world();
        let waiting = self.workers.iter().filter_map(|worker| worker.wait.until);
        // What is due already waits for a free worker.
        let now = world.now;
        let jobs = world.jobs.iter().map(|(at, _)| *at);
        let hidden = world.queue.iter().map(|entry| entry.visible_at);
        let due = jobs.chain(hidden).filter(|at| *at > now);
        let Some(next) = waiting.chain(due).min() else { return false };
        world.now = world.now.max(next);
        true
    }

    /// Sometimes lets time jump while workers are busy.
    fn maybe_freeze(&self) {
        let mut world = self.lock_world();
        let is_drawn =
            !self.workers.is_empty() && world.draw_fault("all freeze", |storm| storm.freezes);
        if is_drawn && !world.handling.keys().any(|worker| world.would_bury(*worker)) {
            let length = world.random.draw_milliseconds(FREEZE_MAX);
            let others = self.workers.len() - 1;
            world.count_faults("all freeze", u64::try_from(others).expect("workers are few"));
            world.now += length;
            world.froze = true;
            world.trace_line(&format!("all freeze for {length} ms"));
        }
    }

    fn start_worker(&mut self) {
        let Some(task) = self.due_task() else { return };
        self.workers_made += 1;
        let id = self.workers_made;
        let queue_name = match &task {
            WorkerTask::Delivery(entry) => entry.queue_name,
            WorkerTask::Job(_) => QueueName::Steps,
        };
        let skew = {
            let mut world = self.lock_world();
            world.trace_line(&format!("worker {id} takes {task:?}"));
            let SimulatedWorld { plan, random, .. } = &mut *world;
            plan.draw_clock_skew(random)
        };
        let ports = SimulatedPorts { world: Arc::clone(&self.world), worker: id, queue_name, skew };
        let work = self.start_work(ports, &task);
        let parking = WorkerWait { runnable: true, until: None };
        self.workers.push(SimulatedWorker { id, task, work, wait: parking });
    }

    fn due_task(&self) -> Option<WorkerTask> {
        let mut world = self.lock_world();
        let now = world.now;
        match world.jobs.iter().position(|(at, _)| *at <= now) {
            Some(job) => Some(WorkerTask::Job(world.jobs.swap_remove(job).1)),
            None => world.receive_message().map(WorkerTask::Delivery),
        }
    }

    fn start_work(&self, ports: SimulatedPorts, task: &WorkerTask) -> WorkerFuture {
        let version = self.lock_world().random.pick_index(self.context.len());
        let context = Arc::clone(&self.context[version]);
        match task {
            WorkerTask::Delivery(_) if ports.is_out(OutageKind::Delivery) => {
                Box::pin(async { Err(port_fault("no delivery works")) })
            }
            WorkerTask::Delivery(entry) => {
                let message: QueueMessage = parse_persisted(&entry.message);
                self.lock_world().handling.insert(ports.worker, message.identity());
                let never_again = self.lock_world().ablation == Some(Ablation::IgnoreRedelivery);
                let receive_count = if never_again { 1 } else { entry.receive_count };
                let message = ablations::ablate_message(&self.lock_world(), message);
                let delivery = MessageDelivery { message, receive_count };
                Box::pin(async move {
                    match ports.queue_name {
                        QueueName::Steps => handle_step_message(&ports, &context, &delivery).await,
                        QueueName::Tasks => handle_message(&ports, &context, &delivery).await,
                    }
                })
            }
            WorkerTask::Job(job) => {
                let job = job.clone();
                Box::pin(async move { make_client_call(&ports, &context, job).await })
            }
        }
    }

    fn poll_worker(&mut self, at: usize) {
        self.lock_world().current_wait = WorkerWait::default();
        let worker = &mut self.workers[at];
        let polled = worker.work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let id = worker.id;
        let (parking, is_dead) = {
            let world = self.lock_world();
            (world.current_wait, world.dead.contains(&id))
        };
        match polled {
            Poll::Ready(result) => {
                let worker = self.workers.swap_remove(at);
                self.settle_worker(id, worker.task, Some(result));
            }
            Poll::Pending if is_dead => {
                let worker = self.workers.swap_remove(at);
                self.context = (self.make_contexts)().map(Arc::new);
                self.settle_worker(id, worker.task, None);
            }
            Poll::Pending => self.workers[at].wait = parking,
        }
    }

    /// Settles the message or the API call of a worker that has finished or died.
    fn settle_worker(
        &self,
        id: WorkerId,
        task: WorkerTask,
        result: Option<Result<Disposition, Fault>>,
    ) {
        let mut world = self.lock_world();
        world.trace_line(&format!("worker {id} ends: {result:?}"));
        if result.is_some() {
            ablations::flush_writes(&mut world, id);
        } else {
            world.unflushed.remove(&id);
            world.delayed_writes.remove(&id);
        }
        for made in world.calls.iter_mut().filter(|made| made.worker == id) {
            made.runs = false;
        }
        if let Some(Err(Fault::Broken { reason, .. })) = &result {
            world.report_violation(format!("a broken log: {reason}"));
        }
        let ablation = world.ablation;
        let result = match (&task, result) {
            (WorkerTask::Delivery(entry), Some(Ok(disposition))) => {
                let message = parse_persisted(&entry.message);
                Some(Ok(ablations::ablate_disposition(ablation, &message, disposition)))
            }
            (WorkerTask::Delivery(_) | WorkerTask::Job(_), result) => result,
        };
        match (task, result) {
            (WorkerTask::Job(ClientCall::StartExecution { .. }), Some(Err(_)) | None)
                if world.start_client == StartClient::GivesUp =>
            {
                world.start_client = StartClient::HasGivenUp;
            }
            (WorkerTask::Job(job), Some(Err(_)) | None) => {
                let again = world.now + CLIENT_RETRY_MILLISECONDS;
                world.jobs.push((again, job));
            }
            (WorkerTask::Delivery(entry), Some(Ok(Disposition::Acknowledge))) => {
                world.acknowledge_message(&entry);
            }
            (WorkerTask::Delivery(entry), Some(Ok(Disposition::RedeliverAt(at)))) => {
                world.hide_until(&entry, at.as_milliseconds());
            }
            (WorkerTask::Delivery(entry), Some(Ok(Disposition::Redeliver)))
                if ablation == Some(Ablation::AcknowledgeLostRace) =>
            {
                world.acknowledge_message(&entry);
            }
            (WorkerTask::Delivery(entry), Some(Err(_)))
                if ablation == Some(Ablation::AcknowledgeFaults) =>
            {
                world.acknowledge_message(&entry);
            }
            (WorkerTask::Delivery(entry), Some(Err(_))) => {
                let hidden = fault_backoff_milliseconds(VISIBILITY, entry.receive_count);
                let at = world.now + hidden;
                world.hide_until(&entry, at);
                if ablation == Some(Ablation::CountFaults) {
                    world.count_again(id);
                }
            }
            (WorkerTask::Job(_), Some(Ok(_)))
            | (
                WorkerTask::Delivery(_),
                Some(Ok(Disposition::Redeliver | Disposition::AwaitSlot)) | None,
            ) => {}
        }
        world.handling.remove(&id);
        world.counted.remove(&id);
    }
}
