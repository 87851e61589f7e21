//! Reads beside the writer: a few connections that see what is durable and never wait for it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, OpenFlags};
use tokio::{sync::Semaphore, task::spawn_blocking};

use super::{error::Error, session::STATEMENTS_MAX, writer::Writer};

/// Connections that read at once.
const CONNECTIONS_MAX: usize = 8;
/// `Semaphore` counts in `u32` where it takes many at once.
const ALL_CONNECTIONS: u32 = 8;

/// Where queries are run.
#[derive(Clone)]
pub(super) enum Readers {
    /// On connections of their own.
    Pool(Arc<Pool>),
    /// By the writer between its batches: an in-memory database has one connection.
    Writer,
}

pub(super) struct Pool {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn of(path: PathBuf) -> Self {
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self::Pool(Arc::new(Pool { path, permits, idle: Mutex::default() }))
    }

    /// Runs a query on a thread where it may block.
    pub(super) async fn read<A: Send + 'static>(
        &self,
        writer: &Writer,
        query: impl FnOnce(&Connection) -> Result<A, Error> + Send + 'static,
    ) -> Result<A, Error> {
        match self {
            Self::Pool(pool) => Pool::read(Arc::clone(pool), query).await,
            Self::Writer => writer.read(query).await,
        }
    }

    /// Once this returns no query runs and none will.
    pub(super) async fn close(&self) {
        match self {
            Self::Pool(pool) => {
                let all = pool.permits.acquire_many(ALL_CONNECTIONS).await;
                pool.permits.close();
                pool.idle().clear();
                drop(all);
            }
            Self::Writer => {}
        }
    }
}

impl Pool {
    async fn read<A: Send + 'static>(
        pool: Arc<Self>,
        query: impl FnOnce(&Connection) -> Result<A, Error> + Send + 'static,
    ) -> Result<A, Error> {
        let permits = Arc::clone(&pool.permits);
        let permit = permits.acquire_owned().await.map_err(|_| Error::Closed)?;
        let run = move || {
            let idle = pool.idle().pop();
            let connection = idle.map_or_else(|| pool.connect(), Ok)?;
            let answer = query(&connection);
            pool.idle().push(connection);
            drop(permit);
            answer
        };
        // The runtime refuses work only while it shuts down.
        spawn_blocking(run).await.map_err(|_| Error::Closed)?
    }

    fn connect(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
