//! Opening a data directory: one process at a time, our own files only, whole or not at all.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tracing::info;

use super::{
    schema::{APPLICATION_ID, CREATE, PAGE_BYTES, UPGRADE_1, VERSION},
    session::STATEMENTS_MAX,
};

/// The database in a data directory.
pub(super) const DATABASE_FILE: &str = "statewright.sqlite";
/// A database that is being made; its name is changed once it is whole.
const UNFINISHED_FILE: &str = "statewright.sqlite.new";
/// Locked while a process uses the directory; its content is nothing.
const LOCK_FILE: &str = "statewright.lock";

/// Pages of log after which a commit folds it into the file.
const CHECKPOINT_PAGES: u32 = 4096;
/// Bytes of log that stay allocated after that.
const LOG_BYTES_KEPT: u32 = 64 << 20;
/// Kilobytes of pages that the writer keeps in memory.
const WRITER_CACHE_KILOBYTES: i32 = 32 << 10;

/// What every `SQLite` file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where its header holds `user_version`.
const VERSION_OFFSET: usize = 60;
/// Where its header holds `application_id`.
const APPLICATION_ID_OFFSET: usize = 68;

/// Why a data directory cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreOpenError {
    /// Another process, or another store of this one, uses it.
    #[error("the data directory {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// It cannot be made, or files in it cannot be read.
    #[error("the data directory {} cannot be used", directory.display())]
    Directory {
        /// Which.
        directory: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It, or the file in it, may only be read.
    #[error("the data directory {} cannot be written to", directory.display())]
    ReadOnly {
        /// Which.
        directory: PathBuf,
        /// What said so.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file of that name is something else.
    #[error("{} is not a database of Statewright", .0.display())]
    Foreign(PathBuf),
    /// A later release has written it.
    #[error("{} has schema version {found}, and this release knows {VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The file was damaged from outside.
    #[error("{} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        #[source]
        source: rusqlite::Error,
    },
    /// Nothing more fits on the disk.
    #[error("the disk of {} is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        #[source]
        source: rusqlite::Error,
    },
    /// Anything else that `SQLite` reports.
    #[error("{} cannot be opened", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What `SQLite` says.
        #[source]
        source: rusqlite::Error,
    },
}

/// A database that is ours and nobody else's while the lock is held.
pub(super) struct OpenedDatabase {
    pub(super) connection: Connection,
    pub(super) opening: i64,
    pub(super) lock: Option<File>,
}

/// Opens the database of a directory; makes both where they are missing.
pub(super) fn open_database(directory: &Path) -> Result<OpenedDatabase, StoreOpenError> {
    fs::create_dir_all(directory).map_err(|source| directory_error(directory, source))?;
    let lock = lock_directory(directory)?;
    let path = directory.join(DATABASE_FILE);
    if !path.try_exists().map_err(|source| directory_error(directory, source))? {
        create_database_file(directory, &path)?;
    }
    check_header(directory, &path)?;
    let sqlite = |source| database_error(&path, source);
    let connection = connect_writer(&path).map_err(sqlite)?;
    check_version(&connection, &path)?;
    upgrade_schema(&connection).map_err(sqlite)?;
    let opening = record_opening(&connection).map_err(sqlite)?;
    info!(directory = %directory.display(), opening, "the store is open");
    Ok(OpenedDatabase { connection, opening, lock: Some(lock) })
}

/// A database that ends with its connection.
pub(super) fn open_in_memory() -> Result<OpenedDatabase, StoreOpenError> {
    let path = Path::new(":memory:");
    let opened = || {
        let connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        create_tables(&connection)?;
        let opening = record_opening(&connection)?;
        Ok(OpenedDatabase { connection, opening, lock: None })
    };
    opened().map_err(|source| database_error(path, source))
}

/// Held until the file is closed, by the end of the process at the latest.
fn lock_directory(directory: &Path) -> Result<File, StoreOpenError> {
    let options = File::options().create(true).truncate(false).write(true).clone();
    let file = options.open(directory.join(LOCK_FILE));
    let file = file.map_err(|source| directory_error(directory, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreOpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(directory_error(directory, source)),
    }
}

/// A file of the final name is always whole: it gets that name when it is.
fn create_database_file(directory: &Path, path: &Path) -> Result<(), StoreOpenError> {
    let unfinished = directory.join(UNFINISHED_FILE);
    let io = |source| directory_error(directory, source);
    match fs::remove_file(&unfinished) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
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

/// Makes the new name durable.
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

/// Judges the file by its first bytes, before `SQLite` may do anything to it.
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
        Some(found) if found > VERSION => {
            Err(StoreOpenError::Newer { path: path.to_owned(), found })
        }
        Some(_) | None => Ok(()),
    }
}

/// Asks again: the newest header may be in the log.
fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreOpenError> {
    let ask = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let id = ask("application_id").map_err(|source| database_error(path, source))?;
    let version = ask("user_version").map_err(|source| database_error(path, source))?;
    if id != APPLICATION_ID || version == 0 {
        return Err(StoreOpenError::Foreign(path.to_owned()));
    }
    if version > VERSION {
        return Err(StoreOpenError::Newer { path: path.to_owned(), found: version });
    }
    Ok(())
}

/// Brings the tables of an earlier release up to date.
fn upgrade_schema(connection: &Connection) -> rusqlite::Result<()> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 1 {
        connection.execute_batch(&format!("BEGIN; {UPGRADE_1} COMMIT;"))?;
    }
    Ok(())
}

fn connect_writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Elsewhere than on macOS, which does not flush the disk's own cache otherwise, no effect.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KILOBYTES)?;
    let ignore = |_: &rusqlite::Row<'_>| Ok(());
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, ignore)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, ignore)?;
    Ok(connection)
}

/// Counts the openings, which shows in passing that the file can be written and its tables read.
fn record_opening(connection: &Connection) -> rusqlite::Result<i64> {
    for table in ["machines", "revisions", "executions", "records", "fans", "fan_children"] {
        connection.prepare(&format!("SELECT 1 FROM {table} LIMIT 1"))?.exists([])?;
    }
    let next = "UPDATE opening SET number = number + 1 RETURNING number";
    connection.query_row(next, [], |row| row.get(0))
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
