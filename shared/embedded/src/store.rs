//! The store: one `SQLite` file, one writer with group commit, readers that never wait for it.
//!
//! ```text
//! append, create, end_child, … ──▶ writer's thread ──one fsync for all that wait──▶ file
//! load, head, list, …          ──▶ caches ──miss──▶ a connection that only reads ──▶ file
//! ```
//!
//! Invariant: what a caller is told was written is on the disk; what was not is seen by nobody.
//! Invariant: one process has a data directory at a time (`tests::opening::a_second_opening_is_refused`).

mod cache;
mod caches;
mod dead_letters;
mod error;
mod executions;
mod fans;
mod log;
mod machines;
mod opening;
mod readers;
mod running;
mod schema;
mod session;
mod sweep;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use orchestrator::Fault;
use rusqlite::Connection;

use self::{
    caches::Caches,
    opening::Opened,
    readers::Readers,
    session::Session,
    writer::{Desk, Writer},
};

pub use self::{
    error::Error,
    opening::OpenError,
    running::{RunningHead, RunningHeads},
};

/// Logs, fans, executions and machines in one data directory. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Writer,
    readers: Readers,
    caches: Arc<Caches>,
    commits: Arc<AtomicU64>,
    opening: i64,
}

impl Store {
    /// Opens a data directory, which is made where there is none.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let opened = opening::open(directory)?;
        let readers = Readers::of(directory.join(opening::DATABASE_FILE));
        Self::start(opened, readers, directory)
    }

    /// A store that is gone with its last clone.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::start(opening::in_memory()?, Readers::Writer, Path::new(":memory:"))
    }

    fn start(opened: Opened, readers: Readers, directory: &Path) -> Result<Self, OpenError> {
        let Opened { connection, opening, lock } = opened;
        let caches = Arc::new(Caches::new());
        let commits = Arc::new(AtomicU64::new(0));
        let (shown, counted) = (Arc::clone(&caches), Arc::clone(&commits));
        let desk = Desk { connection, opening, caches: shown, commits: counted, lock };
        let writer = Writer::start(desk)
            .map_err(|source| OpenError::Directory { directory: directory.to_owned(), source })?;
        Ok(Self { inner: Arc::new(Inner { writer, readers, caches, commits, opening }) })
    }

    /// The heads of all frames of running executions: what recovery wakes again.
    pub fn running_heads(&self) -> RunningHeads {
        RunningHeads::new(self.clone())
    }

    /// How many transactions were committed; with group commit, fewer than commands.
    pub fn commits(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// Once this returns, everything that was begun before is durable, the log is folded into the
    /// file, and another process may open the directory. Whatever is asked after gets a fault.
    /// May repeat.
    pub async fn shut_down(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    fn caches(&self) -> &Caches {
        &self.inner.caches
    }

    fn opening(&self) -> i64 {
        self.inner.opening
    }

    async fn read<A: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<A, Error> + Send + 'static,
    ) -> Result<A, Fault> {
        Ok(self.inner.readers.read(&self.inner.writer, query).await?)
    }

    async fn write<A: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Session<'_>) -> rusqlite::Result<A> + Send + 'static,
    ) -> Result<A, Fault> {
        self.inner.writer.write(bytes, work).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("opening", &self.inner.opening).finish_non_exhaustive()
    }
}
