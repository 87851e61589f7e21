//! Logs: one JSON object a line, which CloudWatch Logs Insights reads by itself.

use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// What is shown: `info`, or `warn,orchestrator=debug`.
const FILTER: &str = "STATEWRIGHT_LOG";

/// Begins to log to standard output. A filter that cannot be read is `info`.
pub fn init_logging() {
    let filter = std::env::var(FILTER).ok().and_then(|filter| filter.parse().ok());
    let filter: Targets = filter.unwrap_or_else(|| Targets::new().with_default(Level::INFO));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_ansi(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
}
