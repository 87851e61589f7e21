//! Counts of deaths.

use model::MessageIdentity;
use orchestrator::{
    Fault,
    ports::{DeathCount, DeathCounter},
};

use super::MemoryStore;

impl DeathCounter for MemoryStore {
    async fn load_deaths(&self, message: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        Ok(self.lock_state().deaths.get(message).copied())
    }

    async fn put_deaths(&self, message: &MessageIdentity, count: DeathCount) -> Result<(), Fault> {
        let mut state = self.lock_state();
        if state.has_execution(&message.execution) {
            state.deaths.insert(message.clone(), count);
        }
        Ok(())
    }

    async fn clear_deaths(&self, message: &MessageIdentity) -> Result<(), Fault> {
        self.lock_state().deaths.remove(message);
        Ok(())
    }
}
