//! The dead-letter table: messages that no worker could handle.

use std::path::Path;

use model::{QueueMessage, Timestamp};
use orchestrator::{Fault, ports::DeadLetterQueue};
use rusqlite::{Connection, OpenFlags, Row, params};

use super::{SqliteStore, log, opening::DATABASE_FILE};

/// A message that no worker could handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number in the store.
    pub id: i64,
    /// When it was given up.
    pub at: Timestamp,
    /// The message, as JSON.
    pub message: String,
    /// Why it was given up.
    pub reason: String,
}

/// Why the dead letters of a data directory cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the database: {0}")]
pub struct DeadLettersError(#[from] rusqlite::Error);

/// Most letters that are shown of a store that is in use.
const SHOWN_MAX: u32 = 1000;
const SELECT: &str =
    "SELECT id, buried_at, message, reason FROM dead_letters ORDER BY buried_at DESC, id DESC";

/// Reads the dead letters of a data directory, the newest first, whether a process uses it or not.
pub fn read_dead_letters(directory: &Path) -> Result<Vec<DeadLetter>, DeadLettersError> {
    let database = directory.join(DATABASE_FILE);
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(SELECT)?;
    let letters = statement.query_map([], read_row)?;
    Ok(letters.collect::<Result<_, _>>()?)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        id: row.get(0)?,
        at: Timestamp::from_milliseconds(row.get(1)?),
        message: row.get(2)?,
        reason: row.get(3)?,
    })
}

impl SqliteStore {
    /// Reads the newest thousand dead letters, as of the last commit, the newest first.
    pub async fn load_dead_letters(&self) -> Result<Vec<DeadLetter>, Fault> {
        self.run_query(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{SELECT} LIMIT {SHOWN_MAX}"))?;
            let letters = statement.query_map([], read_row)?;
            Ok(letters.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Removes a dead letter. Once this returns, it is gone. May be repeated.
    pub async fn remove_dead_letter(&self, id: i64) -> Result<(), Fault> {
        self.run_command(0, move |session| {
            session.execute_statement("DELETE FROM dead_letters WHERE id = ?1", params![id])?;
            Ok(())
        })
        .await
    }
}

impl DeadLetterQueue for SqliteStore {
    async fn put_dead_letter(
        &self,
        message: &QueueMessage,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let text = log::to_json_text(message.execution.as_str(), message)?;
        let (reason, at) = (reason.to_owned(), at.as_milliseconds());
        self.run_command(text.len(), move |session| {
            session.execute_statement(
                "INSERT INTO dead_letters (buried_at, message, reason) VALUES (?1, ?2, ?3)",
                params![at, text, reason],
            )?;
            Ok(())
        })
        .await
    }
}
