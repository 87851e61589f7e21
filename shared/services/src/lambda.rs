//! Lambda: functions by their ARN, and the optimised integration `lambda:invoke`.

mod invoke;
mod reference;
mod remote;
mod response;

use model::{CallTarget, Failure, Payload, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, TaskCaller};

use invoke::InvokeParameters;
use response::{
    compact_cause, function_error, into_invoke_result, outcome_from_payload, to_lambda_failure,
};

pub use reference::FunctionReference;
pub use remote::{InvokeFailure, InvokeRequest, InvokeResponse, RemoteLambda};

/// Who runs functions.
pub trait FunctionInvoker {
    /// Sends one request as this role and waits for its answer.
    ///
    /// Errors: the function was refused, or nothing was heard of it; then it may have run.
    fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        role_arn: &str,
    ) -> impl Future<Output = Result<InvokeResponse, InvokeFailure>> + Send;
}

/// Makes the calls of Task states.
#[derive(Clone, Debug)]
pub struct LambdaCaller<I> {
    functions: I,
}

impl<I: FunctionInvoker + Sync> LambdaCaller<I> {
    /// All functions run there.
    pub const fn new(functions: I) -> Self {
        Self { functions }
    }

    /// A function by its ARN: payload in, payload out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § function ARN.
    async fn call_function(&self, arn: &str, payload: &Payload, role_arn: &str) -> CallOutcome {
        let request = InvokeRequest {
            function: arn,
            qualifier: None,
            payload: payload.json_text(),
            invocation_type: None,
            client_context: None,
            log_type: None,
        };
        match self.functions.invoke_function(request, role_arn).await {
            Ok(invocation) => match function_error(&invocation) {
                Some(failure) => CallOutcome::Failed(failure),
                None => outcome_from_payload(&invocation.payload),
            },
            Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
        }
    }

    /// `arn:aws:states:::lambda:invoke`: the parameters of Invoke in, its answer out.
    ///
    /// Spec: Developer Guide, "Invoke Lambda" § optimised integration.
    async fn call_lambda_invoke(&self, parameters: &Payload, role_arn: &str) -> CallOutcome {
        let invoke = match InvokeParameters::from_parameters(parameters.json_value()) {
            Ok(invoke) => invoke,
            Err(reason) => {
                let cause = format!(
                    "The Parameters '{}' could not be used to start the Task: [{reason}]",
                    parameters.json_text()
                );
                return CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause));
            }
        };
        match self.functions.invoke_function(invoke.as_request(), role_arn).await {
            Ok(invocation) => match function_error(&invocation) {
                Some(failure) => CallOutcome::Failed(compact_cause(failure)),
                None => CallOutcome::Succeeded(Payload::from_value(into_invoke_result(invocation))),
            },
            Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
        }
    }
}

impl<I: FunctionInvoker + Sync> TaskCaller for LambdaCaller<I> {
    async fn make_call(&self, request: CallRequest<'_>) -> CallOutcome {
        let (payload, role_arn) = (&request.call.payload, request.role_arn);
        match &request.call.target {
            CallTarget::LambdaFunction { arn } => self.call_function(arn, payload, role_arn).await,
            CallTarget::LambdaInvoke => self.call_lambda_invoke(payload, role_arn).await,
            // A use case starts executions; nobody calls for them.
            CallTarget::StartExecution => CallOutcome::worker_lost(),
        }
    }
}
