//! Lambda: functions by their ARN, and the optimised integration `lambda:invoke`.

mod invoke;
mod reference;
mod remote;
mod response;

use model::{Failure, Payload, error_name};
use orchestrator::ports::CallOutcome;

use invoke::InvokeParameters;
use response::{
    compact_cause, function_error, into_invoke_result, outcome_from_payload, to_lambda_failure,
};

pub use reference::FunctionReference;
pub use remote::{
    InvokeFailure, InvokeRequest, InvokeResponse, InvokerIdentity, RemoteLambda, TaskRole,
};

/// How many calls a function of Lambda takes at once, unless someone has reserved fewer or raised
/// the account's quota.
///
/// Spec: Lambda Developer Guide, "Lambda quotas" § concurrent executions.
pub const ACCOUNT_CONCURRENCY_DEFAULT: usize = 1_000;

/// Invokes Lambda functions.
pub trait FunctionInvoker {
    /// The most invocations of this function at once.
    fn concurrency(&self, function: &str) -> usize {
        let _ = function;
        ACCOUNT_CONCURRENCY_DEFAULT
    }

    /// Sends one request with this identity and waits for its response.
    ///
    /// Errors: the request was refused, or there was no response; then the function may have run.
    fn invoke_function(
        &self,
        request: InvokeRequest<'_>,
        identity: &InvokerIdentity<'_>,
    ) -> impl Future<Output = Result<InvokeResponse, InvokeFailure>> + Send;
}

/// The name of the function that an ARN or another reference means.
pub(super) fn function_name(reference: &str) -> String {
    FunctionReference::parse(reference).name.to_owned()
}

/// The name of the function that these parameters of Invoke mean; none if they name none.
pub(super) fn invoked_function_name(parameters: &Payload) -> Option<String> {
    parameters.json_value().get("FunctionName")?.as_str().map(function_name)
}

/// Calls a function by its ARN: payload in, payload out.
///
/// Spec: Developer Guide, "Invoke Lambda" § function ARN.
pub(super) async fn call_function(
    functions: &impl FunctionInvoker,
    arn: &str,
    payload: &Payload,
    identity: &InvokerIdentity<'_>,
) -> CallOutcome {
    let request = InvokeRequest {
        function: arn,
        qualifier: None,
        payload: payload.json_text(),
        invocation_type: None,
        client_context: None,
        log_type: None,
    };
    match functions.invoke_function(request, identity).await {
        Ok(response) => match function_error(&response) {
            Some(failure) => CallOutcome::Failed(failure),
            None => outcome_from_payload(&response.payload),
        },
        Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
    }
}

/// Calls `arn:aws:states:::lambda:invoke`: the parameters of Invoke in, its response out.
///
/// Spec: Developer Guide, "Invoke Lambda" § optimised integration.
pub(super) async fn call_lambda_invoke(
    functions: &impl FunctionInvoker,
    parameters: &Payload,
    identity: &InvokerIdentity<'_>,
) -> CallOutcome {
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
    match functions.invoke_function(invoke.as_request(), identity).await {
        Ok(response) => match function_error(&response) {
            Some(failure) => CallOutcome::Failed(compact_cause(failure)),
            None => CallOutcome::Succeeded(Payload::from_value(into_invoke_result(response))),
        },
        Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
    }
}
