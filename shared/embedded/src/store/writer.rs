//! The only thread that writes, with group commit.
//!
//! ```text
//! wait for a command ──▶ take all waiting ──▶ one transaction ──commit──▶ publish ──▶ answer each
//!                                                    └──an error──▶ roll back ──▶ a fault each
//! ```
//!
//! While one batch becomes durable, the commands of the next one gather. No command waits for a
//! batch to fill.
//!
//! Invariant: no change is published to readers or answered before its commit has returned
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

use super::{
    error::{StoreError, is_of_row},
    session::WriteSession,
    session::WriterState,
    store_caches::StoreCaches,
};

/// Most commands in one transaction.
const BATCH_COMMANDS_MAX: usize = 512;
/// Bytes of text after which a transaction takes no more commands.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// One write command, waiting or in a batch.
trait WriteCommand: Send {
    fn byte_len(&self) -> usize;
    fn run_in_session(&mut self, session: &mut WriteSession<'_>) -> rusqlite::Result<()>;
    fn send_result(self: Box<Self>, outcome: Result<(), StoreError>);
}

type ReadQuery = Box<dyn FnOnce(&Connection) + Send>;

enum WriterRequest {
    Write(Box<dyn WriteCommand>),
    Read(ReadQuery),
    Close(oneshot::Sender<()>),
}

/// Sends requests to the writer thread. The thread ends when the last handle is dropped.
#[derive(Clone)]
pub(super) struct WriterHandle {
    requests: Sender<WriterRequest>,
}

/// What the writer thread owns.
pub(super) struct WriterThread {
    /// The only connection that writes.
    pub(super) connection: Connection,
    /// Which opening of the store this is, counting from 1.
    pub(super) opening: i64,
    /// The caches that readers use.
    pub(super) caches: Arc<StoreCaches>,
    /// Number of committed transactions.
    pub(super) commits: Arc<AtomicU64>,
    /// Keeps other processes out until the connection is closed.
    pub(super) lock: Option<File>,
}

impl WriterHandle {
    pub(super) fn spawn_thread(writer: WriterThread) -> std::io::Result<Self> {
        let (requests, receiver) = channel();
        thread::Builder::new()
            .name("store".into())
            .spawn(move || writer.serve_requests(&receiver))?;
        Ok(Self { requests })
    }

    /// Runs a command in the next batch; `bytes` is the size of what it writes. Once this returns,
    /// its changes are durable. An error of any command rolls back the whole batch, except that a
    /// row that cannot be read fails only the command that has read it and changed nothing.
    pub(super) async fn run_command<A: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut WriteSession<'_>) -> rusqlite::Result<A> + Send + 'static,
    ) -> Result<A, Fault> {
        let (reply, answer) = oneshot::channel();
        let pending = PendingWrite { bytes, work: Some(work), answer: None, reply };
        self.send_request(WriterRequest::Write(Box::new(pending)))?;
        Ok(answer.await.map_err(|_| StoreError::Closed)??)
    }

    /// Runs a query between two batches.
    pub(super) async fn run_query<A: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<A, StoreError> + Send + 'static,
    ) -> Result<A, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send_request(WriterRequest::Read(Box::new(move |connection| {
            // The caller may have stopped waiting.
            reply.send(query(connection)).ok();
        })))?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Returns once all earlier requests are done, the write-ahead log is checkpointed, and the
    /// database is closed.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.send_request(WriterRequest::Close(reply)).is_ok() {
            closed.await.ok();
        }
    }

    fn send_request(&self, order: WriterRequest) -> Result<(), StoreError> {
        self.requests.send(order).map_err(|_| StoreError::Closed)
    }
}

struct PendingWrite<W, A> {
    bytes: usize,
    work: Option<W>,
    answer: Option<Result<A, StoreError>>,
    reply: oneshot::Sender<Result<A, StoreError>>,
}

