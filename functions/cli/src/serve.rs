//! The API over HTTP/1.1 on a socket.

use std::sync::Arc;

use console::{Console, is_console_request};
use embedded::{
    MemoryLevel, MemoryPressure, SqliteStore,
    http::{BodyBudget, ConnectionActivity, RequestHandler},
};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
};
use protocol::StepFunctionsApi;
use testkit::MockedExecutions;

use crate::{
    door::Door,
    local_console::LocalConsoleApi,
    local_machine::LocalMachinePorts,
    memory_limit::{takes_on_work, throttle},
    metrics::{MachineMetrics, OperationLabel},
    probes::{answer_health, answer_metrics},
    test_case::begin_test_case,
    waiting_workers::WorkerPlaces,
};

/// The most connections, whatever number of files may be open.
const CONNECTIONS_MAX: u64 = 1280;
/// Of the files that may be open, one in this many is for a connection. The others are for functions
/// and the store.
const FILES_PER_CONNECTION: u64 = 4;

/// The API, and whom it answers.
pub(crate) struct LocalApi {
    pub(crate) api: StepFunctionsApi<LocalMachinePorts>,
    pub(crate) cases: Option<Arc<MockedExecutions>>,
    pub(crate) console: Console<LocalConsoleApi>,
    pub(crate) door: Door,
    pub(crate) memory: MemoryPressure,
    pub(crate) metrics: MachineMetrics,
    pub(crate) store: SqliteStore,
    pub(crate) workers: WorkerPlaces,
}

/// The most connections where so many files may be open.
pub(crate) fn connections_max(open_files_max: u64) -> usize {
    let connections_max = (open_files_max / FILES_PER_CONNECTION).clamp(8, CONNECTIONS_MAX);
    usize::try_from(connections_max).unwrap_or(usize::MAX)
}

impl RequestHandler for LocalApi {
    async fn answer_request(
        &self,
        request: Request<Incoming>,
        bodies: &BodyBudget,
        activity: &ConnectionActivity,
    ) -> Response<Bytes> {
        if let Some(health) = answer_health(&request, &self.store).await {
            return health;
        }
        // Pages and metrics are no requests of the API.
        let operation =
            (!is_console_request(&request)).then(|| OperationLabel::of_request(&request));
        let response = Box::pin(self.answer_checked(request, bodies, activity)).await;
        if let Some(operation) = operation {
            self.metrics.requests.count_answer(operation, response.status());
        }
        response
    }
}

impl LocalApi {
    async fn answer_checked(
        &self,
        request: Request<Incoming>,
        bodies: &BodyBudget,
        activity: &ConnectionActivity,
    ) -> Response<Bytes> {
        let passed = match self.door.check_head(&request) {
            Ok(passed) => passed,
            Err(refusal) => return self.door.closed_page(&request).unwrap_or(*refusal),
        };
        if is_read(&request)
            && let Err(refusal) = passed.check_body(b"")
        {
            return self.door.closed_page(&request).unwrap_or(*refusal);
        }
        if let Some(metrics) = answer_metrics(&request, &self.metrics).await {
            return metrics;
        }
        if self.memory.level() == MemoryLevel::Critical && takes_on_work(&request) {
            return throttle();
        }
        let _place = match self.workers.take_place(&request) {
            Ok(place) => place,
            Err(refusal) => return *refusal,
        };
        let (head, body) = request.into_parts();
        let received = match bodies.read_body(body, self.api.request_bytes_max(), activity).await {
            Ok(received) => received,
            Err(refusal) => return refusal.to_response(),
        };
        if let Err(refusal) = passed.check_body(&received.bytes) {
            return *refusal;
        }
        let request = Request::from_parts(head, received.bytes.clone());
        if is_console_request(&request) {
            return Box::pin(self.console.answer_request(request)).await;
        }
        let begun = match &self.cases {
            Some(cases) => begin_test_case(cases, request),
            None => Ok(request),
        };
        match begun {
            Ok(request) => self.api.answer_request(request).await,
            Err(refusal) => *refusal,
        }
    }
}

/// Whether a request has no body and is for a page, as none of the API is.
pub(crate) fn is_read<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
