//! Virtual time, which passes only when nothing else can run.

use std::{future::poll_fn, sync::Mutex, task::Poll};

use model::Timestamp;
use orchestrator::ports::Clock;

/// When every offline run starts: 2026-01-01T00:00:00Z.
pub(crate) const EPOCH: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);

/// A clock that its owner advances. It knows when the next sleeping future is due.
#[derive(Debug)]
pub(crate) struct VirtualClock(Mutex<ClockState>);

#[derive(Debug)]
struct ClockState {
    now: Timestamp,
    /// The earliest wake-up time of the futures that were polled since the last advance.
    next_wake_at: Option<Timestamp>,
}

impl VirtualClock {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(ClockState { now: EPOCH, next_wake_at: None }))
    }

    /// When the next sleeping future is due.
    pub(crate) fn next_wake_at(&self) -> Option<Timestamp> {
        memory_ports::lock_unpoisoned(&self.0).next_wake_at
    }

    /// Advances to that time; never goes back. The caller then polls the sleeping futures again.
    pub(crate) fn advance_to(&self, to: Timestamp) {
        let mut hands = memory_ports::lock_unpoisoned(&self.0);
        hands.now = hands.now.max(to);
        hands.next_wake_at = None;
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        memory_ports::lock_unpoisoned(&self.0).now
    }

    async fn sleep_until(&self, at: Timestamp) {
        poll_fn(|_| {
            let mut hands = memory_ports::lock_unpoisoned(&self.0);
            if hands.now >= at {
                return Poll::Ready(());
            }
            hands.next_wake_at = Some(hands.next_wake_at.map_or(at, |earliest| earliest.min(at)));
            Poll::Pending
        })
        .await;
    }
}
