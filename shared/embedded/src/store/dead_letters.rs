//! The dead-letter table: messages that no worker could handle.

use std::path::Path;

use model::{QueueMessage, Timestamp};
use orchestrator::{Fault, ports::DeadLetterQueue};
use rusqlite::{Connection, OpenFlags, params};

use super::{SqliteStore, log, opening::DATABASE_FILE};

/// A message that no worker could handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
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

/// Reads the dead letters of a data directory, the newest first, whether a process uses it or not.
pub fn read_dead_letters(directory: &Path) -> Result<Vec<DeadLetter>, DeadLettersError> {
    let database = directory.join(DATABASE_FILE);
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection
        .prepare("SELECT buried_at, message, reason FROM dead_letters ORDER BY buried_at DESC")?;
    let letters = statement.query_map([], |row| {
        Ok(DeadLetter {
            at: Timestamp::from_milliseconds(row.get(0)?),
            message: row.get(1)?,
            reason: row.get(2)?,
        })
    })?;
    Ok(letters.collect::<Result<_, _>>()?)
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
