//! Who makes calls: the functions that perform tasks, and no other.

use model::{CallTarget, Failure, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, TaskCaller};
use services::{
    CallerIdentity,
    lambda::{LambdaCaller, RemoteLambda},
    lambda_sdk_config,
};
use tracing::error;

/// Calls as the roles of state machines.
pub type RemoteTaskCaller = LambdaCaller<RemoteLambda>;

/// Calls as the roles of state machines; clients are made when they are first used.
pub fn remote_task_caller() -> RemoteTaskCaller {
    LambdaCaller::new(RemoteLambda::new(CallerIdentity::Role, lambda_sdk_config()))
}

/// Of a function that has no right to call. Messages of tasks are sent to another.
#[derive(Clone, Copy, Debug)]
pub struct DisabledTaskCaller;

impl TaskCaller for DisabledTaskCaller {
    async fn make_call(&self, request: CallRequest<'_>) -> CallOutcome {
        error!(execution = %request.execution, frame = %request.frame,
            "a call was asked of a function that makes none");
        match request.call.target {
            CallTarget::LambdaFunction { .. } | CallTarget::LambdaInvoke => {
                let cause = "This function of the deployment makes no calls.";
                CallOutcome::Failed(Failure::new(error_name::PERMISSIONS, cause))
            }
            CallTarget::StartExecution => CallOutcome::worker_lost(),
        }
    }
}
