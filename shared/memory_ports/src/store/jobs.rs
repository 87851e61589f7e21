//! The tasks that wait for jobs of services.

use model::{JobName, TaskToken};
use orchestrator::{Fault, ports::JobIndex};

use super::MemoryStore;

impl JobIndex for MemoryStore {
    async fn put_awaited_job(&self, job: &JobName, task: &TaskToken) -> Result<(), Fault> {
        self.lock_state().awaited_jobs.insert(job.clone(), task.clone());
        Ok(())
    }

    async fn find_awaiting_task(&self, job: &JobName) -> Result<Option<TaskToken>, Fault> {
        Ok(self.lock_state().awaited_jobs.get(job).cloned())
    }
}
