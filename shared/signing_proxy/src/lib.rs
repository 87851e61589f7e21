//! A loopback server between the clients of Step Functions and a deployment behind IAM.
//!
//! ```text
//! SDK ─ signed for states, by whomever ─▶ proxy ─ its own path, signed for execute-api ─▶ API Gateway
//! SDK ◀─ in the shape of Step Functions ─ proxy ◀─────────── answer, or refusal of IAM ─ API Gateway
//! ```
//!
//! Invariant: a request is forwarded to its own path ([`protocol::OperationPath`]), so that IAM permits
//! just what it asks for.
//! Invariant: nothing of a client's signature is forwarded; the proxy's credentials are its own. So it
//! serves who can reach it, and must listen on loopback only.

mod gateway_answer;

use std::{convert::Infallible, error::Error};

use bytes::Bytes;
use embedded::http::{
    AllowedHosts, BodyBudget, ConnectionActivity, RequestHandler, exception_response,
    serve_requests,
};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use protocol::{EXECUTION_TYPE_HEADER, OperationPath, requested_operation};
use services::{ForwardFailure, RequestForwarder};
use tokio::{net::TcpListener, task::JoinSet};
use tracing::warn;

use gateway_answer::step_functions_answer;

/// The most bytes of a request.
///
/// Spec: Amazon API Gateway quotas, HTTP APIs: "Payload size".
const REQUEST_BYTES_MAX: usize = 10 << 20;
/// The most connections at a time.
const CONNECTIONS_MAX: usize = 256;
/// The headers of a client that are forwarded. All others are the proxy's own, or part of the client's
/// signature.
const FORWARDED_HEADERS: [&str; 5] =
    ["content-type", "x-amz-target", "user-agent", "x-amzn-trace-id", EXECUTION_TYPE_HEADER];

/// Signs the requests of clients and forwards them.
#[derive(Debug)]
pub struct SigningProxy {
    forwarder: RequestForwarder,
    hosts: AllowedHosts,
}

impl SigningProxy {
    /// Makes a proxy that answers requests to these hosts.
    pub const fn new(forwarder: RequestForwarder, hosts: AllowedHosts) -> Self {
        Self { forwarder, hosts }
    }

    /// Accepts connections until it is dropped. Their tasks are in `connections`.
    pub async fn serve_requests(
        self,
        listener: TcpListener,
        connections: &mut JoinSet<()>,
    ) -> Infallible {
        serve_requests(self, listener, CONNECTIONS_MAX, connections).await
    }
}

impl RequestHandler for SigningProxy {
    async fn answer_request(
        &self,
        request: Request<Incoming>,
        bodies: &BodyBudget,
        activity: &ConnectionActivity,
    ) -> Response<Bytes> {
        if let Err(refusal) = self.hosts.check_request(&request) {
            let message = refusal.to_string();
            return exception_response(StatusCode::FORBIDDEN, "AccessDeniedException", &message);
        }
        let Some(operation) = requested_operation(&request).map(str::to_owned) else {
            let message = "This is a proxy of the Step Functions API, which serves POST / with an \
                           operation in X-Amz-Target";
            return exception_response(StatusCode::NOT_FOUND, "UnknownOperationException", message);
        };
        let (head, body) = request.into_parts();
        let received = match bodies.read_body(body, REQUEST_BYTES_MAX, activity).await {
            Ok(received) => received,
            Err(refusal) => return refusal.to_response(),
        };
        let request = Request::from_parts(head, received.bytes.clone());
        forward_operation(&self.forwarder, &operation, request).await
    }
}

/// Forwards a request of an operation to its own path, and returns the answer as Step Functions would give
/// it.
pub async fn forward_operation(
    through: &RequestForwarder,
    operation: &str,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    let path = OperationPath::of_request(operation, &body).to_string();
    let mut forwarded = Request::post(path);
    for name in FORWARDED_HEADERS {
        if let Some(value) = head.headers.get(name) {
            forwarded = forwarded.header(name, value);
        }
    }
    let Ok(forwarded) = forwarded.body(body) else {
        let message = "The operation in X-Amz-Target is none";
        return exception_response(StatusCode::BAD_REQUEST, "UnknownOperationException", message);
    };
    match through.forward(forwarded).await {
        Ok(answer) => step_functions_answer(answer),
        Err(failure) => refuse_forwarding(operation, &failure),
    }
}

/// Clients repeat what was not sent for want of an answer, and nothing that has no credentials.
fn refuse_forwarding(operation: &str, failure: &ForwardFailure) -> Response<Bytes> {
    warn!(operation, error = failure as &dyn Error, "a request could not be forwarded");
    let (status, exception) = match failure {
        ForwardFailure::Credentials(_) => {
            (StatusCode::BAD_REQUEST, "MissingAuthenticationTokenException")
        }
        ForwardFailure::Request(_) => (StatusCode::BAD_REQUEST, "SerializationException"),
        ForwardFailure::Transport(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException")
        }
    };
    exception_response(status, exception, &failure.to_string())
}
