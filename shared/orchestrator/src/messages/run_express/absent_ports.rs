//! What an Express execution has no need of.

use std::sync::Arc;

use model::{
    ExecutionId, FramePath, JobName, MessageIdentity, QueueMessage, Record, RecordNumber,
    RecordOutline, TaskToken, Timestamp,
};

use super::express_store::ExpressStore;
use crate::{
    Fault,
    ports::{DeadLetterQueue, DeathCount, DeathCounter, HistoryReader, JobIndex, LogOrder},
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

/// Its events are logged as they are appended, so nobody reads its history.
impl HistoryReader for ExpressStore {
    async fn load_log_page(
        &self,
        _: &ExecutionId,
        _: &FramePath,
        _: Option<RecordNumber>,
        _: LogOrder,
        _: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        Ok(Vec::new())
    }

    async fn has_child_frames(&self, _: &ExecutionId) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn load_outlines(
        &self,
        _: &ExecutionId,
        _: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        Ok(Vec::new())
    }

    async fn load_all_records(
        &self,
        _: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        Ok(Vec::new())
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
