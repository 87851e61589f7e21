//! Computes what takes long outside the asynchronous workers, on a limited number of threads.
//!
//! ```text
//! a step                        → at once, on the worker, for a few milliseconds
//! … that took longer than that  → again from its beginning, on a thread of ours, for two seconds
//! … and really was slow         → the next steps of its state begin on a thread of ours
//! reading a definition          → on a thread of ours
//! ```
//!
//! Most steps take less time than a change of threads does. A step is pure, so it may be computed
//! twice. Steps and definitions have turns of their own, so that neither waits for the other.
//!
//! Invariant: no worker computes for longer than [`FIRST_ATTEMPT`] and one operation that does not
//! look at the clock (`a_slow_step_keeps_nothing_else_waiting`).

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

use lru::LruCache;
use model::{RevisionId, StateName, limits::STEP_MILLISECONDS_MAX};
use orchestrator::{
    Fault,
    ports::{ComputePool, StepOrigin, StepTime},
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
    task::block_in_place,
};

/// How long a step is computed on a worker before it is given up and begun on a thread of ours.
const FIRST_ATTEMPT: Duration = Duration::from_millis(20);
/// How long a step may take.
const STEP_TIME: Duration = Duration::from_millis(STEP_MILLISECONDS_MAX);
/// From how long a step takes on its state counts as slow. One that was only interrupted does not.
const SLOW_FROM: Duration = Duration::from_millis(100);
/// How many slow states are remembered.
const SLOW_STATES_MAX: NonZeroUsize = NonZeroUsize::new(1_024).expect("1,024 is not zero");
/// The memory that a slow step may take while others go on, where memory is limited.
const SLOW_STEP_BYTES: u64 = 512 << 20;
/// How many definitions are read at once.
const DEFINITIONS_MAX: usize = 2;

/// Computes steps and reads definitions. Clones share the turns.
#[derive(Clone, Debug)]
pub struct ComputeThreads(Arc<SharedTurns>);

#[derive(Debug)]
struct SharedTurns {
    steps: Semaphore,
    definitions: Semaphore,
    slow: Mutex<LruCache<(RevisionId, StateName), ()>>,
    is_stopping: AtomicBool,
}

impl ComputeThreads {
    /// Creates as many turns for slow steps as there are processors: from two, so that one slow step
    /// does not hold up another, to eight, since each may take some hundred megabytes.
    pub fn new() -> Self {
        let processors = available_parallelism().map_or(2, NonZeroUsize::get);
        Self::with_turns(processors.clamp(2, 8))
    }

    /// Creates as many turns as fit in this much memory, at least one.
    pub fn within_memory(bytes: u64) -> Self {
        let processors = available_parallelism().map_or(2, NonZeroUsize::get);
        let fitting = usize::try_from(bytes / SLOW_STEP_BYTES).unwrap_or(usize::MAX);
        Self::with_turns(fitting.clamp(1, processors.clamp(2, 8)))
    }

    fn with_turns(turns: usize) -> Self {
        Self(Arc::new(SharedTurns {
            steps: Semaphore::new(turns),
            definitions: Semaphore::new(DEFINITIONS_MAX),
            slow: Mutex::new(LruCache::new(SLOW_STATES_MAX)),
            is_stopping: AtomicBool::new(false),
        }))
    }

    /// Returns whether [`Self::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.0.is_stopping.load(Ordering::Relaxed)
    }

    /// Gives up what is being computed and refuses what is not: a fault, so that nothing is recorded.
    pub fn stop(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
        self.0.steps.close();
        self.0.definitions.close();
    }

    /// Computes for at most this time. Returns none if that was too short.
    fn attempt<T>(&self, most: Duration, compute: impl FnOnce(&StepTime<'_>) -> T) -> (T, TimeUse) {
        let began = Instant::now();
        let remaining = || {
            let left = most.saturating_sub(began.elapsed());
            if self.is_stopping() { 0 } else { u64::try_from(left.as_millis()).unwrap_or(u64::MAX) }
        };
        let time = StepTime::new(&remaining);
        let result = compute(&time);
        (result, TimeUse { was_over: time.was_over(), spent: began.elapsed() })
    }

    fn is_slow(&self, origin: StepOrigin<'_>) -> bool {
        let mut slow = self.lock_slow();
        !slow.is_empty() && slow.get(&owned_origin(origin)).is_some()
    }

    fn lock_slow(&self) -> MutexGuard<'_, LruCache<(RevisionId, StateName), ()>> {
        self.0.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails once the process is about to end.
    fn check_running(&self) -> Result<(), Fault> {
        if self.is_stopping() { Err(Fault::Stopping) } else { Ok(()) }
    }
}

impl Default for ComputeThreads {
    fn default() -> Self {
        Self::new()
    }
}

/// How an attempt has used its time.
#[derive(Clone, Copy, Debug)]
struct TimeUse {
    /// Whether it was told that its time is over, so that its result says only that.
    was_over: bool,
    spent: Duration,
}

