//! Executions as they are started, described and listed.

use std::{future::Future, sync::Arc};

use model::{
    Execution, ExecutionId, ExecutionStatus, FrameOutcome, Record, RedriveDetails, ResourceName,
    Timestamp,
};

use crate::Fault;

/// What became of a start.
#[derive(Clone, Debug)]
pub enum ExecutionCreation {
    /// The execution and record 0 of its root frame are durable.
    Done,
    /// There is an execution of that name; nothing was written.
    Exists(Arc<Execution>),
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedExecution {
    /// Which.
    pub id: ExecutionId,
    /// Its status.
    pub status: ExecutionStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
    /// How often and when it was redriven last.
    pub redriven: Option<RedriveDetails>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionPage {
    /// Newest first: by start or redrive while running, by end afterwards.
    pub executions: Vec<ListedExecution>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

/// A write that changed an execution's status, or that had been done before.
#[derive(Clone, Debug)]
pub struct StatusWrite {
    /// The execution after the write, where the store knows it without another request.
    pub execution: Option<Arc<Execution>>,
    /// Whether an earlier write had done the same.
    pub repeated: bool,
}

/// Execution items.
pub trait ExecutionStore {
    /// Writes the execution and record 0 of its root in one conditional step; the name makes it
    /// idempotent. Once this returns [`ExecutionCreation::Done`] the start is durable.
    fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<ExecutionCreation, Fault>> + Send;

    /// The execution, if there is one.
    fn load_execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send;

    /// Once this returns, the execution is shown as ended after that redrive, unless it has been
    /// redriven since. May repeat. None if there is no such execution.
    fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, &FrameOutcome),
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send;

    /// Once this returns, the execution is shown as running since that redrive, unless it has ended
    /// or been redriven since. May repeat. None if there is no such execution.
    fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send;

    /// Running executions that started before that time and whose root is still at record 0: the
    /// message that takes it on may never have been sent. At most some hundreds; those that are
    /// left out are given when the others have got on.
    fn find_unstarted_executions(
        &self,
        before: Timestamp,
    ) -> impl Future<Output = Result<Vec<ExecutionId>, Fault>> + Send;

    /// Executions of a machine, newest first, at most `limit`, from where `after` says.
    fn list_executions(
        &self,
        machine: &ResourceName,
        status: Option<ExecutionStatus>,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send;
}
