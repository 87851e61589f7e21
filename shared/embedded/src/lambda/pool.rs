//! The process pool of one function.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use super::{
    code_version::CodeVersion,
    function::HostedFunction,
    idle_processes::IdleProcesses,
    limits::INIT_MAX,
    process::{FunctionProcess, HostContext, ProcessStartError, ServeOutcome},
    runtime_api::PendingInvocation,
};

/// The processes of one function: at most as many as its concurrency, started when needed.
pub(super) struct ProcessPool {
    pub(super) function: HostedFunction,
    pub(super) concurrency: usize,
    permits: Semaphore,
}

/// After this time, look again whether a process has become idle, or files have been closed.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Says why an invocation was not served.
pub(super) enum ServeError {
    Start(ProcessStartError),
    Closed,
}

impl ProcessPool {
    pub(super) fn new(function: HostedFunction, concurrency_default: NonZeroUsize) -> Self {
        let concurrency = function.reserved_concurrency.unwrap_or(concurrency_default).get();
        Self { function, concurrency, permits: Semaphore::new(concurrency) }
    }

    /// Serves one invocation with an idle process that runs the present code, or a fresh one. Waits
    /// while all are busy.
    ///
    /// This future owns the process while it works, so dropping the future kills the process.
    pub(super) async fn serve_invocation(
        &self,
        invocation: PendingInvocation,
        context: &HostContext,
        idle: &IdleProcesses,
    ) -> Result<ServeOutcome, ServeError> {
        let _permit = self.permits.acquire().await.map_err(|_| ServeError::Closed)?;
        let code = CodeVersion::read(&self.function).await;
        while let Some(mut process) = idle.check_out(&self.function.name) {
            if !process.is_alive() || !process.runs_code(code) {
                continue;
            }
            match process.serve_invocation(invocation.clone()).await {
                // The idle process ended before it took the invocation, so another can serve it.
                ServeOutcome::ExitedBeforeInvocation(_) => {}
                served => return self.check_in_process(process, served, idle),
            }
        }
        let mut process = self.start_process(context, idle).await?;
        // If the pool was closed meanwhile, `kill_all` may have missed this process: drop it.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match process.serve_invocation(invocation).await {
            ServeOutcome::ExitedBeforeInvocation(status) => {
                self.check_in_process(process, ServeOutcome::Exited(status), idle)
            }
            served => self.check_in_process(process, served, idle),
        }
    }

    /// Refuses further invocations.
    pub(super) fn close(&self) {
        self.permits.close();
    }

    /// Starts a process. Where files or processes are used up, ends one that is idle, and tries for
    /// as long as a process may take to start: what this machine lacks for a moment is no failure of
    /// the function.
    async fn start_process(
        &self,
        context: &HostContext,
        idle: &IdleProcesses,
    ) -> Result<FunctionProcess, ServeError> {
        let begun = Instant::now();
        loop {
            let slot = self.take_slot(context, idle).await?;
            match FunctionProcess::start_process(&self.function, context, slot).await {
                Err(error) if error.is_shortage() && begun.elapsed() < INIT_MAX => {
                    if !idle.end_longest_idle() {
                        sleep(LOOK_AGAIN).await;
                    }
                }
                started => return started.map_err(ServeError::Start),
            }
        }
    }

    /// Takes the slot of a new process. If none is free, ends the process that has been idle the
    /// longest, whatever its function, or waits until one is.
    async fn take_slot(
        &self,
        context: &HostContext,
        idle: &IdleProcesses,
    ) -> Result<OwnedSemaphorePermit, ServeError> {
        while !self.permits.is_closed() {
            if let Ok(slot) = Arc::clone(&context.process_slots).try_acquire_owned() {
                return Ok(slot);
            }
            idle.end_longest_idle();
            let freed = timeout(LOOK_AGAIN, Arc::clone(&context.process_slots).acquire_owned());
            if let Ok(Ok(slot)) = freed.await {
                return Ok(slot);
            }
        }
        Err(ServeError::Closed)
    }

    fn check_in_process(
        &self,
        process: FunctionProcess,
        served: ServeOutcome,
        idle: &IdleProcesses,
    ) -> Result<ServeOutcome, ServeError> {
        // Checked first: a shutdown kills every process, which must not look like an exit error.
        if self.permits.is_closed() {
            return Err(ServeError::Closed);
        }
        match served {
            ServeOutcome::Answered(_) | ServeOutcome::TooLarge | ServeOutcome::Failed(_) => {
                idle.check_in(&self.function.name, process);
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
}
