//! What `local` answers to those who watch it: `/health` and `/metrics`.

use std::time::Duration;

use embedded::{SqliteStore, http::exception_response};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    metrics::{EXPOSITION_MEDIA_TYPE, MachineMetrics},
    serve::is_read,
};

/// Where an orchestrator asks whether this server works.
pub(crate) const HEALTH_PATH: &str = "/health";
/// Where a Prometheus server reads metrics.
const METRICS_PATH: &str = "/metrics";
/// The time in which the store of a healthy server answers: less than those wait who ask.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// Answers whether this server works; none if the request asks for something else.
///
/// Shape: `{"status": "ok", "version": "…"}`, or 503 with `{"status": "unavailable", …}` where the
/// store does not answer. It tells nothing else, since anybody may ask: an orchestrator has no
/// credentials, and names this server by whatever address it has.
pub(crate) async fn answer_health<B>(
    request: &Request<B>,
    store: &SqliteStore,
) -> Option<Response<Bytes>> {
    if !reads_path(request, HEALTH_PATH) {
        return None;
    }
    let is_readable = matches!(timeout(STORE_PATIENCE, store.check_readable()).await, Ok(Ok(())));
    let (status, word) = if is_readable {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    let body = json!({ "status": word, "version": env!("CARGO_PKG_VERSION") }).to_string();
    Some(probe_response(request, status, "application/json", body))
}

/// Answers with the metrics; none if the request asks for something else.
pub(crate) async fn answer_metrics<B>(
    request: &Request<B>,
    metrics: &MachineMetrics,
) -> Option<Response<Bytes>> {
    if !reads_path(request, METRICS_PATH) {
        return None;
    }
    Some(match metrics.write_text().await {
        Ok(text) => probe_response(request, StatusCode::OK, EXPOSITION_MEDIA_TYPE, text),
        Err(_) => exception_response(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            "the store cannot be read",
        ),
    })
}

fn reads_path<B>(request: &Request<B>, path: &str) -> bool {
    is_read(request) && request.uri().path() == path
}

fn probe_response<B>(
    request: &Request<B>,
    status: StatusCode,
    media_type: &'static str,
    body: String,
) -> Response<Bytes> {
    let is_head = request.method() == Method::HEAD;
    let mut response = Response::new(if is_head { Bytes::new() } else { body.into() });
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
