//! Metrics with Step Functions' names, in the embedded metric format: lines that CloudWatch turns
//! into metrics of namespace `Statewright` by itself.
//!
//! Spec: CloudWatch, "Embedded metric format"; Developer Guide, "Execution metrics".

use std::io::Write;

use aws::StatusChange;
use model::{Place, Status};
use serde_json::{Value, json};

const NAMESPACE: &str = "Statewright";
const MACHINE: &str = "StateMachineArn";

/// One metric of an execution.
type Metric = (&'static str, &'static str, i64);

/// Writes the line of a change.
pub(crate) fn emit(place: &Place, change: &StatusChange) {
    // There is nobody to tell that standard output is gone.
    drop(writeln!(std::io::stdout(), "{}", line(place, change)));
}

fn line(place: &Place, change: &StatusChange) -> Value {
    let (machine, _) = change.id.as_str().split_once(':').unwrap_or((change.id.as_str(), ""));
    let execution = &change.execution;
    let at = match &execution.end {
        Some((at, _)) => *at,
        None => execution.facts.redriven.as_ref().map_or(execution.facts.started_at, |it| it.at),
    };
    let metrics = metrics(change);
    let named: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.milliseconds(),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [[MACHINE]], "Metrics": named},
            ],
        },
        MACHINE: place.machine_arn(machine),
    });
    for (name, _, value) in metrics {
        line[name] = value.into();
    }
    line
}

fn metrics(change: &StatusChange) -> Vec<Metric> {
    let execution = &change.execution;
    let redriven = execution.facts.redriven.is_some();
    let (ended, ended_redriven) = match execution.status() {
        Status::Running if redriven => return vec![("ExecutionsRedriven", "Count", 1)],
        Status::Running => return vec![("ExecutionsStarted", "Count", 1)],
        Status::Succeeded => ("ExecutionsSucceeded", "RedrivenExecutionsSucceeded"),
        Status::Failed => ("ExecutionsFailed", "RedrivenExecutionsFailed"),
        Status::TimedOut => ("ExecutionsTimedOut", "RedrivenExecutionsTimedOut"),
        Status::Aborted => ("ExecutionsAborted", "RedrivenExecutionsAborted"),
    };
    let mut metrics = vec![(ended, "Count", 1)];
    if redriven {
        metrics.push((ended_redriven, "Count", 1));
    }
    if let Some((at, _)) = &execution.end {
        let time = at.milliseconds() - execution.facts.started_at.milliseconds();
        metrics.push(("ExecutionTime", "Milliseconds", time.max(0)));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Payload};

    use super::*;
    use crate::testing::{change, place};

    #[test]
    fn an_end_counts_and_tells_its_time() {
        let mut change = change("{}", Some(Outcome::Succeeded(Payload::empty_object())));
        let expected = json!({
            "_aws": {"Timestamp": 2_500, "CloudWatchMetrics": [{
                "Namespace": "Statewright", "Dimensions": [["StateMachineArn"]],
                "Metrics": [{"Name": "ExecutionsSucceeded", "Unit": "Count"},
                            {"Name": "ExecutionTime", "Unit": "Milliseconds"}],
            }]},
            "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
            "ExecutionsSucceeded": 1, "ExecutionTime": 1_500,
        });
        assert_eq!(line(&place(), &change), expected);
        change.execution.end = None;
        assert_eq!(line(&place(), &change)["ExecutionsStarted"], 1);
    }
}
