//! Opening a data directory: by one process at a time, with a complete Statewright database only.
//!
//! Executions hold what their users put into them, so only the user of this process may read the
//! directory and its files (`store::tests::opening::only_its_user_can_read_a_data_directory`).

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tracing::info;

use super::{
    private_files::{create_private_directory, create_private_file, make_file_private},
    schema::{APPLICATION_ID, CREATE, PAGE_BYTES, VERSION},
    session::STATEMENTS_MAX,
};
use crate::{EXECUTION_LOG_NAME, SERVER_FILE_NAME};

/// The database in a data directory.
pub(super) const DATABASE_FILE: &str = "statewright.sqlite";
/// A database that is being created. It is renamed once it is complete.
const UNFINISHED_FILE: &str = "statewright.sqlite.new";
/// Locked while a process uses the directory. The file is empty.
const LOCK_FILE: &str = "statewright.lock";

/// Everything that is put into a data directory, by this store and beside it.
const OWN_FILES: [&str; 9] = [
    DATABASE_FILE,
    "statewright.sqlite-wal",
    "statewright.sqlite-shm",
    "statewright.sqlite-journal",
    UNFINISHED_FILE,
    "statewright.sqlite.new-journal",
    LOCK_FILE,
    EXECUTION_LOG_NAME,
    SERVER_FILE_NAME,
];

/// Pages of write-ahead log after which a commit checkpoints it.
const CHECKPOINT_PAGES: u32 = 4096;
/// Bytes of write-ahead log that stay allocated after a checkpoint.
const LOG_BYTES_KEPT: u32 = 64 << 20;
/// Kilobytes of database pages that the writer keeps in memory.
const WRITER_CACHE_KILOBYTES: i32 = 32 << 10;

/// The first bytes of every `SQLite` file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Byte offset of `user_version` in the file's header.
const VERSION_OFFSET: usize = 60;
/// Byte offset of `application_id` in the file's header.
const APPLICATION_ID_OFFSET: usize = 68;

/// Says why a data directory cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreOpenError {
    /// Another process, or another store of this process, uses the directory.
    #[error("the data directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The directory cannot be created, or files in it cannot be read.
    #[error("the data directory {} cannot be used", directory.display())]
    Directory {
        /// The data directory.
        directory: PathBuf,
        /// The error of the file system.
        #[source]
        source: io::Error,
    },
    /// The directory, or a file in it, is read-only.
    #[error("the data directory {} cannot be written to", directory.display())]
    ReadOnly {
        /// The data directory.
        directory: PathBuf,
        /// The error of the file system or of `SQLite`.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is not a Statewright database.
    #[error("{} is not a database of Statewright", .0.display())]
    Foreign(PathBuf),
    /// A release with other tables has written the file.
    #[error("{} has schema version {found}, and this release knows {VERSION}", path.display())]
    OtherVersion {
        /// The database file.
        path: PathBuf,
        /// Its schema version, `PRAGMA user_version`.
        found: u32,
    },
    /// The file is damaged.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The error of `SQLite`.
        #[source]
        source: rusqlite::Error,
    },
    /// The disk is full.
    #[error("the disk of {} is full", path.display())]
    Full {
        /// The database file.
        path: PathBuf,
        /// The error of `SQLite`.
        #[source]
        source: rusqlite::Error,
    },
    /// `SQLite` reported any other error.
    #[error("{} cannot be opened", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// The error of `SQLite`.
        #[source]
        source: rusqlite::Error,
    },
}

/// How the last process that had opened a store ended its work with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastEnd {
    /// It closed the store, or there was no such process.
    Closed,
    /// It ended without that: it was killed, or died of something that it did.
    Died,
}

/// An open database. No other process can open it while the lock is held.
pub(super) struct OpenedDatabase {
    pub(super) connection: Connection,
    pub(super) opening: i64,
    pub(super) last_end: LastEnd,
    pub(super) lock: Option<File>,
}

/// Opens the database of a directory. Creates each of them if it is missing.
pub(super) fn open_database(directory: &Path) -> Result<OpenedDatabase, StoreOpenError> {
    create_private_directory(directory, &OWN_FILES)
        .map_err(|source| directory_error(directory, source))?;
    let lock = lock_directory(directory)?;
    let path = directory.join(DATABASE_FILE);
    if !path.try_exists().map_err(|source| directory_error(directory, source))? {
        create_database_file(directory, &path)?;
    }
    check_header(directory, &path)?;
    for file in OWN_FILES {
        make_file_private(&directory.join(file));
    }
    let sqlite = |source| database_error(&path, source);
    let connection = connect_writer(&path).map_err(sqlite)?;
    check_version(&connection, &path)?;
    let (opening, last_end) = record_opening(&connection).map_err(sqlite)?;
    info!(directory = %directory.display(), opening, ?last_end, "the store is open");
    Ok(OpenedDatabase { connection, opening, last_end, lock: Some(lock) })
}

