//! The X-Ray header of what is under way, carried from a message to those that it sends.

use std::future::Future;

tokio::task_local! {
    static HEADER: Option<String>;
}

/// Runs a future under this header: what it sends to a queue carries it.
///
/// Spec: X-Ray § Tracing header; SQS, `SendMessage` § `AWSTraceHeader`.
pub fn with_trace_header<F: Future>(
    header: Option<String>,
    future: F,
) -> impl Future<Output = F::Output> {
    HEADER.scope(header, future)
}

/// The header that this code runs under, if there is one.
pub(crate) fn current_trace_header() -> Option<String> {
    HEADER.try_with(Clone::clone).ok().flatten()
}
