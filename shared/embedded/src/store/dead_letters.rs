//! Messages that nobody could handle.

use model::Message;
use orchestrator::{
    Fault,
    ports::{Clock, DeadLetters},
};
use rusqlite::params;

use super::{Store, log};
use system::SystemClock;

impl DeadLetters for Store {
    async fn bury(&self, message: &Message, reason: &str) -> Result<(), Fault> {
        let text = log::text(message.execution.as_str(), message)?;
        let (reason, now) = (reason.to_owned(), SystemClock.now().milliseconds());
        self.write(text.len(), move |session| {
            session.execute(
                "INSERT INTO dead_letters (buried_at, message, reason) VALUES (?1, ?2, ?3)",
                params![now, text, reason],
            )?;
            Ok(())
        })
        .await
    }
}
