//! Messages that nobody could handle.

use model::Message;
use orchestrator::{Fault, ports::DeadLetters};

use super::MemoryStore;

impl DeadLetters for MemoryStore {
    async fn bury(&self, message: &Message, reason: &str) -> Result<(), Fault> {
        self.state().buried.push((message.clone(), reason.to_owned()));
        Ok(())
    }
}

impl MemoryStore {
    /// What was buried, with the reasons.
    pub fn buried(&self) -> Vec<(Message, String)> {
        self.state().buried.clone()
    }
}
