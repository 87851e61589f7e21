//! A process that serves one function, from its start to its end.

use std::{
    collections::BTreeSet,
    env, io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, ChildStdin, Command},
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
    runtime_api::{PendingInvocation, RuntimeApi, RuntimeEvent},
};

/// What all processes of a host share.
pub(super) struct HostContext {
    pub(super) bootstraps: BootstrapFolder,
    pub(super) region: String,
    pub(super) output: OutputSink,
    pub(super) groups: ProcessGroups,
}

/// Says why a process did not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProcessStartError {
    #[error("its folder {0} is missing")]
    Folder(PathBuf),
    #[error("cannot open a port for its runtime api")]
    Listen(#[source] io::Error),
    #[error("cannot run `{program}`")]
    Spawn {
        program: String,
        #[source]
        source: io::Error,
    },
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
    /// Statewright's bootstraps exit when this closes, which also happens when the host is killed.
    _lifeline: Option<ChildStdin>,
    api: RuntimeApi,
}

impl FunctionProcess {
    pub(super) async fn start_process(
        function: &HostedFunction,
        context: &HostContext,
    ) -> Result<Self, ProcessStartError> {
        let task_root = std::path::absolute(&function.directory)
            .map_err(|_| ProcessStartError::Folder(function.directory.clone()))?;
        if !task_root.is_dir() {
            return Err(ProcessStartError::Folder(task_root));
        }
        let code = CodeVersion::read(function).await;
        let api = RuntimeApi::listen_on_loopback().await.map_err(ProcessStartError::Listen)?;
        let (program, arguments) =
            runtime_command_line(&function.runtime, &task_root, &context.bootstraps);
        let surroundings = ProcessEnvironment {
            runtime_api: api.address,
            region: &context.region,
            task_root: &task_root,
            runtime_directory: context.bootstraps.folder_path(),
            log_stream: &format!("local/[$LATEST]{}", Uuid::new_v4().simple()),
        };
        let own_bootstrap = matches!(
            function.runtime,
            FunctionRuntime::Python { .. } | FunctionRuntime::Node { .. }
        );
        let mut child = Command::new(&program)
            .args(arguments)
            .current_dir(&task_root)
            .envs(environment::environment_variables(function, &surroundings, |name| {
                env::var_os(name)
            }))
            .stdin(if own_bootstrap { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| ProcessStartError::Spawn { program, source })?;
        forward_output(&mut child, &function.name, &context.output);
        Ok(Self {
            group: context.groups.register_group(child.id()),
            _lifeline: child.stdin.take(),
            child,
            code,
            api,
        })
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

fn forward_output(child: &mut Child, function: &str, output: &OutputSink) {
    let function: Arc<str> = function.into();
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(output.clone().forward_lines(
            Arc::clone(&function),
            OutputStream::Stdout,
            stdout,
        ));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(output.clone().forward_lines(function, OutputStream::Stderr, stderr));
    }
}

/// The process groups that have not been killed yet.
#[derive(Clone, Default)]
pub(super) struct ProcessGroups(Arc<Mutex<BTreeSet<i32>>>);

/// One process group. Dropping it kills all its remaining processes.
struct ProcessGroup {
    leader: Option<Pid>,
    groups: ProcessGroups,
}

impl ProcessGroups {
    fn register_group(&self, leader: Option<u32>) -> ProcessGroup {
        let leader = leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        self.lock_leaders().extend(leader.map(Pid::as_raw_pid));
        ProcessGroup { leader, groups: self.clone() }
    }

    /// Kills every process of every group. Calls that wait for a process see it end.
    pub(super) fn kill_all(&self) {
        for leader in self.lock_leaders().iter().copied().filter_map(Pid::from_raw) {
            kill_group(leader);
        }
    }

    fn lock_leaders(&self) -> MutexGuard<'_, BTreeSet<i32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProcessGroup {
    /// Kills all processes of the group once. Also used when the leader has just ended, since its
    /// children may still run. Its id could only belong to another group by then if the kernel had
    /// gone through all ids in that moment.
    fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            kill_group(leader);
            self.groups.lock_leaders().remove(&leader.as_raw_pid());
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

fn kill_group(leader: Pid) {
    // It fails only if all processes are gone or one changed its user. Neither can be handled.
    if let Err(error) = kill_process_group(leader, Signal::KILL) {
        tracing::debug!(%error, "process group is gone");
    }
}
