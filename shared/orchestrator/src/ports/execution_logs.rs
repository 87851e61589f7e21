//! The logs of executions.

use std::future::{Future, ready};

use model::{AccountRegion, ExecutionId, ExecutionLogging, Timestamp};

/// A line of a log: one event of an execution's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionLogLine {
    /// When the event happened.
    pub at: Timestamp,
    /// The event as JSON, in the shape of Step Functions' vended logs.
    pub text: String,
}

/// What is to be logged of one execution.
#[derive(Clone, Copy, Debug)]
pub struct ExecutionLogBatch<'a> {
    /// The log group.
    pub logging: &'a ExecutionLogging,
    /// The account and the region of the execution.
    pub account_region: &'a AccountRegion,
    /// The execution.
    pub execution: &'a ExecutionId,
    /// The role of its state machine.
    pub role_arn: &'a str,
    /// The lines, at least one, in the order of the events.
    pub lines: &'a [ExecutionLogLine],
}

/// Writes logs of executions. As on AWS it does so as well as it can: what cannot be written has no
/// consequence for the execution.
pub trait ExecutionLogs {
    /// Writes lines. Once this returns, they are where their readers find them, or the adapter has
    /// reported that they are not.
    fn write_log(&self, batch: ExecutionLogBatch<'_>) -> impl Future<Output = ()> + Send {
        let _ = batch;
        ready(())
    }
}
