//! Dead letters: messages that no worker could handle.

use model::{QueueMessage, Timestamp};
use orchestrator::{Fault, ports::DeadLetterQueue};

use super::MemoryStore;

impl DeadLetterQueue for MemoryStore {
    async fn put_dead_letter(
        &self,
        message: &QueueMessage,
        reason: &str,
        _: Timestamp,
    ) -> Result<(), Fault> {
        self.lock_state().dead_letters.push((message.clone(), reason.to_owned()));
        Ok(())
    }
}

impl MemoryStore {
    /// Returns all dead letters with their reasons, oldest first.
    pub fn all_dead_letters(&self) -> Vec<(QueueMessage, String)> {
        self.lock_state().dead_letters.clone()
    }
}
