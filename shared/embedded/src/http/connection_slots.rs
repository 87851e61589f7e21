//! The slots for connections, and who gives one up when all are taken.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::connection_activity::ConnectionActivity;

/// After this time, look again for a connection that waits for its client.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The slots of one server.
pub(super) struct ConnectionSlots {
    free: Arc<Semaphore>,
    taken: Mutex<BTreeMap<u64, Arc<ConnectionActivity>>>,
    next: AtomicU64,
}

/// The slot of one connection, given up when it is dropped.
pub(super) struct ConnectionSlot {
    pub(super) activity: Arc<ConnectionActivity>,
    number: u64,
    slots: Arc<ConnectionSlots>,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionSlots {
    pub(super) fn new(connections_max: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(connections_max));
        Arc::new(Self { free, taken: Mutex::default(), next: AtomicU64::default() })
    }

    /// Takes a slot. If none is free, closes the connection that has waited for its client the
    /// longest. Waits while all are being worked on.
    pub(super) async fn take_slot(self: &Arc<Self>) -> ConnectionSlot {
        loop {
            let free = Arc::clone(&self.free);
            if let Ok(permit) = free.try_acquire_owned() {
                return self.register_connection(permit);
            }
            self.close_longest_waiting();
            let freed = timeout(LOOK_AGAIN, Arc::clone(&self.free).acquire_owned()).await;
            if let Ok(Ok(permit)) = freed {
                return self.register_connection(permit);
            }
        }
    }

    fn register_connection(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> ConnectionSlot {
        let activity = Arc::new(ConnectionActivity::new());
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.lock_taken().insert(number, Arc::clone(&activity));
        ConnectionSlot { activity, number, slots: Arc::clone(self), _permit: permit }
    }

    fn close_longest_waiting(&self) {
        let taken = self.lock_taken();
        let waiting =
            taken.values().filter_map(|activity| Some((activity.waits_since()?, activity)));
        if let Some((phase, activity)) = waiting.min_by_key(|(phase, _)| phase.since) {
            activity.close_if_still(phase);
        }
    }

    fn lock_taken(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<ConnectionActivity>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        drop(self.slots.lock_taken().remove(&self.number));
    }
}
