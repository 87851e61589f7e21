//! Logs: one JSON object per line, which CloudWatch Logs Insights parses by itself.

use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

/// The variable with the log filter, such as `info` or `warn,orchestrator=debug`.
const FILTER: &str = "STATEWRIGHT_LOG";

/// Starts logging to standard output. A missing or invalid filter counts as `info`.
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
