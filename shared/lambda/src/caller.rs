//! Who makes calls: the functions that perform tasks, and no other.

use model::{CallTarget, Failure, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, Caller};
use services::{
    Identity, function_settings,
    lambda::{LambdaCaller, RemoteLambda},
};
use tracing::error;

/// Calls as the roles of state machines.
pub type TaskCalls = LambdaCaller<RemoteLambda>;

/// Calls as the roles of state machines; clients are made when they are first used.
pub fn task_calls() -> TaskCalls {
    LambdaCaller::new(RemoteLambda::new(Identity::Role, function_settings()))
}

/// Of a function that has no right to call. Messages of tasks are sent to another.
#[derive(Clone, Copy, Debug)]
pub struct NoCalls;

impl Caller for NoCalls {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        error!(execution = %request.execution, frame = %request.frame,
            "a call was asked of a function that makes none");
        match request.call.target {
            CallTarget::LambdaFunction { .. } | CallTarget::LambdaInvoke => {
                let cause = "This function of the deployment makes no calls.";
                CallOutcome::Failed(Failure::new(error_name::PERMISSIONS, cause))
            }
            CallTarget::StartExecution => CallOutcome::lost(),
        }
    }
}
