//! The calls of Tasks, by the caller that a value has.

use std::future::Future;

use model::{ServiceJob, TaskCall, TaskResource};
use serde_json::Value;

use super::super::{
    CallConcurrency, CallOrigin, CallOutcome, CallRequest, IntegrationMistake, JobCancellation,
    MockedFields, TaskCaller,
};
use crate::Fault;

/// A value that has a caller, and so is one.
pub trait WithTaskCaller {
    /// Makes the calls.
    type Caller: TaskCaller;

    /// Returns the caller.
    fn task_caller(&self) -> &Self::Caller;
}

impl<T: WithTaskCaller> TaskCaller for T {
    fn can_call(&self, resource: &TaskResource) -> bool {
        self.task_caller().can_call(resource)
    }

    fn find_mistakes(
        &self,
        resource: &TaskResource,
        parameters: Option<&Value>,
    ) -> Vec<IntegrationMistake> {
        self.task_caller().find_mistakes(resource, parameters)
    }

    fn check_mocked_result(
        &self,
        resource: &TaskResource,
        result: &Value,
        fields: MockedFields,
    ) -> Result<(), String> {
        self.task_caller().check_mocked_result(resource, result, fields)
    }

    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        self.task_caller().call_concurrency(call)
    }

    fn make_call(
        &self,
        request: CallRequest<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.task_caller().make_call(request)
    }

    fn describe_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.task_caller().describe_job(job, origin)
    }

    fn cancel_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = JobCancellation> + Send {
        self.task_caller().cancel_job(job, origin)
    }

    fn may_pass_role(
        &self,
        principal: &str,
        role_arn: &str,
    ) -> impl Future<Output = Result<bool, Fault>> + Send {
        self.task_caller().may_pass_role(principal, role_arn)
    }
}
