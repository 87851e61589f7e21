//! Internal errors: never a workflow's failure, never a caller's mistake.

/// An internal error. It is logged, and the message is delivered again, later each time and for as
/// long as it lasts: no fault ends an execution.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A port could not do its work: throttled, out of reach, full.
    #[error("{port} failed: {reason}")]
    Port {
        /// The name of the port.
        port: &'static str,
        /// The adapter's error as text.
        reason: String,
        /// The adapter's error, if it has one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The process is about to end, so nothing more is begun or recorded in it.
    #[error("the process is about to end")]
    Stopping,
    /// A store returned something that is not of a shape that this version knows. A newer version
    /// has written it and can read it, so the message waits for that one.
    #[error("what is stored of {execution} cannot be read by this version: {reason}")]
    Unreadable {
        /// The id of the execution.
        execution: String,
        /// What this version does not know.
        reason: String,
    },
    /// What a store returned breaks an invariant of the log.
    #[error("the log of {execution} is broken: {reason}")]
    Broken {
        /// The id of the execution.
        execution: String,
        /// Which invariant is broken.
        reason: String,
    },
}

impl Fault {
    /// Creates a port's fault with the adapter's error as its source.
    pub fn in_port(
        port: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Port { port, reason: source.to_string(), source: Some(Box::new(source)) }
    }
}
