//! The processes of one function.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Semaphore, time::Instant};

use super::{
    function::HostedFunction,
    limits::{IDLE_MAX, PROCESSES_PER_FUNCTION_MAX},
    process::{FunctionProcess, HostContext, ProcessStartError, ServeOutcome},
    runtime_api::PendingInvocation,
};

/// The processes of one function: at most [`PROCESSES_PER_FUNCTION_MAX`], started when needed.
pub(super) struct ProcessPool {
    pub(super) function: HostedFunction,
    permits: Semaphore,
    idle: Mutex<Vec<IdleProcess>>,
}

struct IdleProcess {
    process: FunctionProcess,
    since: Instant,
}

/// Tells why an offer was not served.
pub(super) enum ServeError {
    Start(ProcessStartError),
    Closed,
}

impl ProcessPool {
    pub(super) fn new(function: HostedFunction) -> Self {
        let permits = Semaphore::new(PROCESSES_PER_FUNCTION_MAX);
        Self { function, permits, idle: Mutex::default() }
    }

    /// Serves one offer with an idle process or a fresh one, waiting while all are busy.
    ///
    /// The process is held by this future while it works: dropping the future kills it.
    pub(super) async fn serve_invocation(
        &self,
        offer: PendingInvocation,
        ground: &HostContext,
    ) -> Result<ServeOutcome, ServeError> {
        let _permit = self.permits.acquire().await.map_err(|_| ServeError::Closed)?;
        while let Some(mut process) = self.check_out_process() {
            match process.serve_invocation(offer.clone()).await {
                // It died of age, not of this offer: the offer is as good as ever.
                ServeOutcome::ExitedBeforeInvocation(_) => {}
                served => return self.check_in_process(process, served),
            }
        }
        let mut process = FunctionProcess::start_process(&self.function, ground)
            .await
            .map_err(ServeError::Start)?;
        // One registered after the host killed all must not live either.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match process.serve_invocation(offer).await {
            ServeOutcome::ExitedBeforeInvocation(status) => {
                self.check_in_process(process, ServeOutcome::Exited(status))
            }
            served => self.check_in_process(process, served),
        }
    }

    /// Refuses further offers and takes all idle processes out.
    pub(super) fn close(&self) -> Vec<FunctionProcess> {
        self.permits.close();
        mem::take(&mut *self.lock_idle()).into_iter().map(|idle| idle.process).collect()
    }

    fn check_out_process(&self) -> Option<FunctionProcess> {
        let mut idle = self.lock_idle();
        while let Some(IdleProcess { mut process, .. }) = idle.pop() {
            if process.is_alive() {
                return Some(process);
            }
        }
        None
    }

    fn check_in_process(
        &self,
        process: FunctionProcess,
        served: ServeOutcome,
    ) -> Result<ServeOutcome, ServeError> {
        // Checked first: closing kills every process, and that must not look like its own end.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match served {
            ServeOutcome::Answered(_) | ServeOutcome::TooLarge | ServeOutcome::Failed(_) => {
                let since = Instant::now();
                let mut idle = self.lock_idle();
                idle.retain(|other| since.duration_since(other.since) < IDLE_MAX);
                idle.push(IdleProcess { process, since });
            }
            ServeOutcome::InitFailed(_)
            | ServeOutcome::Exited(_)
            | ServeOutcome::ExitedBeforeInvocation(_)
            | ServeOutcome::TimedOut => {
                drop(process);
            }
        }
        Ok(served)
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<IdleProcess>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
