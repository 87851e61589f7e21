//! The dead-letter table: messages that no worker could handle.

use model::QueueMessage;
use orchestrator::{
    Fault,
    ports::{Clock, DeadLetterQueue},
};
use rusqlite::params;

use super::{SqliteStore, log};
use system_clock::SystemClock;

impl DeadLetterQueue for SqliteStore {
    async fn bury_message(&self, message: &QueueMessage, reason: &str) -> Result<(), Fault> {
        let text = log::to_json_text(message.execution.as_str(), message)?;
        let (reason, now) = (reason.to_owned(), SystemClock.now().as_milliseconds());
        self.run_command(text.len(), move |session| {
            session.execute_statement(
                "INSERT INTO dead_letters (buried_at, message, reason) VALUES (?1, ?2, ?3)",
                params![now, text, reason],
            )?;
            Ok(())
        })
        .await
    }
}
