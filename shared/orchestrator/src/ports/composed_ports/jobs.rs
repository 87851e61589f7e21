//! The index of jobs, by the store that a value has.

use std::future::Future;

use model::{JobName, TaskToken};

use super::{super::JobIndex, ComposedPorts};
use crate::Fault;

impl<T> JobIndex for T
where
    T: ComposedPorts + Sync,
    T::Store: JobIndex + Sync,
{
    fn put_awaited_job(
        &self,
        job: &JobName,
        task: &TaskToken,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_awaited_job(job, task)
    }

    fn find_awaiting_task(
        &self,
        job: &JobName,
    ) -> impl Future<Output = Result<Option<TaskToken>, Fault>> + Send {
        self.store().find_awaiting_task(job)
    }
}
