//! Calls to the world outside.

use std::future::{Future, ready};

pub use engine::CallOutcome;
use model::{ExecutionId, FramePath, RecordNumber, TaskCall, Timestamp};

/// A call and who makes it.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// What is called.
    pub call: &'a TaskCall,
    /// By which execution,
    pub execution: &'a ExecutionId,
    /// in which frame,
    pub frame: &'a FramePath,
    /// under which claim.
    pub claim: RecordNumber,
    /// With the credentials of this role.
    pub role_arn: &'a str,
    /// When the answer is no longer wanted.
    pub deadline: Option<Timestamp>,
}

/// Makes calls. Whatever goes wrong with one is the workflow's business, so there is no fault.
pub trait TaskCaller {
    /// Makes the call once and waits for its answer. Dropping the future gives it up.
    fn make_call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send;

    /// What the whole task comes to without any call, where a test case says so.
    fn mocked(
        &self,
        _request: CallRequest<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        ready(None)
    }
}
