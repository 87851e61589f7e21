//! Counts the deaths of messages on one machine, where a process dies with all that it handles at
//! once: so what may be deadly is handled with less and less beside it.
//!
//! ```text
//! no death so far       → with up to 1,023 others that are counted
//! one death             → with up to 31
//! two deaths and more   → alone
//! ```
//!
//! A process that dies of one of 1,024 messages leaves a count for each of them. The next one leaves
//! at most 32 that count two deaths, and from then on only the deadly one counts more.
//!
//! Invariant: an innocent message counts at most two deaths, however many others are deadly, unless
//! processes are killed from outside while they start
//! (`local::tests::poison::the_executions_beside_a_deadly_one_go_on`).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::{MessageIdentity, Timestamp};
use orchestrator::{
    Fault,
    ports::{DeathCount, DeathCounter},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::SqliteStore;

/// Most counted messages in flight at once.
const COUNTED_MAX: u32 = 1_024;
/// Most messages in flight at once of which a process may have died.
const SUSPECTED_MAX: u32 = 32;

/// Counts deaths in the store, and lets a handler wait for its turn when it adds one. The turn ends
/// when the count is removed. Clones share it.
#[derive(Clone, Debug)]
pub struct LocalDeathCounter {
    store: SqliteStore,
    turns: Arc<Semaphore>,
    taken: Arc<Mutex<BTreeMap<MessageIdentity, Vec<OwnedSemaphorePermit>>>>,
    /// How many deaths the messages have had that this process has counted and not removed. Since it
    /// lives, it has died of none of them.
    earlier: Arc<Mutex<BTreeMap<MessageIdentity, u32>>>,
}

impl LocalDeathCounter {
    /// Creates the counter of a store. There must be only one for it.
    pub fn new(store: SqliteStore) -> Self {
        let turns = Arc::new(Semaphore::new(COUNTED_MAX as usize));
        Self { store, turns, taken: Arc::default(), earlier: Arc::default() }
    }

    fn lock_taken(&self) -> MutexGuard<'_, BTreeMap<MessageIdentity, Vec<OwnedSemaphorePermit>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_earlier(&self) -> MutexGuard<'_, BTreeMap<MessageIdentity, u32>> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeathCounter for LocalDeathCounter {
    /// Leaves out what this process has counted. Where a fault has kept it from removing a count, the
    /// count would grow with each delivery.
    async fn load_deaths(&self, message: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        let earlier = self.lock_earlier().get(message).copied();
        match earlier {
            Some(0) => Ok(None),
            Some(deaths) => {
                Ok(Some(DeathCount { deaths, last_at: Timestamp::from_milliseconds(0) }))
            }
            None => self.store.load_deaths(message).await,
        }
    }

    async fn put_deaths(&self, message: &MessageIdentity, count: DeathCount) -> Result<(), Fault> {
        let share = match count.deaths {
            0 | 1 => 1,
            2 => COUNTED_MAX / SUSPECTED_MAX,
            _ => COUNTED_MAX,
        };
        // The semaphore is never closed.
        let turn = Arc::clone(&self.turns).acquire_many_owned(share).await.ok();
        let earlier = count.deaths.saturating_sub(1);
        self.lock_earlier().entry(message.clone()).or_insert(earlier);
        self.store.put_deaths(message, count).await?;
        self.lock_taken().entry(message.clone()).or_default().extend(turn);
        Ok(())
    }

    async fn clear_deaths(&self, message: &MessageIdentity) -> Result<(), Fault> {
        let cleared = self.store.clear_deaths(message).await;
        self.lock_taken().remove(message);
        if cleared.is_ok() {
            self.lock_earlier().remove(message);
        }
        cleared
    }
}
