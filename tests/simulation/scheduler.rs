//! Polls workers by hand, one at a time, in an order that the seed decides; lets time pass only
//! when nobody can run, or when a storm freezes everybody.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use orchestrator::{
    Fault, Tools, Verdict, handle,
    ports::{Delivery, Lane},
};

use crate::{
    ablations::{self, Ablation},
    jobs::{Job, run_job},
    ports::Ports,
    world::{Entry, Parking, Shared, WorkerId, World, read},
};

/// Polls after which a run counts as endless.
const STEPS_MAX: u32 = 400_000;
/// Deliveries that run at once.
const WORKERS_MAX: usize = 12;
/// Milliseconds after which a client tries an API call again.
const CLIENT_PATIENCE: i64 = 5_000;
/// Milliseconds by which a freeze stops all workers, at most: longer than a lease.
const FREEZE_MAX: u32 = 90_000;

type Work = Pin<Box<dyn Future<Output = Result<Verdict, Fault>> + Send>>;

/// What a worker works on.
#[derive(Debug)]
enum Task {
    Delivery(Entry),
    Job(Job),
}

struct Worker {
    id: WorkerId,
    task: Task,
    work: Work,
    parking: Parking,
}

/// A run in progress.
pub(crate) struct Scheduler {
    world: Shared,
    make_tools: Box<dyn Fn() -> [Tools; 2]>,
    /// Of two versions that run side by side.
    tools: [Arc<Tools>; 2],
    workers: Vec<Worker>,
    workers_made: WorkerId,
}

