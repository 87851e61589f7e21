//! What a connection is doing, since when, and for how long it may.
//!
//! ```text
//! Idle ──first byte──▶ Head ──whole head──▶ Body ──whole body──▶ Working ──answer──▶ Sending
//!   ▲                                                                                   │
//!   └────────────────────────────────── all is sent ────────────────────────────────────┘
//! any but Working and Trusted ──a newcomer needs the slot──▶ Closed      (final)
//! any but Closed              ──the client is known────────▶ Trusted     (final)
//! ```

use std::{
    future::pending,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

/// The most connections of a server, and how long each may wait for its client.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// The most connections at a time.
    pub connections_max: usize,
    /// Between two requests, and before the first.
    pub idle: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// From there to the end of its body.
    pub body: Duration,
    /// From the answer's first byte to its last.
    pub sending: Duration,
}

/// The activity of one connection. Whoever answers its requests reports to it.
#[derive(Debug)]
pub struct ConnectionActivity {
    current: watch::Sender<PhaseSince>,
    /// The room that the answer being sent takes in the budget of all bodies.
    answer_room: Mutex<Option<OwnedSemaphorePermit>>,
}

/// A phase, and when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PhaseSince {
    pub(super) phase: ConnectionPhase,
    pub(super) since: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectionPhase {
    Idle,
    Head,
    Body,
    /// We are at work: no limit, and no reason to close it.
    Working,
    Sending,
    /// The client has proved who it is: no limit from now on.
    Trusted,
    /// Somebody else needs its slot.
    Closed,
}

impl ConnectionPhase {
    fn is_final(self) -> bool {
        matches!(self, Self::Trusted | Self::Closed)
    }

    /// Whether the connection waits for its client.
    fn waits_for_client(self) -> bool {
        matches!(self, Self::Idle | Self::Head | Self::Body | Self::Sending)
    }
}

impl ConnectionLimits {
    /// Those of a server that people and programs on this machine use.
    pub const fn of_server(connections_max: usize) -> Self {
        Self {
            connections_max,
            idle: Duration::from_mins(1),
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            sending: Duration::from_secs(30),
        }
    }

    fn of_phase(&self, phase: ConnectionPhase) -> Option<Duration> {
        match phase {
            ConnectionPhase::Idle => Some(self.idle),
            ConnectionPhase::Head => Some(self.head),
            ConnectionPhase::Body => Some(self.body),
            ConnectionPhase::Sending => Some(self.sending),
            ConnectionPhase::Working | ConnectionPhase::Trusted => None,
            ConnectionPhase::Closed => Some(Duration::ZERO),
        }
    }
}

impl ConnectionActivity {
    pub(super) fn new() -> Self {
        let idle = PhaseSince { phase: ConnectionPhase::Idle, since: Instant::now() };
        Self { current: watch::Sender::new(idle), answer_room: Mutex::default() }
    }

    /// From now on the connection has no time limit and is not closed for a newcomer.
    pub fn trust_client(&self) {
        self.enter_phase(ConnectionPhase::Trusted);
    }

    pub(super) fn enter_phase(&self, phase: ConnectionPhase) {
        self.current.send_if_modified(|current| {
            let enters = !current.phase.is_final() && current.phase != phase;
            if enters {
                *current = PhaseSince { phase, since: Instant::now() };
            }
            enters
        });
    }

    /// A byte of a request has arrived.
    pub(super) fn note_arrival(&self) {
        if self.current.borrow().phase == ConnectionPhase::Idle {
            self.enter_phase(ConnectionPhase::Head);
        }
    }

    /// Everything that was to be sent is sent.
    pub(super) fn note_flush(&self) {
        let is_sending = self.current.borrow().phase == ConnectionPhase::Sending;
        if is_sending {
            self.enter_phase(ConnectionPhase::Idle);
            drop(self.lock_answer_room().take());
        }
    }

    /// Keeps the room of an answer until it is sent.
    pub(super) fn keep_answer_room(&self, room: OwnedSemaphorePermit) {
        *self.lock_answer_room() = Some(room);
    }

    /// Since when the connection has waited for its client; none if it does not.
    pub(super) fn waits_since(&self) -> Option<PhaseSince> {
        let current = *self.current.borrow();
        current.phase.waits_for_client().then_some(current)
    }

    /// Closes the connection if it still waits for its client as it did then.
    pub(super) fn close_if_still(&self, waiting: PhaseSince) {
        self.current.send_if_modified(|current| {
            let closes = *current == waiting;
            if closes {
                current.phase = ConnectionPhase::Closed;
            }
            closes
        });
    }

    /// Returns once the connection has been in one phase for longer than it may.
    pub(super) async fn outlast_limits(&self, limits: &ConnectionLimits) {
        let mut changes = self.current.subscribe();
        loop {
            let PhaseSince { phase, since } = *changes.borrow_and_update();
            let deadline = limits.of_phase(phase).and_then(|limit| since.checked_add(limit));
            let over = async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                next = changes.changed() => next.expect("its sender is borrowed"),
            }
        }
    }

    fn lock_answer_room(&self) -> std::sync::MutexGuard<'_, Option<OwnedSemaphorePermit>> {
        self.answer_room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
