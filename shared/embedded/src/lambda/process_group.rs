//! The process group of a function, which ends with its host.
//!
//! The leader of each group is a guard: a shell that waits until its standard input closes. Only the
//! host holds the other end, so that happens at the latest when the host ends, however it ends. Then
//! the guard removes the group's folder and kills the group. It is there before the function's own
//! process is, which joins its group; so there is no moment at which a killed host leaves one behind.

use std::{
    collections::BTreeSet,
    env, io,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// Ignores what a function may send to its group, except for the signals that nobody can ignore.
const GUARD: &str =
    r#"trap '' HUP INT QUIT TERM USR1 USR2 ALRM; read -r _; rm -rf -- "$1"; kill -9 0"#;

/// The process groups that have not been killed yet.
#[derive(Clone, Default)]
pub(super) struct ProcessGroups(Arc<Mutex<BTreeSet<i32>>>);

/// One process group. Dropping it kills all its processes.
pub(super) struct ProcessGroup {
    leader: Option<Pid>,
    groups: ProcessGroups,
    /// Not waited for before the group is killed, so that its id names this group for so long. It
    /// also holds the other end of the guard's standard input.
    _guard: Child,
}

impl ProcessGroups {
    /// Starts the guard of a new group, which removes this folder if the host is killed.
    pub(super) fn start_group(&self, folder: &Path) -> io::Result<ProcessGroup> {
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder)
            .current_dir("/")
            .env_clear()
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let leader = guard.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        self.lock_leaders().extend(leader.map(Pid::as_raw_pid));
        Ok(ProcessGroup { leader, groups: self.clone(), _guard: guard })
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
    /// The id of the group, for a process that joins it.
    pub(super) fn group_id(&self) -> i32 {
        self.leader.map_or(0, Pid::as_raw_pid)
    }

    /// Kills all processes of the group once, also those that the function's own has left behind.
    pub(super) fn kill(&mut self) {
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
