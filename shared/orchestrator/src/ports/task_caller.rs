//! The caller of Task states: calls to other services.

use std::future::Future;

pub use engine::CallOutcome;
use model::{ExecutionId, FramePath, RecordNumber, StateName, TaskCall, TaskResource, Timestamp};

/// A call and who makes it.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// What is called, with which payload.
    pub call: &'a TaskCall,
    /// The Task state that calls.
    pub state: &'a StateName,
    /// The execution of that state.
    pub execution: &'a ExecutionId,
    /// The frame of that state.
    pub frame: &'a FramePath,
    /// The record that claims the call.
    pub claim: RecordNumber,
    /// The role whose credentials the call is made with.
    pub role_arn: &'a str,
    /// When the task times out, after which the answer has no use; none if it has no timeout.
    pub deadline: Option<Timestamp>,
}

/// How many calls of one function may be made at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallConcurrency {
    /// The name of the function.
    pub function: String,
    /// The most calls at once: at least one.
    pub calls_max: usize,
}

/// Makes the calls of Task states. Whatever goes wrong with a call is an outcome that the workflow
/// handles, so there is no fault.
pub trait TaskCaller {
    /// Whether it can call that resource at all.
    fn can_call(&self, resource: &TaskResource) -> bool;

    /// What bounds the number of such calls that are made at once; none if nothing does.
    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        let _ = call;
        None
    }

    /// Makes the call once and waits for its response. Dropping the future gives up the call.
    /// Returns none if it cannot call that resource; then nothing was done.
    ///
    /// Where the resource's pattern waits for more than the response, the outcome is
    /// [`CallOutcome::Submitted`]; [`CallOutcome::Succeeded`] completes the task.
    fn make_call(
        &self,
        request: CallRequest<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send;
}
