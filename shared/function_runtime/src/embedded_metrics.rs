//! The embedded metric format: log lines that CloudWatch turns into metrics of the namespace
//! `Statewright`.
//!
//! Spec: CloudWatch, "Embedded metric format specification".

use std::io::Write;

use model::Timestamp;
use serde_json::{Value, json};

/// The namespace of all metrics; the alarms and the dashboard in `infra` name it, too.
const NAMESPACE: &str = "Statewright";

/// A metric's name, unit and value.
pub(crate) type MetricValue = (&'static str, &'static str, i64);

/// The line for metrics of one moment and one dimension, which is a name and its value.
pub(crate) fn embedded_metric_line(
    at: Timestamp,
    (dimension, of): (&str, &str),
    metrics: &[MetricValue],
) -> Value {
    embedded_metric_line_of_sets(at, (dimension, of), &[], metrics)
}

/// The line for metrics of one dimension, and of each of the others together with it.
pub(crate) fn embedded_metric_line_of_sets(
    at: Timestamp,
    (dimension, of): (&str, &str),
    others: &[(&str, &str)],
    metrics: &[MetricValue],
) -> Value {
    let own = std::iter::once(json!([dimension]));
    let sets: Vec<Value> =
        own.chain(others.iter().map(|(other, _)| json!([dimension, other]))).collect();
    let named: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.as_milliseconds(),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": sets, "Metrics": named},
            ],
        },
        dimension: of,
    });
    for (other, of) in others {
        line[other] = (*of).into();
    }
    for (name, _, value) in metrics {
        line[name] = (*value).into();
    }
    line
}

/// Writes a line to standard output.
pub(crate) fn print_metric_line(line: &Value) {
    // If standard output is gone, there is nowhere to report it.
    drop(writeln!(std::io::stdout(), "{line}"));
}
