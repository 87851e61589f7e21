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
    Tools,
    ports::{Caller, Chance, Clock, DeadLetters, Executions, Fans, History, Log, Machines, Queue},
};
use tower_service::Service;
use tracing::error;
use uuid::Builder;

use crate::{
    exception::{Exception, Trouble},
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
pub trait Ports:
    Machines
    + Executions
    + History
    + Log
    + Fans
    + Queue
    + DeadLetters
    + Caller
    + Clock
    + Chance
    + Send
    + Sync
    + 'static
{
}

impl<P> Ports for P where
    P: Machines
        + Executions
        + History
        + Log
        + Fans
        + Queue
        + DeadLetters
        + Caller
        + Clock
        + Chance
        + Send
        + Sync
        + 'static
{
}

/// The API of Step Functions. Cloning shares it.
pub struct Api<P> {
    ports: Arc<P>,
    tools: Arc<Tools>,
}

impl<P> Clone for Api<P> {
    fn clone(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), tools: Arc::clone(&self.tools) }
    }
}

impl<P> fmt::Debug for Api<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("place", &self.tools.place).finish_non_exhaustive()
    }
}

impl<P: Ports> Api<P> {
    /// The API over these ports.
    pub const fn new(ports: Arc<P>, tools: Arc<Tools>) -> Self {
        Self { ports, tools }
    }

    /// Bytes of a request's body. A server need not read more than one byte beyond.
    ///
    /// AWS documents 1 MB for the whole request, and as much for the definition in it, which is
    /// longer as a JSON string; so this is twice as much as the largest member, each of which has its
    /// own limit.
    pub fn request_bytes_max(&self) -> usize {
        2 * DEFINITION_BYTES_MAX.max(self.tools.limits.payload_bytes)
    }

    /// Answers a request.
    ///
    /// Shape: `POST /`, `X-Amz-Target: AWSStepFunctions.<Operation>`, a JSON object → a JSON object.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = self.answer(&request).await;
        respond(&*self.ports, operation(&request).unwrap_or_default(), answer)
    }

    async fn answer(&self, request: &Request<Bytes>) -> Result<Bytes, Trouble> {
        let (ports, tools, body) = (&*self.ports, &*self.tools, request.body());
        let most = self.request_bytes_max();
        if body.len() > most {
            return Err(too_large(most).into());
        }
        match operation(request).unwrap_or_default() {
            "CreateStateMachine" => state_machine::create(ports, tools, body).await,
            "UpdateStateMachine" => state_machine::update(ports, tools, body).await,
            "DescribeStateMachine" => state_machine::describe(ports, tools, body).await,
            "DescribeStateMachineForExecution" => {
                state_machine::describe_for_execution(ports, tools, body).await
            }
            "ListStateMachines" => state_machine::list(ports, tools, body).await,
            "DeleteStateMachine" => state_machine::delete(ports, tools, body).await,
            "ValidateStateMachineDefinition" => validate::validate(body),
            "StartExecution" => start::start(ports, tools, body).await,
            "StartSyncExecution" => start::start_sync(ports, tools, body).await,
            "StopExecution" => start::stop(ports, tools, body).await,
            "RedriveExecution" => redrive::redrive(ports, tools, body).await,
            "SendTaskSuccess" => callback::succeed(ports, tools, body).await,
            "SendTaskFailure" => callback::fail(ports, tools, body).await,
            "SendTaskHeartbeat" => callback::heartbeat(ports, body).await,
            "DescribeExecution" => execution::describe(ports, tools, body).await,
            "ListExecutions" => execution::list(ports, tools, body).await,
            "GetExecutionHistory" => history::get(ports, tools, body).await,
            "TestState" => test_state::test(ports, tools, body).await,
            "TagResource" => tag::tag(ports, tools, body).await,
            "UntagResource" => tag::untag(ports, tools, body).await,
            "ListTagsForResource" => tag::list(ports, tools, body).await,
            other => Err(unknown(other).into()),
        }
    }
}

/// The operation `StartExecution` by itself, of who needs no other.
pub async fn start_execution<P>(ports: &P, tools: &Tools, body: &[u8]) -> Response<Bytes>
where
    P: Machines + Executions + Queue + Clock + Chance + Sync,
{
    let answer = start::start(ports, tools, body).await;
    respond(ports, "StartExecution", answer)
}

/// # Panics
/// Never: a UUID is a header value.
fn respond(
    chance: &impl Chance,
    operation: &str,
    answer: Result<Bytes, Trouble>,
) -> Response<Bytes> {
    let id = Builder::from_random_bytes(chance.seed().to_be_bytes()).into_uuid();
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(Trouble::Exception(exception)) => (exception.status(), exception.body()),
        Err(Trouble::Fault(fault)) => {
            error!(operation, request_id = %id, error = &fault as &dyn Error,
                "a request could not be served");
            let exception = Exception::new("InternalServerError", String::new());
            (exception.status(), exception.body())
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

fn operation(request: &Request<Bytes>) -> Option<&str> {
    if request.method() != Method::POST {
        return None;
    }
    request.headers().get("x-amz-target")?.to_str().ok()?.strip_prefix(TARGET_PREFIX)
}

fn unknown(operation: &str) -> Exception {
    let message = if NOT_YET.contains(&operation) {
        format!("{operation} is not supported yet")
    } else {
        "X-Amz-Target names no operation of Step Functions".to_owned()
    };
    Exception::new("UnknownOperationException", message)
}

fn too_large(most: usize) -> Exception {
    let message = format!("The request is larger than {most} bytes");
    Exception::new("RequestEntityTooLargeException", message)
}

impl<P: Ports> Service<Request<Bytes>> for Api<P> {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let api = self.clone();
        Box::pin(async move { Ok(Self::call(&api, request).await) })
    }
}
