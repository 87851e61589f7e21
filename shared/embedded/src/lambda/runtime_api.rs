//! The Runtime API of one process, on a port of its own.
//!
//! Any user of this machine can connect to the port, so its address holds a secret, which only the
//! process is told: `127.0.0.1:PORT/SECRET`. Requests below any other path are refused
//! (`host::tests::isolation::nobody_without_the_secret_takes_an_invocation`).
//!
//! ```text
//! asking    --GET  invocation/next-------------> serving    (InvocationTaken)
//! serving   --POST invocation/ID/response------> answered   (Answered or TooLarge)
//! serving   --POST invocation/ID/error---------> answered   (Failed)
//! answered  --POST invocation/ID/…-------------> answered   (400: the duplicate is ignored)
//! any       --POST init/error------------------> any        (InitFailed)
//! ```
//!
//! Spec: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use uuid::Uuid;

use super::limits::RESPONSE_BYTES_MAX;
use crate::http::{ConnectionActivity, ConnectionLimits, serve_connections};

/// The limits of connections that have not shown the secret.
const STRANGER_LIMITS: ConnectionLimits = ConnectionLimits {
    connections_max: 64,
    idle: Duration::from_secs(10),
    head: Duration::from_secs(10),
    body: Duration::from_secs(10),
    sending: Duration::from_secs(10),
};

/// One invocation that waits for a process or is being served.
#[derive(Debug, Clone)]
pub(super) struct PendingInvocation {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) function_arn: String,
    pub(super) trace_id: String,
    pub(super) client_context: Option<String>,
    /// Counts from the moment the process takes the invocation.
    pub(super) timeout: Duration,
}

/// A request that a process made to its endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RuntimeEvent {
    /// The process took an invocation.
    InvocationTaken,
    /// The process answered with this payload.
    Answered(String),
    /// The process answered with more than [`RESPONSE_BYTES_MAX`].
    TooLarge,
    /// The process reported this error payload for the invocation.
    Failed(String),
    /// The process could not initialise and reported this error payload.
    InitFailed(String),
}

