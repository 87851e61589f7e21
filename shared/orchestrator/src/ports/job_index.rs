//! The index of jobs: which task waits for the job that a service tells of.

use std::future::Future;

use model::{JobName, TaskToken};

use crate::Fault;

/// Finds the tasks that wait for jobs. What it has may outlive its task. Where nobody tells of jobs, as
/// on one machine, it has nothing.
pub trait JobIndex {
    /// Remembers that this task waits for the job. A later task takes the place of an earlier one. Once
    /// this returns, it is durable.
    fn put_awaited_job(
        &self,
        job: &JobName,
        task: &TaskToken,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Returns the task that waits for the job, or once did.
    fn find_awaiting_task(
        &self,
        job: &JobName,
    ) -> impl Future<Output = Result<Option<TaskToken>, Fault>> + Send;
}
