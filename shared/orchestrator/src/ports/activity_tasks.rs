//! The queues of tasks that wait for the workers of activities.

use std::future::Future;

use model::{ActivityTask, ResourceName};

use crate::Fault;

/// Keeps a queue of rows for each activity, whether or not the activity exists. A row is a hint: who
/// reads it looks into the log of its frame, which alone decides who gets the task.
pub trait ActivityTaskQueue {
    /// Adds a task: once this returns, that is durable. May be repeated.
    fn put_activity_task(
        &self,
        task: ActivityTask,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Returns the tasks of an activity that have waited the longest, at most `limit`, in their
    /// order. Every task that was added before is seen; a row that cannot be read is left out.
    ///
    /// Where there is none, a store that is told of new ones waits for one, for at most so many
    /// milliseconds; of several callers that wait, each new task wakes at least one. Another store
    /// returns at once.
    fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        milliseconds: i64,
    ) -> impl Future<Output = Result<Vec<ActivityTask>, Fault>> + Send;

    /// Removes a task: once this returns, it is gone, unless it is added again. May be repeated.
    fn remove_activity_task(
        &self,
        task: &ActivityTask,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
