//! The store: one `SQLite` file, one writer with group commit, readers that never wait for it.
//!
//! ```text
//! append, create, advance, …   ──▶ writer thread ──one fsync for all waiting──▶ file
//! load, head, list, …          ──▶ caches ──miss──▶ read-only connection ──▶ file
//! ```
//!
//! Invariant: a write that was reported to its caller is on the disk
//! (`tests::opening::what_was_answered_survives_a_crash`).
//! Invariant: readers see only what is on the disk
//! (`tests::failing::readers_neither_wait_for_the_writer_nor_see_what_is_not_durable`).
//! Invariant: at most one process uses a data directory at a time
//! (`tests::opening::a_second_opening_is_refused`).

mod activities;
mod activity_tasks;
mod dead_letters;
mod deaths;
mod error;
mod executions;
mod fan_ins;
mod job_index;
mod log;
mod machines;
mod opening;
mod private_files;
mod readers;
mod record_reader;
mod schema;
mod session;
mod shared_cache;
mod starts_in_progress;
mod store_caches;
mod stored_counts;
mod sweep;
#[cfg(test)]
mod tests;
mod unreadable_rows;
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
    activity_tasks::WaitingWorkers,
    opening::OpenedDatabase,
    readers::QueryRunner,
    session::WriteSession,
    starts_in_progress::StartsInProgress,
    store_caches::StoreCaches,
    unreadable_rows::UnreadableRows,
    writer::{WriterHandle, WriterThread},
};

pub use self::{
    dead_letters::{DeadLetter, DeadLettersError, read_dead_letters},
    error::StoreError,
    opening::{LastEnd, StoreOpenError},
};
pub use activity_tasks::ActivityBacklog;
pub(crate) use private_files::{open_private_log, write_private_file};
pub use stored_counts::StoredCounts;

/// Stores logs, fan-ins, executions, machines and activities in one data directory. Clones share the store.
#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<StoreInner>,
}

struct StoreInner {
    writer: WriterHandle,
    readers: QueryRunner,
    caches: Arc<StoreCaches>,
    starts: StartsInProgress,
    waiting_workers: WaitingWorkers,
    unreadable: UnreadableRows,
    commits: Arc<AtomicU64>,
    opening: i64,
    last_end: LastEnd,
}

impl SqliteStore {
    /// Opens a data directory. Creates it if it is missing.
    ///
    /// Errors: the directory is in use, cannot be written, or holds a file that this release cannot
    /// use.
    pub fn open_directory(directory: &Path) -> Result<Self, StoreOpenError> {
        let opened = opening::open_database(directory)?;
        let readers = QueryRunner::with_pool(directory.join(opening::DATABASE_FILE));
        Self::from_opened_database(opened, readers, directory)
    }

    /// Opens a store in memory, which ends with its last clone.
    pub fn open_in_memory() -> Result<Self, StoreOpenError> {
        Self::from_opened_database(
            opening::open_in_memory()?,
            QueryRunner::Writer,
            Path::new(":memory:"),
        )
    }

    fn from_opened_database(
        opened: OpenedDatabase,
        readers: QueryRunner,
        directory: &Path,
    ) -> Result<Self, StoreOpenError> {
        let OpenedDatabase { connection, opening, last_end, lock } = opened;
        let caches = Arc::new(StoreCaches::new());
        let commits = Arc::new(AtomicU64::new(0));
        let (shown, counted) = (Arc::clone(&caches), Arc::clone(&commits));
        let writer = WriterThread { connection, opening, caches: shown, commits: counted, lock };
        let writer = WriterHandle::spawn_thread(writer).map_err(|source| {
            StoreOpenError::Directory { directory: directory.to_owned(), source }
        })?;
        let starts = StartsInProgress::default();
        let unreadable = UnreadableRows::default();
        let waiting_workers = WaitingWorkers::default();
        let inner = StoreInner {
            writer,
            readers,
            caches,
            starts,
            waiting_workers,
            unreadable,
            commits,
            opening,
            last_end,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns how the process ended that had this store open before this one.
    pub fn last_end(&self) -> LastEnd {
        self.inner.last_end
    }

    /// Returns how many transactions were committed. With group commit there may be fewer than
    /// commands.
    pub fn commit_count(&self) -> u64 {
        self.inner.commits.load(Ordering::Relaxed)
    }

    /// Closes the store. Once this returns, every write that was begun before is durable, the
    /// write-ahead log is checkpointed, and another process may open the directory, which then
    /// knows that this one did not die.
    ///
    /// Later calls of other methods return a fault. May be repeated.
    pub async fn shut_down(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    fn caches(&self) -> &StoreCaches {
        &self.inner.caches
    }

    fn opening_number(&self) -> i64 {
        self.inner.opening
    }

    async fn run_query<A: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<A, StoreError> + Send + 'static,
    ) -> Result<A, Fault> {
        Ok(self.inner.readers.run_query(&self.inner.writer, query).await?)
    }

    async fn run_command<A: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut WriteSession<'_>) -> rusqlite::Result<A> + Send + 'static,
    ) -> Result<A, Fault> {
        self.inner.writer.run_command(bytes, work).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("opening", &self.inner.opening).finish_non_exhaustive()
    }
}