impl ComputePool for ComputeThreads {
    async fn compute_step<T: Send>(
        &self,
        origin: Option<StepOrigin<'_>>,
        mut compute: impl FnMut(&StepTime<'_>) -> T + Send,
    ) -> Result<T, Fault> {
        if !origin.is_some_and(|origin| self.is_slow(origin)) {
            let (result, used) = self.attempt(FIRST_ATTEMPT, &mut compute);
            if !used.was_over {
                return Ok(result);
            }
        }
        let _turn = self.0.steps.acquire().await.map_err(|_| Fault::Stopping)?;
        let (result, used) = outside_workers(|| self.attempt(STEP_TIME, &mut compute));
        self.check_running()?;
        if let Some(origin) = origin {
            if used.spent >= SLOW_FROM {
                self.lock_slow().put(owned_origin(origin), ());
            } else {
                self.lock_slow().pop(&owned_origin(origin));
            }
        }
        Ok(result)
    }

    async fn read_definition<T: Send>(&self, read: impl FnOnce() -> T + Send) -> Result<T, Fault> {
        let _turn = self.0.definitions.acquire().await.map_err(|_| Fault::Stopping)?;
        Ok(outside_workers(read))
    }
}

/// Turns the worker into a thread of ours while it computes: the runtime goes on with another one.
fn outside_workers<T>(compute: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(compute),
        // There is no other worker that could go on.
        _ => compute(),
    }
}

fn owned_origin(origin: StepOrigin<'_>) -> (RevisionId, StateName) {
    (origin.revision.clone(), origin.state.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use futures_util::future::join_all;
    use tokio::sync::oneshot;

    use super::*;

    /// Computes until there is no time left.
    fn take_all_time(time: &StepTime<'_>) {
        while time.remaining_milliseconds() > 0 {
            std::hint::spin_loop();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_slow_step_keeps_nothing_else_waiting() {
        let pool = ComputeThreads::new();
        let ended = Arc::new(AtomicU32::new(0));
        let slow_steps = [(); 2].map(|()| {
            let (slow, ended) = (pool.clone(), Arc::clone(&ended));
            tokio::spawn(async move {
                drop(slow.compute_step(None, take_all_time).await);
                ended.fetch_add(1, Ordering::Relaxed);
            })
        });
        // The first attempts end on the only worker; then both are computed elsewhere.
        let quick = pool.clone();
        let answered = tokio::spawn(async move { quick.compute_step(None, |_| 7).await });
        assert_eq!(answered.await.expect("it does not panic").expect("the pool runs"), 7);
        assert_eq!(ended.load(Ordering::Relaxed), 0, "the answer came while the slow steps ran");
        pool.stop();
        join_all(slow_steps).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_definition_that_takes_long_to_read_keeps_nothing_else_waiting() {
        let pool = ComputeThreads::new();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let reader = pool.clone();
        let reading =
            tokio::spawn(async move { reader.read_definition(move || released.recv()).await });
        let quick = pool.clone();
        let answered = tokio::spawn(async move { quick.compute_step(None, |_| 7).await });
        assert_eq!(answered.await.expect("it does not panic").expect("the pool runs"), 7);
        release.send(()).expect("it is still being read");
        assert!(reading.await.expect("it does not panic").is_ok());
    }

    #[tokio::test]
    async fn a_step_that_was_too_slow_on_a_worker_is_computed_again() {
        let pool = ComputeThreads::new();
        let attempts = AtomicU32::new(0);
        let result = pool.compute_step(None, |time| {
            if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                take_all_time(time);
            }
            attempts.load(Ordering::Relaxed)
        });
        assert_eq!(result.await.expect("the pool runs"), 2);
    }

    #[tokio::test]
    async fn a_state_whose_step_was_slow_begins_outside_the_workers() {
        let pool = ComputeThreads::new();
        let (revision, state) = (RevisionId::new("r"), StateName::new("S"));
        let origin = StepOrigin { revision: &revision, state: &state };
        pool.compute_step(Some(origin), take_all_time).await.expect("the pool runs");
        let time_at_first = |time: &StepTime<'_>| time.remaining_milliseconds();
        let given = pool.compute_step(Some(origin), time_at_first).await.expect("the pool runs");
        let first_attempt = u64::try_from(FIRST_ATTEMPT.as_millis()).expect("small");
        assert!(given > first_attempt, "{given}");
        // That one was quick.
        let given = pool.compute_step(Some(origin), time_at_first).await.expect("the pool runs");
        assert!(given <= first_attempt, "{given}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_pool_that_stops_gives_up_what_it_computes_and_answers_nothing() {
        let pool = ComputeThreads::new();
        let (began, has_begun) = oneshot::channel();
        let (slow, mut began) = (pool.clone(), Some(began));
        let step = tokio::spawn(async move {
            let compute = |time: &StepTime<'_>| {
                if time.remaining_milliseconds() > 100 {
                    began.take().and_then(|began| began.send(()).ok());
                }
                take_all_time(time);
            };
            slow.compute_step(None, compute).await
        });
        has_begun.await.expect("the step is computed");
        let stopped = Instant::now();
        pool.stop();
        assert!(step.await.expect("it does not panic").is_err());
        assert!(stopped.elapsed() < STEP_TIME / 2, "{:?}", stopped.elapsed());
        assert!(pool.compute_step(None, take_all_time).await.is_err());
        assert!(pool.read_definition(|| ()).await.is_err());
    }
}
