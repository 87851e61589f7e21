//! The metric `Faults`: messages and requests that a function could not serve.
//!
//! Lambda's metric `Errors` counts invocations without an answer. A message that comes back is part
//! of an answer, and so is the HTTP status 500.

use http::StatusCode;
use orchestrator::ports::Clock;
use serde_json::Value;
use system_clock::SystemClock;

use crate::embedded_metrics::{embedded_metric_line, print_metric_line};

/// Counts the faults of one function.
#[derive(Clone, Debug)]
pub struct FaultMetric {
    function: String,
}

impl FaultMetric {
    /// Creates the metric of the function of that name.
    pub const fn new(function: String) -> Self {
        Self { function }
    }

    /// Counts that many faults. Writes nothing if there are none.
    pub fn count_faults(&self, faults: usize) {
        if faults > 0 {
            print_metric_line(&self.fault_line(faults));
        }
    }

    /// Counts a fault if that is the HTTP status of one.
    pub fn count_status(&self, status: StatusCode) {
        self.count_faults(usize::from(status.is_server_error()));
    }

    fn fault_line(&self, faults: usize) -> Value {
        let faults = i64::try_from(faults).unwrap_or(i64::MAX);
        let dimension = ("FunctionName", &*self.function);
        embedded_metric_line(SystemClock.now(), dimension, &[("Faults", "Count", faults)])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn faults_are_counted_by_function() {
        let line = FaultMetric::new("statewright-step".to_owned()).fault_line(3);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "Statewright");
        assert_eq!(metrics["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(metrics["Metrics"], json!([{"Name": "Faults", "Unit": "Count"}]));
        assert_eq!(line["FunctionName"], "statewright-step");
        assert_eq!(line["Faults"], 3);
    }
}
