//! The executions that this process is about to write.
//!
//! A start sends its message before it writes record 0, so a worker mostly asks for that record
//! while its commit is under way. It waits for the commit instead of reading the file again and
//! again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use model::ExecutionId;
use tokio::sync::watch;

/// The starts between their call and its answer.
#[derive(Debug, Default)]
pub(super) struct StartsInProgress {
    /// Nothing is ever sent: a start is over when its sender is gone.
    running: Mutex<HashMap<ExecutionId, watch::Receiver<()>>>,
}

/// Marks a start as over when it is dropped.
pub(super) struct StartInProgress<'a> {
    starts: &'a StartsInProgress,
    id: &'a ExecutionId,
    over: watch::Sender<()>,
}

impl StartsInProgress {
    /// Marks a start as in progress. Of two starts of one execution, the later one is waited for.
    pub(super) fn begin<'a>(&'a self, id: &'a ExecutionId) -> StartInProgress<'a> {
        let (over, waiting) = watch::channel(());
        self.lock_running().insert(id.clone(), waiting);
        StartInProgress { starts: self, id, over }
    }

    /// Waits until no start of this execution is in progress.
    pub(super) async fn await_end(&self, id: &ExecutionId) {
        let waiting = self.lock_running().get(id).cloned();
        if let Some(mut waiting) = waiting {
            // The only change is that the sender goes.
            drop(waiting.changed().await);
        }
    }

    fn lock_running(&self) -> MutexGuard<'_, HashMap<ExecutionId, watch::Receiver<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StartInProgress<'_> {
    fn drop(&mut self) {
        let mut running = self.starts.lock_running();
        let own = self.over.subscribe();
        if running.get(self.id).is_some_and(|waiting| waiting.same_channel(&own)) {
            running.remove(self.id);
        }
    }
}
