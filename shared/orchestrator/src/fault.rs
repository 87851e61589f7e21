//! Our own bad news: never a workflow's failure, never a caller's mistake.

/// Something of ours broke. Logged, and the message is delivered again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A port could not do its work: throttled, out of reach, full.
    #[error("{port} failed: {reason}")]
    Port {
        /// Which port.
        port: &'static str,
        /// What it said.
        reason: String,
        /// The adapter's own error.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// What a store returned breaks an invariant of the log.
    #[error("the log of {execution} is broken: {reason}")]
    Broken {
        /// Whose log.
        execution: String,
        /// How.
        reason: String,
    },
}

impl Fault {
    /// A port's fault with the adapter's error as its source.
    pub fn in_port(
        port: &'static str,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Port { port, reason: source.to_string(), source: Some(Box::new(source)) }
    }
}
