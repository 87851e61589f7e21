//! The logs of executions, of which readers see the ids of events.

use std::collections::{BTreeMap, BTreeSet};

use model::ExecutionId;
use orchestrator::ports::{ExecutionLogBatch, ExecutionLogs};
use serde_json::{Value, json};

use crate::{ports::SimulatedPorts, world::SimulatedWorld};

/// The ids of the events that were logged of each execution.
#[derive(Debug, Default)]
pub(crate) struct SimulatedLogs(BTreeMap<ExecutionId, BTreeSet<String>>);

/// The configuration of a machine whose executions are logged whole.
pub(crate) fn logging_configuration() -> Value {
    json!({"level": "ALL", "includeExecutionData": true, "destinations": [{
        "cloudWatchLogsLogGroup": {"logGroupArn":
            "arn:aws:logs:us-east-1:000000000000:log-group:simulated:*"}}]})
}

impl ExecutionLogs for SimulatedPorts {
    async fn write_log(&self, batch: ExecutionLogBatch<'_>) {
        let ids = batch.lines.iter().filter_map(|line| {
            let line: Value = serde_json::from_str(&line.text).ok()?;
            Some(line["id"].as_str()?.to_owned())
        });
        let mut world = self.lock_world();
        world.execution_logs.0.entry(batch.execution.clone()).or_default().extend(ids);
    }
}

/// Each event of an execution that has ended is logged, perhaps more than once.
pub(crate) fn check_logged(
    world: &SimulatedWorld,
    id: &ExecutionId,
    events: usize,
) -> Option<String> {
    let logged = world.execution_logs.0.get(id).cloned().unwrap_or_default();
    let expected: BTreeSet<String> = (1..=events).map(|id| id.to_string()).collect();
    (logged != expected).then(|| format!("of {events} events these are logged: {logged:?}"))
}
