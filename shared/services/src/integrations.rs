//! The catalogue of the resources that can be called. Each service has a file below this one.

pub mod lambda;

use model::{TaskCall, TaskResource};
use orchestrator::ports::{CallConcurrency, CallOutcome, CallRequest, TaskCaller};

use lambda::FunctionInvoker;

/// Calls services for Task states.
#[derive(Clone, Debug)]
pub struct ServiceCaller<I> {
    functions: I,
}

impl<I: FunctionInvoker + Sync> ServiceCaller<I> {
    /// Creates a caller that invokes all Lambda functions through `functions`.
    pub const fn new(functions: I) -> Self {
        Self { functions }
    }

    /// What invokes the Lambda functions.
    pub const fn functions(&self) -> &I {
        &self.functions
    }
}

/// Whether [`ServiceCaller`] can call that resource.
pub fn is_supported(resource: &TaskResource) -> bool {
    SupportedCall::find(resource).is_some()
}

/// A call that is supported.
enum SupportedCall<'r> {
    LambdaFunction { arn: &'r str },
    LambdaInvoke,
}

impl<'r> SupportedCall<'r> {
    /// Finds the call of a resource; none if it cannot be called.
    fn find(resource: &'r TaskResource) -> Option<Self> {
        match resource {
            TaskResource::LambdaFunction { arn } => Some(Self::LambdaFunction { arn }),
            TaskResource::Activity { .. } => None,
            TaskResource::Integration(integration) => {
                match (integration.service.as_str(), integration.action.as_str()) {
                    ("lambda", "invoke") => Some(Self::LambdaInvoke),
                    _ => None,
                }
            }
        }
    }
}

impl<I: FunctionInvoker + Sync> TaskCaller for ServiceCaller<I> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        is_supported(resource)
    }

    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        let function = match SupportedCall::find(&call.resource)? {
            SupportedCall::LambdaFunction { arn } => lambda::function_name(arn),
            SupportedCall::LambdaInvoke => lambda::invoked_function_name(&call.payload)?,
        };
        let calls_max = self.functions.concurrency(&function);
        Some(CallConcurrency { function, calls_max })
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let (call, role_arn) = (request.call, request.role_arn);
        let response = match SupportedCall::find(&call.resource)? {
            SupportedCall::LambdaFunction { arn } => {
                lambda::call_function(&self.functions, arn, &call.payload, role_arn).await
            }
            SupportedCall::LambdaInvoke => {
                lambda::call_lambda_invoke(&self.functions, &call.payload, role_arn).await
            }
        };
        Some(response.of_response(call.resource.integration_pattern()))
    }
}
