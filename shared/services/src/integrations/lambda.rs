//! Lambda: functions by their ARN, and the optimised integration `lambda:invoke`.

mod answer;
mod invoke;
mod reference;
mod remote;
mod response;

use model::{Failure, FunctionInvocation, Payload, TaskCall, TaskJob, TaskResource, error_name};
use orchestrator::ports::CallOutcome;

use invoke::InvokeParameters;
use response::{
    compact_cause, function_error, into_invoke_result, result_from_payload, to_lambda_failure,
};

pub use answer::FunctionAnswer;
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

    /// Whether the answers of asynchronous invocations reach their Tasks.
    fn receives_answers(&self) -> bool {
        false
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

/// A payload of this many bytes is sent asynchronously: Lambda sends it with the answer, and both must fit
/// into one message.
///
/// Spec: Lambda quotas, "Invocation payload": 1 MB for asynchronous requests.
const LATER_BYTES_MAX: usize = 256 << 10;

/// Calls a function by its ARN: payload in, payload out. If it may answer later, it is invoked
/// asynchronously.
///
/// Spec: Developer Guide, "Invoke Lambda" § function ARN.
pub(super) async fn call_function(
    functions: &impl FunctionInvoker,
    arn: &str,
    (call, may_answer_later): (&TaskCall, bool),
    identity: &InvokerIdentity<'_>,
) -> CallOutcome {
    let request = InvokeRequest {
        function: arn,
        qualifier: None,
        payload: call.payload.json_text(),
        invocation_type: None,
        client_context: None,
        log_type: None,
    };
    if may_answer_later && request.payload.len() <= LATER_BYTES_MAX {
        return invoke_to_answer_later(functions, request, &call.resource, identity).await;
    }
    match functions.invoke_function(request, identity).await {
        Ok(response) => outcome_of_result(result_of_function(&response)),
        Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
    }
}

/// Calls `arn:aws:states:::lambda:invoke`: the parameters of Invoke in, its response out. If it may answer
/// later, it is invoked asynchronously, unless the parameters say how it is invoked.
///
/// Spec: Developer Guide, "Invoke Lambda" § optimised integration.
pub(super) async fn call_lambda_invoke(
    functions: &impl FunctionInvoker,
    (call, may_answer_later): (&TaskCall, bool),
    identity: &InvokerIdentity<'_>,
) -> CallOutcome {
    let parameters = &call.payload;
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
    let request = invoke.as_request();
    let is_plain = request.invocation_type.is_none() && request.log_type.is_none();
    if may_answer_later && is_plain && request.payload.len() <= LATER_BYTES_MAX {
        return invoke_to_answer_later(functions, request, &call.resource, identity).await;
    }
    match functions.invoke_function(request, identity).await {
        Ok(response) => outcome_of_result(result_of_invoke(response)),
        Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
    }
}

/// Invokes a function asynchronously. The id of the request is what its answer names.
async fn invoke_to_answer_later(
    functions: &impl FunctionInvoker,
    request: InvokeRequest<'_>,
    resource: &TaskResource,
    identity: &InvokerIdentity<'_>,
) -> CallOutcome {
    let request = InvokeRequest { invocation_type: Some("Event"), ..request };
    match functions.invoke_function(request, identity).await {
        Ok(response) => {
            let name = answer::invocation_name(&response.request_id.unwrap_or_default());
            let invocation = FunctionInvocation { resource: resource.clone(), name };
            let (output, job) = (Payload::empty_object(), Some(TaskJob::Function(invocation)));
            CallOutcome::Submitted { output, job }
        }
        Err(error) => CallOutcome::Failed(to_lambda_failure(&error)),
    }
}

/// The result of a call of a function by its ARN, or its failure.
fn result_of_function(response: &InvokeResponse) -> Result<Payload, Failure> {
    match function_error(response) {
        Some(failure) => Err(failure),
        None => result_from_payload(&response.payload),
    }
}

/// The result of a call of `lambda:invoke`, or its failure.
fn result_of_invoke(response: InvokeResponse) -> Result<Payload, Failure> {
    match function_error(&response) {
        Some(failure) => Err(compact_cause(failure)),
        None => Ok(Payload::from_value(into_invoke_result(response))),
    }
}

fn outcome_of_result(result: Result<Payload, Failure>) -> CallOutcome {
    match result {
        Ok(result) => CallOutcome::Succeeded(result),
        Err(failure) => CallOutcome::Failed(failure),
    }
}
