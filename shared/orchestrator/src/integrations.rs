//! Integrations that Statewright serves itself. A [`TaskCaller`] serves all others.

mod activity;
mod client_token;
mod start_execution;

use model::{Failure, Integration, TaskJob, TaskResource, error_name};

pub(crate) use start_execution::cancel_orphaned_execution;

use crate::{
    EngineContext, Fault,
    frames::KeyedRecord,
    ports::{ActivityStore, ActivityTaskQueue, CallOutcome, ExecutionStore, TaskCaller},
    roles::StartRole,
};

/// Whether a Task can call that resource: through the caller of this deployment, or because
/// Statewright serves it itself.
pub fn can_call(caller: &impl TaskCaller, resource: &TaskResource) -> bool {
    is_own_integration(resource) || caller.can_call(resource)
}

/// Whether a call that may have been made can be made again, because the repeat finds what the
/// first call did.
pub(crate) fn is_repeatable(resource: &TaskResource) -> bool {
    is_own_integration(resource)
}

/// Whether Statewright serves that resource itself.
pub fn is_own_integration(resource: &TaskResource) -> bool {
    match resource {
        TaskResource::Integration(integration) => is_start_execution(integration),
        TaskResource::Activity { .. } => true,
        TaskResource::LambdaFunction { .. } => false,
    }
}

fn is_start_execution(integration: &Integration) -> bool {
    integration.is_action("states", "startExecution")
}

/// Makes a claimed call that the [`TaskCaller`] cannot make.
pub(crate) async fn make_own_call<P: StartRole + ActivityStore + ActivityTaskQueue>(
    ports: &P,
    context: &EngineContext,
    claim: &KeyedRecord,
    call: &model::TaskCall,
) -> Result<CallOutcome, Fault> {
    match &call.resource {
        TaskResource::Integration(integration) if is_start_execution(integration) => {
            start_execution::call(ports, context, claim, call, integration.pattern).await
        }
        TaskResource::Activity { arn } => {
            activity::schedule_task(ports, context, claim, call, arn).await
        }
        TaskResource::Integration(_) | TaskResource::LambdaFunction { .. } => {
            Ok(CallOutcome::Failed(unsupported(&call.resource)))
        }
    }
}

/// The failure of a Task whose resource cannot be called. No retrier or catcher matches it, so it
/// is not mistaken for the failure of a service.
fn unsupported(resource: &TaskResource) -> Failure {
    let cause = format!("This version of Statewright cannot call {resource}.");
    Failure::new(error_name::RUNTIME, cause)
}

/// The outcome of a job; none while it runs.
pub(crate) async fn job_outcome<P>(
    ports: &P,
    context: &EngineContext,
    job: &TaskJob,
) -> Result<Option<CallOutcome>, Fault>
where
    P: ExecutionStore + Sync,
{
    match job {
        TaskJob::Execution { id, output } => {
            start_execution::job_outcome(ports, context, id, *output).await
        }
        // Whoever makes calls asks its service. The answer of a function is sent.
        TaskJob::Service(_) | TaskJob::Function(_) => Ok(None),
    }
}
