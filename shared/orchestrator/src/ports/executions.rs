//! The store of executions: how they are started, described and listed.

use std::{future::Future, sync::Arc};

use model::{
    ArnQualifier, Execution, ExecutionId, ExecutionStatus, FrameOutcome, Record, RedriveDetails,
    ResourceName, StartedVersion, Timestamp,
};

use crate::Fault;

/// The result of creating an execution.
#[derive(Clone, Debug)]
pub enum ExecutionCreation {
    /// The execution and record 0 of its root frame are durable.
    Done,
    /// An execution of that name exists; nothing was written.
    Exists(Arc<Execution>),
}

/// An execution as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedExecution {
    /// The id of the execution.
    pub id: ExecutionId,
    /// Its status.
    pub status: ExecutionStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended; none while it runs.
    pub stopped_at: Option<Timestamp>,
    /// Its last redrive; none if it was never redriven.
    pub redriven: Option<RedriveDetails>,
    /// The version that was started, unless it was the newest revision.
    pub version: Option<StartedVersion>,
}

/// Which executions of a machine a list has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecutionFilter {
    /// Those of this status; of every status if absent.
    pub status: Option<ExecutionStatus>,
    /// Those that were started with this version, by an alias or not, or with this alias; all if
    /// absent.
    pub started_as: Option<ArnQualifier>,
}

impl ExecutionFilter {
    /// All executions of a status.
    pub const fn of_status(status: ExecutionStatus) -> Self {
        Self { status: Some(status), started_as: None }
    }

    /// Returns whether the list has an execution.
    pub fn matches_execution(&self, listed: &ListedExecution) -> bool {
        let version = listed.version.as_ref();
        self.status.is_none_or(|status| listed.status == status)
            && match &self.started_as {
                None => true,
                Some(ArnQualifier::Version(number)) => {
                    version.is_some_and(|started| started.number == *number)
                }
                Some(ArnQualifier::Alias(name)) => {
                    version.is_some_and(|started| started.alias.as_ref() == Some(name))
                }
            }
    }
}

/// A page of a list of executions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionPage {
    /// Newest first: by start or redrive while running, by end afterwards.
    pub executions: Vec<ListedExecution>,
    /// Where the next page begins, as the store encodes it; none on the last page.
    pub next: Option<String>,
}

/// The result of writing an execution's status.
#[derive(Clone, Debug)]
pub struct StatusWrite {
    /// The execution after the write; none if the store would need another request to know it.
    pub execution: Option<Arc<Execution>>,
    /// Whether an earlier write had already done the same.
    pub repeated: bool,
}

/// Stores executions, each as one item.
pub trait ExecutionStore {
    /// Writes the execution and record 0 of its root frame in one conditional step, which is
    /// idempotent by the execution's name. Once this returns [`ExecutionCreation::Done`], the start
    /// is durable. An execution that has ended already is listed as ended.
    fn create_execution(
        &self,
        id: &ExecutionId,
        execution: Execution,
        first: Record,
    ) -> impl Future<Output = Result<ExecutionCreation, Fault>> + Send;

    /// Returns the execution, if there is one.
    fn load_execution(
        &self,
        id: &ExecutionId,
    ) -> impl Future<Output = Result<Option<Arc<Execution>>, Fault>> + Send;

    /// Marks the execution as ended, unless it has been redriven since `redriven`, its last redrive
    /// before that end. Once this returns, that is durable. May be repeated. Returns none if there
    /// is no such execution.
    fn finish_execution(
        &self,
        id: &ExecutionId,
        redriven: Option<&RedriveDetails>,
        end: (Timestamp, &FrameOutcome),
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send;

    /// Marks the execution as running since that redrive, unless it has ended or been redriven
    /// since. Once this returns, that is durable. May be repeated. Returns none if there is no such
    /// execution.
    fn reopen_execution(
        &self,
        id: &ExecutionId,
        redriven: &RedriveDetails,
    ) -> impl Future<Output = Result<Option<StatusWrite>, Fault>> + Send;

    /// Returns at most `limit` executions of a machine that match a filter, newest first. `after` is
    /// [`ExecutionPage::next`] of the previous page.
    fn list_executions(
        &self,
        machine: &ResourceName,
        filter: ExecutionFilter,
        limit: u32,
        after: Option<&str>,
    ) -> impl Future<Output = Result<ExecutionPage, Fault>> + Send;
}
