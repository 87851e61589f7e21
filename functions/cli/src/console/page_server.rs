//! The pages over HTTP on a loopback socket.
//!
//! Invariant: only a browser's requests to this machine are answered, and no request of the API is passed on
//! (`tests/acceptance/console`).

use console::{Console, ConsoleApi, OPERATION_HEADER, is_console_request};
use embedded::http::{
    AllowedHosts, BodyBudget, ConnectionActivity, RequestHandler, exception_response,
};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
};

/// The most connections at a time.
pub(super) const CONNECTIONS_MAX: usize = 256;
/// The most bytes of a form: an input of 6 MiB, most of whose characters take three bytes.
const FORM_BYTES_MAX: usize = 20 << 20;

/// Serves the pages of a console, and nothing else.
pub(super) struct PageServer<A> {
    pub(super) console: Console<A>,
    pub(super) hosts: AllowedHosts,
}

impl<A: ConsoleApi> RequestHandler for PageServer<A> {
    async fn answer_request(
        &self,
        request: Request<Incoming>,
        bodies: &BodyBudget,
        activity: &ConnectionActivity,
    ) -> Response<Bytes> {
        if let Err(refusal) = self.hosts.check_request(&request) {
            let (status, message) = (StatusCode::FORBIDDEN, refusal.to_string());
            return exception_response(status, "AccessDeniedException", &message);
        }
        if request.headers().contains_key(OPERATION_HEADER) || !is_console_request(&request) {
            let message = "These are pages for a browser. `statewright proxy` serves the API of a \
                           deployment";
            let status = StatusCode::BAD_REQUEST;
            return exception_response(status, "UnknownOperationException", message);
        }
        let (head, body) = request.into_parts();
        match bodies.read_body(body, FORM_BYTES_MAX, activity).await {
            Ok(received) => {
                let request = Request::from_parts(head, received.bytes.clone());
                self.console.answer_request(request).await
            }
            Err(refusal) => refusal.to_response(),
        }
    }
}
