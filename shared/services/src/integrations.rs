//! The catalogue of the resources that can be called. Each service has a file below this one.

mod aws_sdk;
mod catalogue;
mod endpoint_call;
mod failures;
mod job_events;
mod jobs;
pub mod lambda;
mod mocks;
mod optimised;
mod results;

use std::sync::{Arc, LazyLock};

use model::{IntegrationPattern, Payload, ServiceJob, TaskCall, TaskResource, Timestamp};
use orchestrator::{
    Fault,
    ports::{
        CallConcurrency, CallOrigin, CallOutcome, CallRequest, IntegrationMistake, JobCancellation,
        MockedFields, TaskCaller,
    },
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    client::{CallIdentity, ServiceClient, SharedServiceClient, unreachable_reason},
    role_passing::RolePassing,
};
pub use catalogue::find_mistakes;
pub use job_events::{JOB_EVENT_KINDS, JobEventKind, job_of_event};
pub use mocks::check_result as check_mocked_result;

use aws_sdk::SdkAction;
use endpoint_call::{api_gateway, eks_cluster, http_invoke};
use lambda::{FunctionInvoker, InvokerIdentity, TaskRole};
use optimised::OptimisedAction;

/// Calls services for Task states.
#[derive(Clone, Debug)]
pub struct ServiceCaller<I> {
    functions: I,
    client: SharedServiceClient,
    passing: Arc<RolePassing>,
}

impl<I: FunctionInvoker + Sync> ServiceCaller<I> {
    /// Creates a caller that invokes all Lambda functions through `functions` and calls all other
    /// services through `client`.
    pub fn new(functions: I, client: SharedServiceClient) -> Self {
        Self { functions, client, passing: Arc::default() }
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

/// Why a process on this machine does not call the service of a resource without leave to call AWS;
/// none if it does, or if it calls no service.
pub fn unreachable_service(resource: &TaskResource) -> Option<String> {
    match SupportedCall::find(resource)? {
        SupportedCall::Optimised(OptimisedAction { model, .. })
        | SupportedCall::Sdk(SdkAction { model, .. }) => {
            if model.id == "SFN" {
                None
            } else {
                unreachable_reason(&model)
            }
        }
        SupportedCall::LambdaFunction { .. }
        | SupportedCall::LambdaInvoke
        | SupportedCall::HttpInvoke
        | SupportedCall::ApiGatewayInvoke
        | SupportedCall::EksCall
        | SupportedCall::EksRunJob => None,
    }
}

/// A call that is supported.
enum SupportedCall<'r> {
    LambdaFunction { arn: &'r str },
    LambdaInvoke,
    HttpInvoke,
    ApiGatewayInvoke,
    EksCall,
    EksRunJob,
    Optimised(OptimisedAction),
    Sdk(SdkAction),
}

impl<'r> SupportedCall<'r> {
    /// Finds the call of a resource; none if it cannot be called.
    fn find(resource: &'r TaskResource) -> Option<Self> {
        match resource {
            TaskResource::LambdaFunction { arn } => Some(Self::LambdaFunction { arn }),
            TaskResource::Activity { .. } => None,
            TaskResource::Integration(integration) => {
                let (service, action) = (integration.service.as_str(), integration.action.as_str());
                match (service, action) {
                    ("lambda", "invoke") => return Some(Self::LambdaInvoke),
                    ("http", "invoke") => return Some(Self::HttpInvoke),
                    ("apigateway", "invoke") => return Some(Self::ApiGatewayInvoke),
                    ("eks", "call") => return Some(Self::EksCall),
                    ("eks", "runJob") => return Some(Self::EksRunJob),
                    _ => {}
                }
                let optimised = || OptimisedAction::find(service, action).map(Self::Optimised);
                SdkAction::find(service, action).map(Self::Sdk).or_else(optimised)
            }
        }
    }
}

/// What is asked about a job has no parameters of a Task.
static NO_PARAMETERS: LazyLock<Payload> = LazyLock::new(Payload::empty_object);

/// A call, and who makes it.
struct CallScope<'a> {
    client: &'a ServiceClient,
    resource: &'a TaskResource,
    /// The Task's parameters.
    payload: &'a Payload,
    origin: CallOrigin<'a>,
    identity: CallIdentity<'a>,
    idempotency_token: String,
    /// Whether the Task waits for the job that the call starts.
    waits_for_job: bool,
    /// Whether the Task waits for anything after its call.
    waits_after_call: bool,
    /// When the Task times out, if it does.
    deadline: Option<Timestamp>,
}

impl<'a> CallScope<'a> {
    fn new(
        client: &'a ServiceClient,
        resource: &'a TaskResource,
        payload: &'a Payload,
        origin: CallOrigin<'a>,
    ) -> Self {
        let pattern = resource.integration_pattern();
        Self {
            client,
            resource,
            payload,
            origin,
            identity: CallIdentity::of(&origin),
            idempotency_token: idempotency_token(&origin),
            waits_for_job: matches!(
                pattern,
                IntegrationPattern::Sync | IntegrationPattern::SyncJson
            ),
            waits_after_call: pattern.has_task_token(),
            deadline: None,
        }
    }

