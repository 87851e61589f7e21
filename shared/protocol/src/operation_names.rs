//! The names of the operations that are served.

/// Every operation that [`StepFunctionsApi`](crate::StepFunctionsApi) serves, in the order of their
/// names.
pub const OPERATION_NAMES: [&str; 37] = [
    "CreateActivity",
    "CreateStateMachine",
    "CreateStateMachineAlias",
    "DeleteActivity",
    "DeleteStateMachine",
    "DeleteStateMachineAlias",
    "DeleteStateMachineVersion",
    "DescribeActivity",
    "DescribeExecution",
    "DescribeMapRun",
    "DescribeStateMachine",
    "DescribeStateMachineAlias",
    "DescribeStateMachineForExecution",
    "GetActivityTask",
    "GetExecutionHistory",
    "ListActivities",
    "ListExecutions",
    "ListMapRuns",
    "ListStateMachineAliases",
    "ListStateMachineVersions",
    "ListStateMachines",
    "ListTagsForResource",
    "PublishStateMachineVersion",
    "RedriveExecution",
    "SendTaskFailure",
    "SendTaskHeartbeat",
    "SendTaskSuccess",
    "StartExecution",
    "StartSyncExecution",
    "StopExecution",
    "TagResource",
    "TestState",
    "UntagResource",
    "UpdateMapRun",
    "UpdateStateMachine",
    "UpdateStateMachineAlias",
    "ValidateStateMachineDefinition",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_dispatched_is_named() {
        let dispatched = include_str!("wire.rs").lines().filter_map(|line| {
            let (name, _) = line.trim_start().strip_prefix('"')?.split_once("\" => ")?;
            Some(name)
        });
        let mut dispatched: Vec<&str> = dispatched.collect();
        dispatched.sort_unstable();
        assert_eq!(dispatched, OPERATION_NAMES);
    }
}