impl Scheduler {
    pub(crate) fn new(world: Shared, make_tools: Box<dyn Fn() -> [Tools; 2]>) -> Self {
        let tools = make_tools().map(Arc::new);
        Self { world, make_tools, tools, workers: Vec::new(), workers_made: 0 }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until nothing is left to do, or something is wrong.
    pub(crate) fn run(&mut self) {
        for _ in 0..STEPS_MAX {
            if !self.world().violations.is_empty() {
                return;
            }
            self.maybe_freeze();
            let runnable = self.runnable();
            let can_start = self.workers.len() < WORKERS_MAX && self.has_due();
            let starts = can_start && (runnable.is_empty() || self.world().random.chance(400));
            if starts {
                self.start_worker();
            } else if !runnable.is_empty() {
                let at = self.world().random.pick(runnable.len());
                self.poll(runnable[at]);
            } else if !self.let_time_pass() {
                return;
            }
        }
        self.world().violate("messages never die out".to_owned());
    }

    /// Workers that can go on.
    fn runnable(&self) -> Vec<usize> {
        let now = self.world().now;
        let can_run =
            |parking: Parking| parking.runnable || parking.until.is_some_and(|until| until <= now);
        (0..self.workers.len()).filter(|at| can_run(self.workers[*at].parking)).collect()
    }

    fn has_due(&self) -> bool {
        let world = self.world();
        let due = |at: i64| at <= world.now;
        world.jobs.iter().any(|(at, _)| due(*at))
            || world.queue.iter().any(|entry| due(entry.visible_at))
    }

    /// To the next thing that has a time; false if there is none.
    fn let_time_pass(&self) -> bool {
        let mut world = self.world();
        let waiting = self.workers.iter().filter_map(|worker| worker.parking.until);
        // What is due now waits for a worker to be free.
        let now = world.now;
        let jobs = world.jobs.iter().map(|(at, _)| *at);
        let hidden = world.queue.iter().map(|entry| entry.visible_at);
        let due = jobs.chain(hidden).filter(|at| *at > now);
        let Some(next) = waiting.chain(due).min() else { return false };
        world.now = world.now.max(next);
        true
    }

    /// Time jumps under the feet of workers that are in the middle of things.
    fn maybe_freeze(&self) {
        let mut world = self.world();
        if !self.workers.is_empty() && world.strikes("all freeze", |storm| storm.freezes) {
            let length = world.random.milliseconds(FREEZE_MAX);
            let others = self.workers.len() - 1;
            world.count("all freeze", u64::try_from(others).expect("workers are few"));
            world.now += length;
            world.froze = true;
            world.note(&format!("all freeze for {length} ms"));
        }
    }

    fn start_worker(&mut self) {
        let Some(task) = self.due_task() else { return };
        self.workers_made += 1;
        let id = self.workers_made;
        let lane = match &task {
            Task::Delivery(entry) => entry.lane,
            Task::Job(_) => Lane::Steps,
        };
        let skew = {
            let mut world = self.world();
            world.note(&format!("worker {id} takes {task:?}"));
            let World { plan, random, .. } = &mut *world;
            plan.skew(random)
        };
        let ports = Ports { world: Arc::clone(&self.world), worker: id, lane, skew };
        let work = self.work(ports, &task);
        let parking = Parking { runnable: true, until: None };
        self.workers.push(Worker { id, task, work, parking });
    }

    fn due_task(&self) -> Option<Task> {
        let mut world = self.world();
        let now = world.now;
        match world.jobs.iter().position(|(at, _)| *at <= now) {
            Some(job) => Some(Task::Job(world.jobs.swap_remove(job).1)),
            None => world.receive().map(Task::Delivery),
        }
    }

    fn work(&self, ports: Ports, task: &Task) -> Work {
        let version = self.world().random.pick(self.tools.len());
        let tools = Arc::clone(&self.tools[version]);
        match task {
            Task::Delivery(entry) => {
                let never_again = self.world().ablation == Some(Ablation::NeverLookAgain);
                let received = if never_again { 1 } else { entry.received };
                let delivery = Delivery { message: read(&entry.message), received };
                Box::pin(async move { handle(&ports, &tools, &delivery).await })
            }
            Task::Job(job) => {
                let job = job.clone();
                Box::pin(async move { run_job(&ports, &tools, job).await })
            }
        }
    }

    fn poll(&mut self, at: usize) {
        self.world().parking = Parking::default();
        let worker = &mut self.workers[at];
        let polled = worker.work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let id = worker.id;
        let (parking, is_dead) = {
            let world = self.world();
            (world.parking, world.dead.contains(&id))
        };
        match polled {
            Poll::Ready(result) => {
                let worker = self.workers.swap_remove(at);
                self.settle(id, worker.task, Some(result));
            }
            Poll::Pending if is_dead => {
                let worker = self.workers.swap_remove(at);
                self.tools = (self.make_tools)().map(Arc::new);
                self.settle(id, worker.task, None);
            }
            Poll::Pending => self.workers[at].parking = parking,
        }
    }

    /// What becomes of a message, or of an API call, when its worker is done or dead.
    fn settle(&self, id: WorkerId, task: Task, result: Option<Result<Verdict, Fault>>) {
        let mut world = self.world();
        world.note(&format!("worker {id} ends: {result:?}"));
        match &result {
            Some(_) => ablations::flush(&mut world, id),
            None => drop(world.unflushed.remove(&id)),
        }
        for made in world.calls.iter_mut().filter(|made| made.worker == id) {
            made.runs = false;
        }
        if let Some(Err(Fault::Broken { reason, .. })) = &result {
            world.violate(format!("a broken log: {reason}"));
        }
        let ablation = world.ablation;
        match (task, result) {
            (Task::Job(job), Some(Err(_)) | None) => {
                let again = world.now + CLIENT_PATIENCE;
                world.jobs.push((again, job));
            }
            (Task::Delivery(entry), Some(Ok(Verdict::Done))) => world.acknowledge(&entry),
            (Task::Delivery(entry), Some(Ok(Verdict::LaterAt(at)))) => {
                world.hide_until(&entry, at.milliseconds());
            }
            (Task::Delivery(entry), Some(Ok(Verdict::Later)))
                if ablation == Some(Ablation::AcknowledgeLostRace) =>
            {
                world.acknowledge(&entry);
            }
            (Task::Delivery(entry), Some(Err(_)))
                if ablation == Some(Ablation::AcknowledgeFaults) =>
            {
                world.acknowledge(&entry);
            }
            (Task::Job(_), Some(Ok(_)))
            | (Task::Delivery(_), Some(Ok(Verdict::Later) | Err(_)) | None) => {}
        }
    }
}
