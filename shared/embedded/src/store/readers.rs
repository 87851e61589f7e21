//! Read-only connections. They see only durable data and never wait for the writer.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{error::StoreError, session::STATEMENTS_MAX, writer::WriterHandle};

/// Most connections that read at the same time.
const CONNECTIONS_MAX: usize = 8;
/// [`CONNECTIONS_MAX`] as the `u32` that `Semaphore::acquire_many` takes.
const ALL_CONNECTIONS: u32 = 8;

/// Runs read queries.
#[derive(Clone)]
pub(super) enum QueryRunner {
    /// Runs them on read-only connections.
    Pool(Arc<ConnectionPool>),
    /// Runs them in the writer thread between batches: an in-memory database has one connection.
    Writer,
}

pub(super) struct ConnectionPool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl QueryRunner {
    pub(super) fn with_pool(path: PathBuf) -> Self {
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self::Pool(Arc::new(ConnectionPool { path, permits, idle: Mutex::default() }))
    }

    /// Runs a query on a thread where it may block.
    pub(super) async fn run_query<A: Send + 'static>(
        &self,
        writer: &WriterHandle,
        query: impl FnOnce(&Connection) -> Result<A, StoreError> + Send + 'static,
    ) -> Result<A, StoreError> {
        match self {
            Self::Pool(pool) => ConnectionPool::run_query(Arc::clone(pool), query).await,
            Self::Writer => writer.run_query(query).await,
        }
    }

    /// Waits for running queries and refuses all later ones.
    pub(super) async fn close(&self) {
        match self {
            Self::Pool(pool) => {
                let all = pool.permits.acquire_many(ALL_CONNECTIONS).await;
                pool.permits.close();
                pool.lock_idle().clear();
                drop(all);
            }
            Self::Writer => {}
        }
    }
}

impl ConnectionPool {
    async fn run_query<A: Send + 'static>(
        pool: Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<A, StoreError> + Send + 'static,
    ) -> Result<A, StoreError> {
        let permits = Arc::clone(&pool.permits);
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let run = move || {
            let idle = pool.lock_idle().pop();
            let connection = idle.map_or_else(|| pool.open_connection(), Ok)?;
            let answer = query(&connection);
            pool.lock_idle().push(connection);
            drop(permit);
            answer
        };
        // The task fails only if the runtime shuts down or the query panics.
        spawn_blocking(run).await.map_err(|_| StoreError::Closed)?
    }

    fn open_connection(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(connection)
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
