//! The process pool of one function.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::Semaphore, time::Instant};

use super::{
    code_version::CodeVersion,
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

/// Says why an invocation was not served.
pub(super) enum ServeError {
    Start(ProcessStartError),
    Closed,
}

impl ProcessPool {
    pub(super) fn new(function: HostedFunction) -> Self {
        let permits = Semaphore::new(PROCESSES_PER_FUNCTION_MAX);
        Self { function, permits, idle: Mutex::default() }
    }

    /// Serves one invocation with an idle process that runs the present code, or a fresh one. Waits
    /// while all are busy.
    ///
    /// This future owns the process while it works, so dropping the future kills the process.
    pub(super) async fn serve_invocation(
        &self,
        invocation: PendingInvocation,
        context: &HostContext,
    ) -> Result<ServeOutcome, ServeError> {
        let _permit = self.permits.acquire().await.map_err(|_| ServeError::Closed)?;
        let code = CodeVersion::read(&self.function).await;
        while let Some(mut process) = self.check_out_process() {
            if !process.runs_code(code) {
                continue;
            }
            match process.serve_invocation(invocation.clone()).await {
                // The idle process ended before it took the invocation, so another can serve it.
                ServeOutcome::ExitedBeforeInvocation(_) => {}
                served => return self.check_in_process(process, served),
            }
        }
        let mut process = FunctionProcess::start_process(&self.function, context)
            .await
            .map_err(ServeError::Start)?;
        // If the pool was closed meanwhile, `kill_all` may have missed this process: drop it.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match process.serve_invocation(invocation).await {
            ServeOutcome::ExitedBeforeInvocation(status) => {
                self.check_in_process(process, ServeOutcome::Exited(status))
            }
            served => self.check_in_process(process, served),
        }
    }

    /// Refuses further invocations and returns all idle processes.
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
        // Checked first: a shutdown kills every process, which must not look like an exit error.
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
