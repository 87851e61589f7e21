//! The one thread that writes, with group commit.
//!
//! ```text
//! wait for a command ──▶ take all that wait ──▶ one transaction ──commit──▶ show ──▶ answer each
//!                                                      └──an error──▶ roll back ──▶ a fault each
//! ```
//!
//! While one batch is being made durable the next one gathers by itself; nobody waits for company.
//!
//! Invariant: nothing is shown to readers or answered before its commit has returned
//! (`tests::failing::a_batch_that_fails_changes_nothing`).

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use orchestrator::Fault;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::error;

use super::{caches::Caches, error::Error, session::Session, session::State};

/// Commands in one transaction.
const BATCH_COMMANDS_MAX: usize = 512;
/// Bytes of new text in one transaction.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// One command, in the queue and in a batch.
trait Command: Send {
    fn bytes(&self) -> usize;
    fn run(&mut self, session: &mut Session<'_>) -> rusqlite::Result<()>;
    fn settle(self: Box<Self>, outcome: Result<(), Error>);
}

type Read = Box<dyn FnOnce(&Connection) + Send>;

enum Order {
    Write(Box<dyn Command>),
    Read(Read),
    Close(oneshot::Sender<()>),
}

/// The way to the writer's thread. The thread ends when the last one is dropped.
#[derive(Clone)]
pub(super) struct Writer {
    orders: Sender<Order>,
}

/// What the writer's thread owns.
pub(super) struct Desk {
    /// The connection that alone may write.
    pub(super) connection: Connection,
    /// Which opening of the store this is.
    pub(super) opening: i64,
    /// What is shown to readers.
    pub(super) caches: Arc<Caches>,
    /// Counts transactions.
    pub(super) commits: Arc<AtomicU64>,
    /// Keeps other processes out until the connection is closed.
    pub(super) lock: Option<File>,
}

impl Writer {
    pub(super) fn start(desk: Desk) -> std::io::Result<Self> {
        let (orders, receiver) = channel();
        thread::Builder::new().name("store".into()).spawn(move || desk.work(&receiver))?;
        Ok(Self { orders })
    }

    /// Runs a command in the next batch; `bytes` is the size of what it writes. Once this returns,
    /// what it did is durable. An error of any command undoes its whole batch.
    pub(super) async fn write<A: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Session<'_>) -> rusqlite::Result<A> + Send + 'static,
    ) -> Result<A, Fault> {
        let (reply, answer) = oneshot::channel();
        let pending = Pending { bytes, work: Some(work), answer: None, reply };
        self.order(Order::Write(Box::new(pending)))?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// Runs a query between two batches.
    pub(super) async fn read<A: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<A, Error> + Send + 'static,
    ) -> Result<A, Error> {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Read(Box::new(move |connection| {
            // Whoever asked may have stopped waiting.
            reply.send(query(connection)).ok();
        })))?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Returns once everything ordered before is done, the log is folded into the file, and both
    /// are closed.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.order(Order::Close(reply)).is_ok() {
            closed.await.ok();
        }
    }

    fn order(&self, order: Order) -> Result<(), Error> {
        self.orders.send(order).map_err(|_| Error::Closed)
    }
}

struct Pending<W, A> {
    bytes: usize,
    work: Option<W>,
    answer: Option<A>,
    reply: oneshot::Sender<Result<A, Error>>,
}

impl<W, A> Command for Pending<W, A>
where
    W: FnOnce(&mut Session<'_>) -> rusqlite::Result<A> + Send,
    A: Send,
{
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn run(&mut self, session: &mut Session<'_>) -> rusqlite::Result<()> {
        if let Some(work) = self.work.take() {
            self.answer = Some(work(session)?);
        }
        Ok(())
    }

    fn settle(self: Box<Self>, outcome: Result<(), Error>) {
        let Self { answer, reply, .. } = *self;
        // Whoever asked may have stopped waiting.
        reply.send(outcome.and_then(|()| answer.ok_or(Error::Closed))).ok();
    }
}

impl Desk {
    fn work(self, orders: &Receiver<Order>) {
        let mut state = State::new(self.opening);
        let mut batch = Vec::with_capacity(BATCH_COMMANDS_MAX);
        let closing = loop {
            let Ok(first) = orders.recv() else { break None };
            let interruption = gather(first, orders, &mut batch);
            if !batch.is_empty() {
                self.commit(&mut state, &mut batch);
            }
            match interruption {
                Some(Order::Read(query)) => query(&self.connection),
                Some(Order::Close(reply)) => break Some(reply),
                Some(Order::Write(_)) | None => {}
            }
        };
        self.close();
        if let Some(reply) = closing {
            reply.send(()).ok();
        }
    }

    fn commit(&self, state: &mut State, batch: &mut Vec<Box<dyn Command>>) {
        let mut session = Session::new(&self.connection, state, &self.caches);
        let outcome = transact(&mut session, batch);
        let changes = session.into_changes();
        let outcome = outcome.map_err(Error::from);
        match &outcome {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                for change in changes {
                    self.caches.publish(change);
                }
            }
            Err(reason) => {
                error!(commands = batch.len(), ?reason, "a batch was rolled back");
                self.roll_back();
                state.forget();
            }
        }
        for command in batch.drain(..) {
            command.settle(outcome.clone());
        }
    }

    fn roll_back(&self) {
        // Some errors have ended the transaction already.
        if !self.connection.is_autocommit()
            && let Err(reason) = self.connection.execute_batch("ROLLBACK")
        {
            error!(?reason, "a batch could not be rolled back");
        }
    }

    fn close(self) {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let done = self.connection.query_row(checkpoint, [], |_| Ok(()));
        let done = done.and_then(|()| self.connection.close().map_err(|(_, reason)| reason));
        if let Err(reason) = done {
            error!(?reason, "the database was not closed cleanly; the next start repairs it");
        }
        drop(self.lock);
    }
}

/// Takes the commands that wait, up to the first order that is none.
fn gather(
    first: Order,
    orders: &Receiver<Order>,
    batch: &mut Vec<Box<dyn Command>>,
) -> Option<Order> {
    let mut next = Some(first);
    let mut bytes = 0;
    while let Some(order) = next {
        let Order::Write(command) = order else { return Some(order) };
        bytes += command.bytes();
        batch.push(command);
        let full = batch.len() >= BATCH_COMMANDS_MAX || bytes >= BATCH_BYTES_MAX;
        next = if full { None } else { orders.try_recv().ok() };
    }
    None
}

fn transact(session: &mut Session<'_>, batch: &mut [Box<dyn Command>]) -> rusqlite::Result<()> {
    session.execute("BEGIN IMMEDIATE", [])?;
    for command in batch {
        command.run(session)?;
    }
    session.execute("COMMIT", [])?;
    Ok(())
}
