//! A process that serves one function, from its start to its end.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::io::Errno;
use tokio::{
    io::AsyncRead,
    process::{Child, Command},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{
    bootstraps::BootstrapFolder,
    code_version::CodeVersion,
    environment::{self, ProcessEnvironment},
    function::{FunctionRuntime, HostedFunction},
    limits::INIT_MAX,
    output::{OutputSink, OutputStream},
    process_group::{ProcessGroup, ProcessGroups},
    runtime_api::{PendingInvocation, RuntimeApi, RuntimeEvent},
};

/// What all processes of a host share.
pub(super) struct HostContext {
    pub(super) region: String,
    /// The variables of the host that functions get.
    pub(super) passed_environment: BTreeMap<String, OsString>,
    pub(super) output: OutputSink,
    /// Each stream of a process has a receiver while it is read.
    pub(super) open_streams: watch::Sender<()>,
    pub(super) groups: ProcessGroups,
    /// One for each process of any function.
    pub(super) process_slots: Arc<Semaphore>,
}

/// Says why a process did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProcessStartError {
    #[error("its folder {0} is missing")]
    Folder(PathBuf),
    #[error("cannot open a port for its runtime api")]
    Listen(#[source] io::Error),
    #[error("cannot write the lambda bootstraps")]
    Bootstraps(#[source] io::Error),
    #[error("cannot run `sh`")]
    Guard(#[source] io::Error),
    #[error("cannot run `{program}`")]
    Spawn {
        program: String,
        #[source]
        source: io::Error,
    },
}

impl ProcessStartError {
    /// Whether this machine has run out of files, processes or memory, which may pass.
    pub(super) fn is_shortage(&self) -> bool {
        let (Self::Listen(error)
        | Self::Bootstraps(error)
        | Self::Guard(error)
        | Self::Spawn { source: error, .. }) = self
        else {
            return false;
        };
        let number = error.raw_os_error().map(Errno::from_raw_os_error);
        matches!(number, Some(Errno::MFILE | Errno::NFILE | Errno::AGAIN | Errno::NOMEM))
    }
}

/// The result of an invocation in a process.
#[derive(Debug)]
pub(super) enum ServeOutcome {
    /// The handler returned this payload. The process can serve again.
    Answered(String),
    /// The response exceeds the size limit. The process can serve again.
    TooLarge,
    /// The runtime reported this error payload. The process can serve again.
    Failed(String),
    /// The runtime reported this error payload while it initialised.
    InitFailed(String),
    /// The process ended after it took the invocation.
    Exited(ExitStatus),
    /// The process ended before it took the invocation.
    ExitedBeforeInvocation(ExitStatus),
    /// The invocation exceeded its timeout.
    TimedOut,
}

/// A running process and its endpoint. Dropping it kills the whole process group.
pub(super) struct FunctionProcess {
    // Fields drop in this order: the group is killed before its endpoint closes.
    group: ProcessGroup,
    child: Child,
    /// The code when it was started.
    code: CodeVersion,
    api: RuntimeApi,
    _bootstraps: BootstrapFolder,
    _slot: OwnedSemaphorePermit,
}

impl FunctionProcess {
    pub(super) async fn start_process(
        function: &HostedFunction,
        context: &HostContext,
        slot: OwnedSemaphorePermit,
    ) -> Result<Self, ProcessStartError> {
        let task_root = std::path::absolute(&function.directory)
            .map_err(|_| ProcessStartError::Folder(function.directory.clone()))?;
        if !task_root.is_dir() {
            return Err(ProcessStartError::Folder(task_root));
        }
        let code = CodeVersion::read(function).await;
        let api = RuntimeApi::listen_on_loopback().await.map_err(ProcessStartError::Listen)?;
        let bootstraps = BootstrapFolder::choose_path();
        // The guard first: it removes the folder if the host is killed, so it must know it before.
        let path = bootstraps.folder_path();
        let group = context.groups.start_group(path).map_err(ProcessStartError::Guard)?;
        bootstraps.write_files().map_err(ProcessStartError::Bootstraps)?;
        let (program, arguments) = runtime_command_line(&function.runtime, &task_root, &bootstraps);
        let surroundings = ProcessEnvironment {
            runtime_api: &api.address,
            region: &context.region,
            task_root: &task_root,
            runtime_directory: path,
            log_stream: &format!("local/[$LATEST]{}", Uuid::new_v4().simple()),
            passed: &context.passed_environment,
        };
        let mut child = Command::new(&program)
            .args(arguments)
            .current_dir(&task_root)
            .env_clear()
            .envs(environment::environment_variables(function, &surroundings))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(group.group_id())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| ProcessStartError::Spawn { program, source })?;
        forward_output(&mut child, &function.name, context);
        Ok(Self { group, child, code, api, _bootstraps: bootstraps, _slot: slot })
    }

    /// Whether the process has not ended yet.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether the process was started with this code.
    pub(super) fn runs_code(&self, code: CodeVersion) -> bool {
        self.code == code
    }

    /// Hands one invocation to the process and waits for its result.
    ///
    /// Until the process takes the invocation, the limit is its timeout plus [`INIT_MAX`].
    /// If this future is dropped, the process must be dropped too: it may still answer.
    pub(super) async fn serve_invocation(&mut self, invocation: PendingInvocation) -> ServeOutcome {
        let timeout = invocation.timeout;
        while self.api.events.try_recv().is_ok() {}
        if self.api.invocations.send(invocation).await.is_err() {
            debug_assert!(false, "the endpoint lives as long as the process");
        }
        let mut taken = false;
        let limit = sleep_until(deadline_after(timeout.saturating_add(INIT_MAX)));
        tokio::pin!(limit);
        loop {
            // Biased, so that an answer sent just before the process ends counts.
            tokio::select! {
                biased;
                Some(event) = self.api.events.recv() => match event {
                    RuntimeEvent::InvocationTaken => {
                        taken = true;
                        limit.as_mut().reset(deadline_after(timeout));
                    }
                    RuntimeEvent::Answered(payload) => return ServeOutcome::Answered(payload),
                    RuntimeEvent::TooLarge => return ServeOutcome::TooLarge,
                    RuntimeEvent::Failed(payload) => return ServeOutcome::Failed(payload),
                    RuntimeEvent::InitFailed(payload) => return ServeOutcome::InitFailed(payload),
                },
                status = self.child.wait() => {
                    let status = status.unwrap_or_default();
                    return if taken { ServeOutcome::Exited(status) } else { ServeOutcome::ExitedBeforeInvocation(status) };
                }
                () = &mut limit => return ServeOutcome::TimedOut,
            }
        }
    }

    /// Kills the process group and waits until the process is gone.
    pub(super) async fn kill_and_wait(mut self) {
        self.group.kill();
        if let Err(error) = self.child.wait().await {
            tracing::warn!(%error, "cannot wait for a function's process");
        }
    }
}

fn deadline_after(from_now: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(from_now).unwrap_or(now)
}

fn runtime_command_line(
    launch: &FunctionRuntime,
    task_root: &Path,
    bootstraps: &BootstrapFolder,
) -> (String, Vec<String>) {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    match launch {
        FunctionRuntime::Python { .. } => ("python3".into(), vec![text(bootstraps.python_path())]),
        FunctionRuntime::Node { .. } => ("node".into(), vec![text(bootstraps.node_path())]),
        FunctionRuntime::Provided { .. } => (text(task_root.join("bootstrap")), Vec::new()),
        FunctionRuntime::Command(words) => {
            let (program, arguments) =
                words.split_first().map_or((String::new(), &[][..]), |w| (w.0.clone(), w.1));
            (program, arguments.to_vec())
        }
    }
}

fn forward_output(child: &mut Child, function: &str, context: &HostContext) {
    if let Some(stdout) = child.stdout.take() {
        forward_stream(stdout, function, OutputStream::Stdout, context);
    }
    if let Some(stderr) = child.stderr.take() {
        forward_stream(stderr, function, OutputStream::Stderr, context);
    }
}

fn forward_stream(
    reader: impl AsyncRead + Unpin + Send + 'static,
    function: &str,
    stream: OutputStream,
    context: &HostContext,
) {
    let lines = context.output.clone().forward_lines(function.into(), stream, reader);
    let open = context.open_streams.subscribe();
    tokio::spawn(async move {
        lines.await;
        drop(open);
    });
}