    fn parameter(&self, name: &str) -> Option<&Value> {
        self.payload.json_value().get(name)
    }

    fn execution_arn(&self) -> String {
        self.origin.account_region.execution_arn(self.origin.execution)
    }

    fn state_machine_arn(&self) -> String {
        let (machine, _) = self.origin.execution.names();
        self.origin.account_region.state_machine_arn(machine)
    }
}

/// Who invokes a function.
fn invoker<'a>(origin: &CallOrigin<'a>) -> InvokerIdentity<'a> {
    let task_role = origin.task_role_arn.map(|role_arn| TaskRole {
        role_arn: role_arn.to_owned(),
        external_id: CallIdentity::of(origin).external_id(),
    });
    InvokerIdentity { role_arn: origin.role_arn, task_role }
}

/// A token in the form of a UUID that every repeat of this claim has, and no other claim.
fn idempotency_token(origin: &CallOrigin<'_>) -> String {
    let claim = format!("{} {} {:?}", origin.execution, origin.frame, origin.claim);
    let digest = Sha256::digest(claim.as_bytes());
    let bits = digest.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let part = |shift: u32, mask: u128| bits >> shift & mask;
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        part(96, 0xffff_ffff),
        part(80, 0xffff),
        part(64, 0xfff),
        part(48, 0xfff),
        part(0, 0xffff_ffff_ffff)
    )
}

impl<I: FunctionInvoker + Sync> TaskCaller for ServiceCaller<I> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        is_supported(resource)
    }

    fn find_mistakes(
        &self,
        resource: &TaskResource,
        parameters: Option<&Value>,
    ) -> Vec<IntegrationMistake> {
        find_mistakes(resource, parameters)
    }

    fn check_mocked_result(
        &self,
        resource: &TaskResource,
        result: &Value,
        fields: MockedFields,
    ) -> Result<(), String> {
        check_mocked_result(resource, result, fields)
    }

    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        let function = match SupportedCall::find(&call.resource)? {
            SupportedCall::LambdaFunction { arn } => lambda::function_name(arn),
            SupportedCall::LambdaInvoke => lambda::invoked_function_name(&call.payload)?,
            SupportedCall::HttpInvoke
            | SupportedCall::ApiGatewayInvoke
            | SupportedCall::EksCall
            | SupportedCall::EksRunJob
            | SupportedCall::Optimised(_)
            | SupportedCall::Sdk(_) => return None,
        };
        let calls_max = self.functions.concurrency(&function);
        Some(CallConcurrency { function, calls_max })
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let CallRequest { call, origin, deadline, asynchronous, .. } = request;
        let may_answer_later = asynchronous && self.functions.receives_answers();
        let TaskCall { resource, payload, .. } = call;
        let scope =
            || CallScope { deadline, ..CallScope::new(&self.client, resource, payload, origin) };
        let response = match SupportedCall::find(resource)? {
            SupportedCall::LambdaFunction { arn } => {
                let call = (call, may_answer_later);
                lambda::call_function(&self.functions, arn, call, &invoker(&origin)).await
            }
            SupportedCall::LambdaInvoke => {
                let call = (call, may_answer_later && resource.is_function());
                lambda::call_lambda_invoke(&self.functions, call, &invoker(&origin)).await
            }
            SupportedCall::HttpInvoke => Box::pin(http_invoke::call(&scope())).await,
            SupportedCall::ApiGatewayInvoke => Box::pin(api_gateway::call(&scope())).await,
            SupportedCall::EksCall => Box::pin(eks_cluster::call(&scope())).await,
            SupportedCall::EksRunJob => Box::pin(eks_cluster::run_job(&scope())).await,
            SupportedCall::Optimised(action) => Box::pin(optimised::call(&scope(), &action)).await,
            SupportedCall::Sdk(action) => Box::pin(aws_sdk::call(&scope(), &action)).await,
        };
        Some(response.of_response(resource.integration_pattern()))
    }

    async fn describe_job(&self, job: &ServiceJob, origin: CallOrigin<'_>) -> Option<CallOutcome> {
        let scope = CallScope::new(&self.client, &job.resource, &NO_PARAMETERS, origin);
        match SupportedCall::find(&job.resource)? {
            SupportedCall::EksRunJob => Box::pin(eks_cluster::describe_job(&scope, job)).await,
            _ => Box::pin(jobs::describe(&scope, job)).await,
        }
    }

    async fn cancel_job(&self, job: &ServiceJob, origin: CallOrigin<'_>) -> JobCancellation {
        let scope = CallScope::new(&self.client, &job.resource, &NO_PARAMETERS, origin);
        match SupportedCall::find(&job.resource) {
            Some(SupportedCall::EksRunJob) => Box::pin(eks_cluster::delete_job(&scope, job)).await,
            _ => Box::pin(jobs::cancel(&scope, job)).await,
        }
    }

    async fn may_pass_role(&self, principal: &str, role_arn: &str) -> Result<bool, Fault> {
        Box::pin(self.passing.is_allowed(&self.client, principal, role_arn)).await
    }
}