/// The endpoint of one process. It closes when this is dropped.
pub(super) struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`: `127.0.0.1:PORT/SECRET`.
    pub(super) address: String,
    pub(super) invocations: mpsc::Sender<PendingInvocation>,
    pub(super) events: mpsc::Receiver<RuntimeEvent>,
    _server: JoinSet<()>,
}

struct RuntimeApiEndpoint {
    /// `/SECRET/2018-06-01/runtime/`
    base_path: String,
    invocations: tokio::sync::Mutex<mpsc::Receiver<PendingInvocation>>,
    events: mpsc::Sender<RuntimeEvent>,
    /// The request id of the invocation being served; none if the process is idle.
    serving: Mutex<Option<String>>,
}

enum PostedBody {
    Whole(String),
    TooLarge,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface.
    pub(super) async fn listen_on_loopback() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let secret = Uuid::new_v4().simple();
        let address = format!("{}/{secret}", listener.local_addr()?);
        let (offers, offers_out) = mpsc::channel(1);
        let (events_in, events) = mpsc::channel(4);
        let endpoint = Arc::new(RuntimeApiEndpoint {
            base_path: format!("/{secret}/2018-06-01/runtime/"),
            invocations: tokio::sync::Mutex::new(offers_out),
            events: events_in,
            serving: Mutex::new(None),
        });
        let mut server = JoinSet::new();
        server.spawn(serve_endpoint(listener, endpoint));
        Ok(Self { address, invocations: offers, events, _server: server })
    }
}

async fn serve_endpoint(listener: TcpListener, endpoint: Arc<RuntimeApiEndpoint>) {
    // Dropped with this task, so that no connection outlives its process.
    let mut connections = JoinSet::new();
    let answer = move |request, activity: Arc<ConnectionActivity>| {
        let endpoint = Arc::clone(&endpoint);
        async move { endpoint.handle_request(request, &activity).await }
    };
    match serve_connections(listener, STRANGER_LIMITS, &mut connections, answer).await {}
}

impl RuntimeApiEndpoint {
    async fn handle_request(
        &self,
        request: Request<Incoming>,
        activity: &ConnectionActivity,
    ) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let Some(path) = path.strip_prefix(&self.base_path) else {
            return error_response(
                StatusCode::FORBIDDEN,
                "Forbidden",
                "the whole of AWS_LAMBDA_RUNTIME_API belongs before the path of a request",
            );
        };
        // A handler may take long, and its process keeps its connection meanwhile.
        activity.trust_client();
        if path == "invocation/next" && request.method() == Method::GET {
            return self.next_invocation().await;
        }
        if request.method() != Method::POST {
            return error_response(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                "not allowed",
            );
        }
        // Read before any refusal: a client that is still sending would lose its connection.
        let body = match read_body(request.into_body()).await {
            Ok(body) => body,
            // The process stopped in the middle of its answer. Its exit is reported separately.
            Err(error) => {
                tracing::debug!(%error, "runtime api body broke");
                return error_response(
                    StatusCode::BAD_REQUEST,
                    "InvalidBody",
                    "the body broke off",
                );
            }
        };
        let (of, what) = path.rsplit_once('/').unwrap_or((path, ""));
        match (of.strip_prefix("invocation/"), what) {
            (Some(id), "response" | "error") if !self.claim_response(id) => {
                error_response(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
            }
            (Some(_), "response") => self.report_event(body, RuntimeEvent::Answered).await,
            (Some(_), "error") => self.report_event(body, RuntimeEvent::Failed).await,
            (None, "error") if of == "init" => {
                self.report_event(body, RuntimeEvent::InitFailed).await
            }
            _ => error_response(StatusCode::NOT_FOUND, "NotFound", "404 page not found"),
        }
    }

    /// Waits for an invocation without a timeout: a process that asks is idle.
    async fn next_invocation(&self) -> Response<Full<Bytes>> {
        let Some(invocation) = self.invocations.lock().await.recv().await else {
            return error_response(StatusCode::GONE, "Gone", "the function is no longer hosted");
        };
        *self.lock_serving() = Some(invocation.request_id.clone());
        if self.events.send(RuntimeEvent::InvocationTaken).await.is_err() {
            return error_response(StatusCode::GONE, "Gone", "the function is no longer hosted");
        }
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline = since_epoch.saturating_add(invocation.timeout).as_millis().to_string();
        let mut response = Response::new(Full::new(invocation.payload));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("lambda-runtime-aws-request-id", Some(invocation.request_id)),
            ("lambda-runtime-deadline-ms", Some(deadline)),
            ("lambda-runtime-invoked-function-arn", Some(invocation.function_arn)),
            ("lambda-runtime-trace-id", Some(invocation.trace_id)),
            ("lambda-runtime-client-context", invocation.client_context),
        ] {
            // Only a client context may hold characters that a header cannot. AWS refuses those.
            if let Some(value) = value.and_then(|text| HeaderValue::try_from(text).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// Claims the response of invocation `id`. Returns true once per invocation.
    fn claim_response(&self, id: &str) -> bool {
        self.lock_serving().take_if(|serving| serving == id).is_some()
    }

    async fn report_event(
        &self,
        body: PostedBody,
        event: fn(String) -> RuntimeEvent,
    ) -> Response<Full<Bytes>> {
        let (event, response) = match body {
            PostedBody::Whole(payload) => (
                event(payload),
                json_response(StatusCode::ACCEPTED, &serde_json::json!({"status": "OK"})),
            ),
            PostedBody::TooLarge => (
                RuntimeEvent::TooLarge,
                error_response(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    &format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes)."),
                ),
            ),
        };
        match self.events.send(event).await {
            Ok(()) => response,
            Err(_) => error_response(StatusCode::GONE, "Gone", "the function is no longer hosted"),
        }
    }

    fn lock_serving(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a body to its end even if it is too large.
async fn read_body(mut body: Incoming) -> Result<PostedBody, hyper::Error> {
    let mut bytes = Vec::new();
    let mut too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        too_large |= bytes.len() + data.len() > RESPONSE_BYTES_MAX;
        if !too_large {
            bytes.extend_from_slice(&data);
        }
    }
    if too_large {
        return Ok(PostedBody::TooLarge);
    }
    Ok(PostedBody::Whole(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }))
}

fn error_response(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    json_response(status, &serde_json::json!({"errorMessage": message, "errorType": error_type}))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