impl<W, A> WriteCommand for PendingWrite<W, A>
where
    W: FnOnce(&mut WriteSession<'_>) -> rusqlite::Result<A> + Send,
    A: Send,
{
    fn byte_len(&self) -> usize {
        self.bytes
    }

    fn run_in_session(&mut self, session: &mut WriteSession<'_>) -> rusqlite::Result<()> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let changes = session.connection.total_changes();
        let done = work(session);
        let is_unchanged = session.connection.total_changes() == changes;
        self.answer = Some(match done {
            // A row that cannot be read concerns this command only.
            Err(error) if is_of_row(&error) && is_unchanged => Err(error.into()),
            other => Ok(other?),
        });
        Ok(())
    }

    fn send_result(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { answer, reply, .. } = *self;
        // The caller may have stopped waiting.
        reply.send(outcome.and_then(|()| answer.unwrap_or(Err(StoreError::Closed)))).ok();
    }
}

impl WriterThread {
    fn serve_requests(self, requests: &Receiver<WriterRequest>) {
        let mut state = WriterState::new(self.opening);
        let mut batch = Vec::with_capacity(BATCH_COMMANDS_MAX);
        let closing = loop {
            let Ok(first) = requests.recv() else { break None };
            let interruption = gather_batch(first, requests, &mut batch);
            if !batch.is_empty() {
                self.commit_batch(&mut state, &mut batch);
            }
            match interruption {
                Some(WriterRequest::Read(query)) => query(&self.connection),
                Some(WriterRequest::Close(reply)) => break Some(reply),
                Some(WriterRequest::Write(_)) | None => {}
            }
        };
        if closing.is_some()
            && let Err(reason) = self.connection.execute("UPDATE opening SET closed = 1", [])
        {
            error!(?reason, "the next start takes this end for a crash");
        }
        self.close_database();
        if let Some(reply) = closing {
            reply.send(()).ok();
        }
    }

    fn commit_batch(&self, state: &mut WriterState, batch: &mut Vec<Box<dyn WriteCommand>>) {
        let mut session = WriteSession::new(&self.connection, state, &self.caches);
        let outcome = run_transaction(&mut session, batch);
        let changes = session.into_changes();
        let outcome = outcome.map_err(StoreError::from);
        match &outcome {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                for change in changes {
                    self.caches.publish_change(change);
                }
            }
            Err(reason) => {
                error!(commands = batch.len(), ?reason, "a batch was rolled back");
                self.roll_back_batch();
                state.reset_state();
            }
        }
        for command in batch.drain(..) {
            command.send_result(outcome.clone());
        }
    }

    fn roll_back_batch(&self) {
        // `SQLite` has already ended the transaction after some errors.
        if !self.connection.is_autocommit()
            && let Err(reason) = self.connection.execute_batch("ROLLBACK")
        {
            error!(?reason, "a batch could not be rolled back");
        }
    }

    fn close_database(self) {
        let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
        let done = self.connection.query_row(checkpoint, [], |_| Ok(()));
        let done = done.and_then(|()| self.connection.close().map_err(|(_, reason)| reason));
        if let Err(reason) = done {
            error!(?reason, "the database was not closed cleanly; the next start repairs it");
        }
        drop(self.lock);
    }
}

/// Takes the waiting commands, until the batch is full or a request is no command. Returns that
/// request.
fn gather_batch(
    first: WriterRequest,
    requests: &Receiver<WriterRequest>,
    batch: &mut Vec<Box<dyn WriteCommand>>,
) -> Option<WriterRequest> {
    let mut next = Some(first);
    let mut bytes = 0;
    while let Some(order) = next {
        let WriterRequest::Write(command) = order else { return Some(order) };
        bytes += command.byte_len();
        batch.push(command);
        let full = batch.len() >= BATCH_COMMANDS_MAX || bytes >= BATCH_BYTES_MAX;
        next = if full { None } else { requests.try_recv().ok() };
    }
    None
}

fn run_transaction(
    session: &mut WriteSession<'_>,
    batch: &mut [Box<dyn WriteCommand>],
) -> rusqlite::Result<()> {
    session.execute_statement("BEGIN IMMEDIATE", [])?;
    for command in batch {
        command.run_in_session(session)?;
    }
    session.execute_statement("COMMIT", [])?;
    Ok(())
}
