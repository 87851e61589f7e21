//! Lambda: functions by their ARN, and the optimised integration `lambda:invoke`.

mod answer;
mod invoke;
mod reference;
mod remote;

use model::{CallTarget, Failure, Payload, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, Caller};

use answer::{answered, compact, function_error, into_result, refused};
use invoke::Invoke;

pub use reference::FunctionReference;
pub use remote::{Invocation, InvokeRequest, NotInvoked, RemoteLambda};

/// Who runs functions.
pub trait Invoker {
    /// Sends one request as this role and waits for its answer.
    ///
    /// Errors: the function was refused, or nothing was heard of it; then it may have run.
    fn invoke(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> impl Future<Output = Result<Invocation, NotInvoked>> + Send;
}

/// Makes the calls of Task states.
#[derive(Clone, Debug)]
pub struct LambdaCaller<I> {
    functions: I,
}

impl<I: Invoker + Sync> LambdaCaller<I> {
    /// All functions run there.
    pub const fn new(functions: I) -> Self {
        Self { functions }
    }

    /// A function by its ARN: payload in, payload out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § function ARN.
    async fn function(&self, arn: &str, payload: &Payload, role_arn: &str) -> CallOutcome {
        let request = InvokeRequest {
            function: arn,
            qualifier: None,
            payload: payload.text(),
            invocation_type: None,
            client_context: None,
            log_type: None,
        };
        match self.functions.invoke(request, role_arn).await {
            Ok(invocation) => match function_error(&invocation) {
                Some(failure) => CallOutcome::Failed(failure),
                None => answered(&invocation.payload),
            },
            Err(error) => CallOutcome::Failed(refused(&error)),
        }
    }

    /// `arn:aws:states:::lambda:invoke`: the parameters of Invoke in, its answer out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § optimised integration.
    async fn invoke(&self, parameters: &Payload, role_arn: &str) -> CallOutcome {
        let invoke = match Invoke::from_parameters(parameters.value()) {
            Ok(invoke) => invoke,
            Err(reason) => {
                let cause = format!(
                    "The Parameters '{}' could not be used to start the Task: [{reason}]",
                    parameters.text()
                );
                return CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause));
            }
        };
        match self.functions.invoke(invoke.as_request(), role_arn).await {
            Ok(invocation) => match function_error(&invocation) {
                Some(failure) => CallOutcome::Failed(compact(failure)),
                None => CallOutcome::Succeeded(Payload::from_value(into_result(invocation))),
            },
            Err(error) => CallOutcome::Failed(refused(&error)),
        }
    }
}

impl<I: Invoker + Sync> Caller for LambdaCaller<I> {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        let (payload, role_arn) = (&request.call.payload, request.role_arn);
        match &request.call.target {
            CallTarget::LambdaFunction { arn } => self.function(arn, payload, role_arn).await,
            CallTarget::LambdaInvoke => self.invoke(payload, role_arn).await,
            // A use case starts executions; nobody calls for them.
            CallTarget::StartExecution => CallOutcome::lost(),
        }
    }
}
