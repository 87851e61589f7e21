//! The processes of all functions that wait for their next invocation, until their time is over.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::process::FunctionProcess;

/// Keeps idle processes. Each ends when it has been idle for too long, whatever is called meanwhile.
pub(super) struct IdleProcesses {
    list: Arc<Mutex<IdleList>>,
    idle_max: Duration,
}

#[derive(Default)]
struct IdleList {
    /// In the order in which they became idle.
    processes: Vec<IdleProcess>,
    /// Whether a task is there that ends what has been idle for too long.
    is_watched: bool,
}

struct IdleProcess {
    process: FunctionProcess,
    function: String,
    since: Instant,
}

impl IdleProcesses {
    pub(super) fn new(idle_max: Duration) -> Self {
        Self { list: Arc::default(), idle_max }
    }

    /// Takes the process of a function that became idle last.
    pub(super) fn check_out(&self, function: &str) -> Option<FunctionProcess> {
        let mut list = lock_list(&self.list);
        let newest = list.processes.iter().rposition(|idle| idle.function == function)?;
        Some(list.processes.remove(newest).process)
    }

    pub(super) fn check_in(&self, function: &str, process: FunctionProcess) {
        let mut list = lock_list(&self.list);
        let idle = IdleProcess { process, function: function.to_owned(), since: Instant::now() };
        list.processes.push(idle);
        if !mem::replace(&mut list.is_watched, true) {
            tokio::spawn(end_in_time(Arc::downgrade(&self.list), self.idle_max));
        }
    }

    pub(super) fn count(&self) -> usize {
        lock_list(&self.list).processes.len()
    }

    /// Ends the process that has been idle the longest. Returns whether there was one.
    pub(super) fn end_longest_idle(&self) -> bool {
        let mut list = lock_list(&self.list);
        let longest = (!list.processes.is_empty()).then(|| list.processes.remove(0));
        drop(list);
        longest.is_some()
    }

    pub(super) fn take_all(&self) -> Vec<FunctionProcess> {
        let taken = mem::take(&mut lock_list(&self.list).processes);
        taken.into_iter().map(|idle| idle.process).collect()
    }
}

/// Ends each process when it has been idle for so long, until none is left.
async fn end_in_time(list: Weak<Mutex<IdleList>>, idle_max: Duration) {
    while let Some(next) = end_overdue(&list, idle_max) {
        sleep_until(next).await;
    }
}

/// Ends what has been idle for too long. Returns when the next one will have been; none if there is
/// none, and then the list is no longer watched.
fn end_overdue(list: &Weak<Mutex<IdleList>>, idle_max: Duration) -> Option<Instant> {
    let list = list.upgrade()?;
    let mut locked = lock_list(&list);
    let now = Instant::now();
    let is_overdue = |idle: &IdleProcess| now.duration_since(idle.since) >= idle_max;
    let overdue = locked.processes.partition_point(is_overdue);
    let ended: Vec<_> = locked.processes.drain(..overdue).collect();
    let next = locked.processes.first().map(|idle| idle.since + idle_max);
    locked.is_watched = next.is_some();
    drop(locked);
    // Killed outside of the lock.
    drop(ended);
    next
}

fn lock_list(list: &Mutex<IdleList>) -> MutexGuard<'_, IdleList> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
