//! The current X-Ray trace header, which passes from a message to the messages that it causes.

use std::future::Future;

tokio::task_local! {
    static HEADER: Option<String>;
}

/// Runs a future with this trace header. Every message that it sends to a queue carries it.
///
/// Spec: X-Ray § Tracing header; SQS, `SendMessage` § `AWSTraceHeader`.
pub fn with_trace_header<F: Future>(
    header: Option<String>,
    future: F,
) -> impl Future<Output = F::Output> {
    HEADER.scope(header, future)
}

/// The trace header of the current task, if there is one.
pub(crate) fn current_trace_header() -> Option<String> {
    HEADER.try_with(Clone::clone).ok().flatten()
}
