//! The dead-letter table: messages that no worker could handle.

use model::{QueueMessage, Timestamp};
use orchestrator::{Fault, ports::DeadLetterQueue};
use rusqlite::params;

use super::{SqliteStore, log};

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