/// Opens a database in memory, which ends with its connection.
pub(super) fn open_in_memory() -> Result<OpenedDatabase, StoreOpenError> {
    let path = Path::new(":memory:");
    let opened = || {
        let connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        create_tables(&connection)?;
        let (opening, last_end) = record_opening(&connection)?;
        Ok(OpenedDatabase { connection, opening, last_end, lock: None })
    };
    opened().map_err(|source| database_error(path, source))
}

/// Locks the directory until the returned file is closed, at the latest by the end of the process.
fn lock_directory(directory: &Path) -> Result<File, StoreOpenError> {
    let file = create_private_file(&directory.join(LOCK_FILE));
    let file = file.map_err(|source| directory_error(directory, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreOpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(directory_error(directory, source)),
    }
}

/// Creates the database under another name and renames it once it is complete, so that a file of
/// the final name is always complete.
fn create_database_file(directory: &Path, path: &Path) -> Result<(), StoreOpenError> {
    let unfinished = directory.join(UNFINISHED_FILE);
    let io = |source| directory_error(directory, source);
    match fs::remove_file(&unfinished) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    // SQLite gives the files beside a database the permissions of the database.
    drop(create_private_file(&unfinished).map_err(io)?);
    let made = || {
        let connection = Connection::open(&unfinished)?;
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "synchronous", "EXTRA")?;
        create_tables(&connection)?;
        connection.close().map_err(|(_, error)| error)
    };
    made().map_err(|source| database_error(&unfinished, source))?;
    fs::rename(&unfinished, path).map_err(io)?;
    sync_directory(directory).map_err(io)
}

/// Makes a rename in the directory durable.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Other systems cannot open a directory as a file.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

fn create_tables(connection: &Connection) -> rusqlite::Result<()> {
    let batch = format!(
        "BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};
         {CREATE} COMMIT;"
    );
    connection.execute_batch(&batch)
}

/// Checks the first bytes of the file before `SQLite` may change it.
fn check_header(directory: &Path, path: &Path) -> Result<(), StoreOpenError> {
    let mut header = Vec::new();
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut header))
        .map_err(|source| directory_error(directory, source))?;
    let number = |offset: usize| {
        let bytes = header.get(offset..)?.first_chunk::<4>()?;
        Some(u32::from_be_bytes(*bytes))
    };
    if !header.starts_with(MAGIC) || number(APPLICATION_ID_OFFSET) != Some(APPLICATION_ID) {
        return Err(StoreOpenError::Foreign(path.to_owned()));
    }
    match number(VERSION_OFFSET) {
        Some(found) if found != VERSION => {
            Err(StoreOpenError::OtherVersion { path: path.to_owned(), found })
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks again through `SQLite`: the newest header may still be in the write-ahead log.
fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreOpenError> {
    let ask = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let id = ask("application_id").map_err(|source| database_error(path, source))?;
    let version = ask("user_version").map_err(|source| database_error(path, source))?;
    if id != APPLICATION_ID || version == 0 {
        return Err(StoreOpenError::Foreign(path.to_owned()));
    }
    if version != VERSION {
        return Err(StoreOpenError::OtherVersion { path: path.to_owned(), found: version });
    }
    Ok(())
}

fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS only this flushes the disk's own cache. On other systems it has no effect.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KILOBYTES)?;
    let ignore = |_: &rusqlite::Row<'_>| Ok(());
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, ignore)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, ignore)?;
    Ok(connection)
}

/// Increments the number of openings and returns it, with the end of the one before. This also
/// proves that the tables can be read and the file can be written. Removes counts of deaths that
/// belong to no running execution.
fn record_opening(connection: &Connection) -> rusqlite::Result<(i64, LastEnd)> {
    for table in ["machines", "revisions", "executions", "records", "fan_in_items"] {
        connection.prepare(&format!("SELECT 1 FROM {table} LIMIT 1"))?.exists([])?;
    }
    connection.execute(
        "DELETE FROM deaths WHERE execution NOT IN (SELECT id FROM executions WHERE status = 0)",
        [],
    )?;
    let closed = connection.query_row("SELECT closed FROM opening", [], |row| row.get(0))?;
    let next = "UPDATE opening SET number = number + 1, closed = 0 RETURNING number";
    let opening = connection.query_row(next, [], |row| row.get(0))?;
    Ok((opening, if closed { LastEnd::Closed } else { LastEnd::Died }))
}

fn directory_error(directory: &Path, source: io::Error) -> StoreOpenError {
    let directory = directory.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreOpenError::ReadOnly { directory, source: source.into() }
        }
        _ => StoreOpenError::Directory { directory, source },
    }
}

fn database_error(path: &Path, source: rusqlite::Error) -> StoreOpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreOpenError::Full { path, source },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreOpenError::Damaged { path, source }
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            let directory = path.parent().map_or_else(|| path.clone(), Path::to_owned);
            StoreOpenError::ReadOnly { directory, source: source.into() }
        }
        _ => StoreOpenError::Database { path, source },
    }
}
