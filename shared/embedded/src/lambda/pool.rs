//! The processes of one function.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Semaphore, time::Instant};

use super::{
    function::HostedFunction,
    limits::{IDLE_MAX, PROCESSES_PER_FUNCTION_MAX},
    process::{Ground, Process, Served, StartError},
    runtime_api::Offer,
};

/// The processes of one function: at most [`PROCESSES_PER_FUNCTION_MAX`], started when needed.
pub(super) struct Pool {
    pub(super) function: HostedFunction,
    permits: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    process: Process,
    since: Instant,
}

/// Tells why an offer was not served.
pub(super) enum ServeError {
    Start(StartError),
    Closed,
}

impl Pool {
    pub(super) fn new(function: HostedFunction) -> Self {
        let permits = Semaphore::new(PROCESSES_PER_FUNCTION_MAX);
        Self { function, permits, idle: Mutex::default() }
    }

    /// Serves one offer with an idle process or a fresh one, waiting while all are busy.
    ///
    /// The process is held by this future while it works: dropping the future kills it.
    pub(super) async fn serve(&self, offer: Offer, ground: &Ground) -> Result<Served, ServeError> {
        let _permit = self.permits.acquire().await.map_err(|_| ServeError::Closed)?;
        while let Some(mut process) = self.check_out() {
            match process.serve(offer.clone()).await {
                // It died of age, not of this offer: the offer is as good as ever.
                Served::Untaken(_) => {}
                served => return self.check_in(process, served),
            }
        }
        let mut process =
            Process::start(&self.function, ground).await.map_err(ServeError::Start)?;
        // One registered after the host killed all must not live either.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match process.serve(offer).await {
            Served::Untaken(status) => self.check_in(process, Served::Exited(status)),
            served => self.check_in(process, served),
        }
    }

    /// Refuses further offers and takes all idle processes out.
    pub(super) fn close(&self) -> Vec<Process> {
        self.permits.close();
        mem::take(&mut *self.idle()).into_iter().map(|idle| idle.process).collect()
    }

    fn check_out(&self) -> Option<Process> {
        let mut idle = self.idle();
        while let Some(Idle { mut process, .. }) = idle.pop() {
            if process.is_alive() {
                return Some(process);
            }
        }
        None
    }

    fn check_in(&self, process: Process, served: Served) -> Result<Served, ServeError> {
        // Checked first: closing kills every process, and that must not look like its own end.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match served {
            Served::Answered(_) | Served::TooLarge | Served::Failed(_) => {
                let since = Instant::now();
                let mut idle = self.idle();
                idle.retain(|other| since.duration_since(other.since) < IDLE_MAX);
                idle.push(Idle { process, since });
            }
            Served::InitFailed(_) | Served::Exited(_) | Served::Untaken(_) | Served::TimedOut => {
                drop(process);
            }
        }
        Ok(served)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
