//! What an Express execution has no need of.

use model::{JobName, MessageIdentity, QueueMessage, TaskToken, Timestamp};

use super::express_store::ExpressStore;
use crate::{
    Fault,
    ports::{DeadLetterQueue, DeathCount, DeathCounter, JobIndex},
};

/// A process that dies takes the execution and its messages with it.
impl DeathCounter for ExpressStore {
    async fn load_deaths(&self, _: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        Ok(None)
    }

    async fn put_deaths(&self, _: &MessageIdentity, _: DeathCount) -> Result<(), Fault> {
        Ok(())
    }

    async fn clear_deaths(&self, _: &MessageIdentity) -> Result<(), Fault> {
        Ok(())
    }
}

impl DeadLetterQueue for ExpressStore {
    async fn put_dead_letter(&self, _: &QueueMessage, _: &str, _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }
}

/// Nothing waits for a job.
impl JobIndex for ExpressStore {
    async fn put_awaited_job(&self, _: &JobName, _: &TaskToken) -> Result<(), Fault> {
        Ok(())
    }

    async fn find_awaiting_task(&self, _: &JobName) -> Result<Option<TaskToken>, Fault> {
        Ok(None)
    }
}
