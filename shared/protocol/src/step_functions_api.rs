//! The service: one HTTP request in, one HTTP response out.

use std::{
    convert::Infallible,
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use model::limits::DEFINITION_BYTES_MAX;
use orchestrator::{
    EngineContext,
    ports::{
        Clock, DeadLetterQueue, ExecutionStore, FanInStore, HistoryReader, MessageQueue,
        RandomSource, RecordLog, StateMachineStore, TaskCaller,
    },
};
use tower_service::Service;
use tracing::error;
use uuid::Builder;

use crate::{
    api_exception::{ApiException, OperationError},
    wire::{
        callback, execution, history, redrive, start, state_machine, tag, test_state, validate,
    },
};

/// What precedes the operation in `X-Amz-Target`.
const TARGET_PREFIX: &str = "AWSStepFunctions.";

/// Operations of the API that are known and not supported yet.
const NOT_YET: [&str; 16] = [
    "CreateActivity",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeActivity",
    "DescribeMapRun",
    "DescribeStateMachineAlias",
    "GetActivityTask",
    "ListActivities",
    "ListMapRuns",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "PublishStateMachineVersion",
    "UpdateMapRun",
    "UpdateStateMachineAlias",
];

/// Everything that the operations need of the outside.
pub trait ApiPorts:
    StateMachineStore
    + ExecutionStore
    + HistoryReader
    + RecordLog
    + FanInStore
    + MessageQueue
    + DeadLetterQueue
    + TaskCaller
    + Clock
    + RandomSource
    + Send
    + Sync
    + 'static
{
}

impl<P> ApiPorts for P where
    P: StateMachineStore
        + ExecutionStore
        + HistoryReader
        + RecordLog
        + FanInStore
        + MessageQueue
        + DeadLetterQueue
        + TaskCaller
        + Clock
        + RandomSource
        + Send
        + Sync
        + 'static
{
}

/// The API of Step Functions. Cloning shares it.
pub struct StepFunctionsApi<P> {
    ports: Arc<P>,
    context: Arc<EngineContext>,
}

impl<P> Clone for StepFunctionsApi<P> {
    fn clone(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), context: Arc::clone(&self.context) }
    }
}

impl<P> fmt::Debug for StepFunctionsApi<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("place", &self.context.account_region).finish_non_exhaustive()
    }
}

impl<P: ApiPorts> StepFunctionsApi<P> {
    /// The API over these ports.
    pub const fn new(ports: Arc<P>, context: Arc<EngineContext>) -> Self {
        Self { ports, context }
    }

    /// Bytes of a request's body. A server need not read more than one byte beyond.
    ///
    /// AWS documents 1 MB for the whole request, and as much for the definition in it, which is
    /// longer as a JSON string; so this is twice as much as the largest member, each of which has its
    /// own limit.
    pub fn request_bytes_max(&self) -> usize {
        2 * DEFINITION_BYTES_MAX.max(self.context.limits.payload_bytes)
    }

    /// Answers a request.
    ///
    /// Shape: `POST /`, `X-Amz-Target: AWSStepFunctions.<Operation>`, a JSON object → a JSON object.
    pub async fn answer_request(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.dispatch_operation(&request).await;
        build_response(&*self.ports, operation_of_request(&request).unwrap_or_default(), answer)
    }

    async fn dispatch_operation(&self, request: &Request<Bytes>) -> Result<Bytes, OperationError> {
        let (ports, context, body) = (&*self.ports, &*self.context, request.body());
        let most = self.request_bytes_max();
        if body.len() > most {
            return Err(request_too_large(most).into());
        }
        match operation_of_request(request).unwrap_or_default() {
            "CreateStateMachine" => {
                state_machine::handle_create_state_machine(ports, context, body).await
            }
            "UpdateStateMachine" => {
                state_machine::handle_update_state_machine(ports, context, body).await
            }
            "DescribeStateMachine" => {
                state_machine::handle_describe_state_machine(ports, context, body).await
            }
            "DescribeStateMachineForExecution" => {
                state_machine::handle_describe_state_machine_for_execution(ports, context, body)
                    .await
            }
            "ListStateMachines" => {
                state_machine::handle_list_state_machines(ports, context, body).await
            }
            "DeleteStateMachine" => {
                state_machine::handle_delete_state_machine(ports, context, body).await
            }
            "ValidateStateMachineDefinition" => {
                validate::handle_validate_state_machine_definition(body)
            }
            "StartExecution" => start::handle_start_execution(ports, context, body).await,
            "StartSyncExecution" => start::handle_start_sync_execution(ports, context, body).await,
            "StopExecution" => start::handle_stop_execution(ports, context, body).await,
            "RedriveExecution" => redrive::handle_redrive_execution(ports, context, body).await,
            "SendTaskSuccess" => callback::handle_send_task_success(ports, context, body).await,
            "SendTaskFailure" => callback::handle_send_task_failure(ports, context, body).await,
            "SendTaskHeartbeat" => callback::handle_send_task_heartbeat(ports, body).await,
            "DescribeExecution" => execution::handle_describe_execution(ports, context, body).await,
            "ListExecutions" => execution::handle_list_executions(ports, context, body).await,
            "GetExecutionHistory" => {
                history::handle_get_execution_history(ports, context, body).await
            }
            "TestState" => test_state::handle_test_state(ports, context, body).await,
            "TagResource" => tag::handle_tag_resource(ports, context, body).await,
            "UntagResource" => tag::handle_untag_resource(ports, context, body).await,
            "ListTagsForResource" => tag::handle_list_tags_for_resource(ports, context, body).await,
            other => Err(unknown_operation(other).into()),
        }
    }
}

/// The operation `StartExecution` by itself, of who needs no other.
pub async fn answer_start_execution<P>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> Response<Bytes>
where
    P: StateMachineStore + ExecutionStore + MessageQueue + Clock + RandomSource + Sync,
{
    let answer = start::handle_start_execution(ports, context, body).await;
    build_response(ports, "StartExecution", answer)
}

/// # Panics
/// Never: a UUID is a header value.
fn build_response(
    chance: &impl RandomSource,
    operation: &str,
    answer: Result<Bytes, OperationError>,
) -> Response<Bytes> {
    let id = Builder::from_random_bytes(chance.random_seed().to_be_bytes()).into_uuid();
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(OperationError::Exception(exception)) => {
            (exception.http_status(), exception.into_body())
        }
        Err(OperationError::Fault(fault)) => {
            error!(operation, request_id = %id, error = &fault as &dyn Error,
                "a request could not be served");
            let exception = ApiException::new("InternalServerError", String::new());
            (exception.http_status(), exception.into_body())
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    let id = HeaderValue::from_str(&id.to_string())
        .expect("hexadecimal digits and hyphens are a header value");
    headers.insert("x-amzn-requestid", id);
    response
}

fn operation_of_request(request: &Request<Bytes>) -> Option<&str> {
    if request.method() != Method::POST {
        return None;
    }
    request.headers().get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

fn unknown_operation(operation: &str) -> ApiException {
    let message = if NOT_YET.contains(&operation) {
        format!("{operation} is not supported yet")
    } else {
        "X-Amz-Target names no operation of Step Functions".to_owned()
    };
    ApiException::new("UnknownOperationException", message)
}

fn request_too_large(most: usize) -> ApiException {
    let message = format!("The request is larger than {most} bytes");
    ApiException::new("RequestEntityTooLargeException", message)
}

impl<P: ApiPorts> Service<Request<Bytes>> for StepFunctionsApi<P> {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(Self::answer_request(&api, request).await) })
    }
}
