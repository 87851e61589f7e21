//! The caller of Task states: calls to other services.

use std::future::Future;

pub use asl::IntegrationMistake;
pub use engine::CallOutcome;
use model::{
    AccountRegion, ExecutionId, FramePath, RecordNumber, ServiceJob, StateName, TaskCall,
    TaskResource, Timestamp,
};
use serde_json::Value;

use crate::Fault;

/// A call and who makes it.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// What is called, with which payload.
    pub call: &'a TaskCall,
    /// The Task state that calls.
    pub state: &'a StateName,
    /// Who calls.
    pub origin: CallOrigin<'a>,
    /// When the task times out, after which the answer has no use; none if it has no timeout.
    pub deadline: Option<Timestamp>,
    /// Whether the call may return without the answer of its function, which then comes by
    /// [`crate::complete_function_call`].
    pub asynchronous: bool,
}

/// Who makes a call.
#[derive(Clone, Copy, Debug)]
pub struct CallOrigin<'a> {
    /// The account and the region of the execution.
    pub account_region: &'a AccountRegion,
    /// The execution of the state that calls.
    pub execution: &'a ExecutionId,
    /// The frame of that state.
    pub frame: &'a FramePath,
    /// The record that claims the call, or that waits for its job.
    pub claim: RecordNumber,
    /// The role of the state machine.
    pub role_arn: &'a str,
    /// The role that the state names, which that role assumes.
    pub task_role_arn: Option<&'a str>,
}

/// Which fields of a mocked result are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockedFields {
    /// Required fields must be present, and present fields must be valid.
    RequiredAndPresent,
    /// Present fields must be valid.
    Present,
}

/// How many calls of one function may be made at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallConcurrency {
    /// The name of the function.
    pub function: String,
    /// The most calls at once: at least one.
    pub calls_max: usize,
}

/// What has come of cancelling a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobCancellation {
    /// Its service knows, cannot cancel it, or refuses for good.
    Settled,
    /// Its service was not reached, or refuses for a while: it is to be told again.
    Unanswered,
}

/// Makes the calls of Task states. Whatever goes wrong with a call is an outcome that the workflow
/// handles, so there is no fault.
pub trait TaskCaller {
    /// Whether it can call that resource at all.
    fn can_call(&self, resource: &TaskResource) -> bool;

    /// What is wrong with a Task that calls this resource, as far as it knows the resource.
    /// `parameters` are as they are written in the definition.
    fn find_mistakes(
        &self,
        resource: &TaskResource,
        parameters: Option<&Value>,
    ) -> Vec<IntegrationMistake> {
        let _ = (resource, parameters);
        Vec::new()
    }

    /// Checks a mocked result against the shape of the resource's answers, as far as it knows that.
    ///
    /// Errors: what is wrong with the first field that is, in AWS's words.
    fn check_mocked_result(
        &self,
        resource: &TaskResource,
        result: &Value,
        fields: MockedFields,
    ) -> Result<(), String> {
        let _ = (resource, result, fields);
        Ok(())
    }

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

    /// Asks for the outcome of a job; none while it runs, or while its service does not answer.
    fn describe_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        let _ = (job, origin);
        std::future::ready(None)
    }

    /// Cancels a job as far as its service can. That it cannot has no consequence. Repeating it changes
    /// nothing.
    fn cancel_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = JobCancellation> + Send {
        let _ = (job, origin);
        std::future::ready(JobCancellation::Settled)
    }

    /// Whether a principal of IAM, by its ARN, may pass a role to a state machine. A caller that knows
    /// no principals lets everybody. An answer may be some minutes old.
    ///
    /// Errors: nobody knows.
    fn may_pass_role(
        &self,
        principal: &str,
        role_arn: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        let _ = (principal, role_arn);
        std::future::ready(Ok(true))
    }
}
