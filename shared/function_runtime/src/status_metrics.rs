//! Metrics with the names of Step Functions.
//!
//! Spec: Developer Guide, "Execution metrics".

use model::{AccountRegion, ExecutionStatus};
use orchestrator::ports::StatusChange;
use serde_json::Value;

use crate::embedded_metrics::{MetricValue, embedded_metric_line_of_sets, print_metric_line};

/// Writes the metrics of a status change to standard output.
pub(crate) fn emit_status_metrics(account_region: &AccountRegion, change: &StatusChange) {
    print_metric_line(&status_metric_line(account_region, change));
}

fn status_metric_line(account_region: &AccountRegion, change: &StatusChange) -> Value {
    let execution = &change.execution;
    let at = match &execution.end {
        Some((at, _)) => *at,
        None => execution
            .facts
            .last_redrive
            .as_ref()
            .map_or(execution.facts.started_at, |it| it.requested_at),
    };
    let machine = account_region.state_machine_arn(change.id.machine_name());
    let version = execution.facts.version.as_ref();
    let number = version.map(|version| version.number.to_string());
    let alias = version.and_then(|version| version.alias.as_ref());
    let others = [
        number.as_deref().map(|number| ("Version", number)),
        alias.map(|alias| ("Alias", alias.as_str())),
    ];
    let others: Vec<(&str, &str)> = others.into_iter().flatten().collect();
    let own = ("StateMachineArn", machine.as_str());
    embedded_metric_line_of_sets(at, own, &others, &metrics_of_change(change))
}

fn metrics_of_change(change: &StatusChange) -> Vec<MetricValue> {
    let execution = &change.execution;
    let redriven = execution.facts.last_redrive.is_some();
    let (ended, ended_redriven) = match execution.status() {
        ExecutionStatus::Running if redriven => return vec![("ExecutionsRedriven", "Count", 1)],
        ExecutionStatus::Running => return vec![("ExecutionsStarted", "Count", 1)],
        ExecutionStatus::Succeeded => ("ExecutionsSucceeded", "RedrivenExecutionsSucceeded"),
        ExecutionStatus::Failed => ("ExecutionsFailed", "RedrivenExecutionsFailed"),
        ExecutionStatus::TimedOut => ("ExecutionsTimedOut", "RedrivenExecutionsTimedOut"),
        ExecutionStatus::Aborted => ("ExecutionsAborted", "RedrivenExecutionsAborted"),
    };
    let mut metrics = vec![(ended, "Count", 1)];
    if redriven {
        metrics.push((ended_redriven, "Count", 1));
    }
    if let Some((at, _)) = &execution.end {
        let time = at.as_milliseconds() - execution.facts.started_at.as_milliseconds();
        metrics.push(("ExecutionTime", "Milliseconds", time.max(0)));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use model::{FrameOutcome, Payload};
    use serde_json::json;

    use super::*;
    use crate::testing::{sample_account_region, sample_status_change, with_version};

    #[test]
    fn a_version_and_an_alias_have_metrics_of_their_own() {
        let change = with_version(sample_status_change("{}", None));
        let line = status_metric_line(&sample_account_region(), &change);
        let sets = &line["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        let machine = "StateMachineArn";
        assert_eq!(sets, &json!([[machine], [machine, "Version"], [machine, "Alias"]]));
        assert_eq!((&line["Version"], &line["Alias"]), (&json!("1"), &json!("live")));
    }

    #[test]
    fn an_end_counts_and_tells_its_time() {
        let change =
            sample_status_change("{}", Some(FrameOutcome::Succeeded(Payload::empty_object())));
        let expected = json!({
            "_aws": {"Timestamp": 2_500, "CloudWatchMetrics": [{
                "Namespace": "Statewright", "Dimensions": [["StateMachineArn"]],
                "Metrics": [{"Name": "ExecutionsSucceeded", "Unit": "Count"},
                            {"Name": "ExecutionTime", "Unit": "Milliseconds"}],
            }]},
            "StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
            "ExecutionsSucceeded": 1, "ExecutionTime": 1_500,
        });
        assert_eq!(status_metric_line(&sample_account_region(), &change), expected);
        let start = sample_status_change("{}", None);
        assert_eq!(status_metric_line(&sample_account_region(), &start)["ExecutionsStarted"], 1);
    }
}
