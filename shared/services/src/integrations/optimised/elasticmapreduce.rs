//! EMR, whose actions have members of their own.
//!
//! Spec: Developer Guide, "Create and manage Amazon EMR clusters with Step Functions".

use serde_json::{Map, Value, json};

use super::{Action, OptimisedService, Parameters, Refused, lookup::Lookup};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

const CLUSTER_ANSWERED: &[(&str, ValueSource)] =
    &[("ClusterId", ValueSource::Answer(&["ClusterId"]))];
const CLUSTER_GIVEN: &[(&str, ValueSource)] = &[("ClusterId", ValueSource::Parameter("ClusterId"))];

/// The cluster stays when its Task is aborted, as on AWS.
const CREATION: Job = Job {
    succeeded: &["WAITING"],
    failed: &["TERMINATED", "TERMINATED_WITH_ERRORS"],
    result: "Cluster",
    kept: CLUSTER_ANSWERED,
    told: Some(("aws.emr", ValueSource::Answer(&["ClusterId"]))),
    ..Job::new(("DescribeCluster", CLUSTER_ANSWERED), &["Cluster"], &["Status", "State"])
};

const TERMINATION: Job = Job {
    succeeded: &["TERMINATED", "TERMINATED_WITH_ERRORS"],
    result: "Cluster",
    kept: CLUSTER_GIVEN,
    told: Some(("aws.emr", ValueSource::Parameter("ClusterId"))),
    ..Job::new(("DescribeCluster", CLUSTER_GIVEN), &["Cluster"], &["Status", "State"])
};

const STEP: Job = Job {
    succeeded: &["COMPLETED"],
    failed: &["FAILED", "CANCELLED", "INTERRUPTED"],
    result: "Step",
    told: Some(("aws.emr", ValueSource::Answer(&["StepId"]))),
    cancel: Some((
        "CancelSteps",
        &[
            ("ClusterId", ValueSource::Parameter("ClusterId")),
            ("StepIds", ValueSource::AnswerInList(&["StepId"])),
        ],
    )),
    ..Job::new(
        (
            "DescribeStep",
            &[
                ("ClusterId", ValueSource::Parameter("ClusterId")),
                ("StepId", ValueSource::Answer(&["StepId"])),
            ],
        ),
        &["Step"],
        &["Status", "State"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "elasticmapreduce",
    model: "emr",
    prefix: "ElasticMapReduce",
    service: "AmazonElasticMapReduce",
    exception: "AmazonElasticMapReduceException",
    actions: &[
        Action::plain("createCluster", "RunJobFlow")
            .preparing(keep_cluster_alive)
            .concluding(|_, result| Ok(renamed(result, "JobFlowId", "ClusterId")))
            .awaiting(CREATION),
        Action::plain("terminateCluster", "TerminateJobFlows")
            .with_parameters(&["ClusterId"])
            .preparing(|_, given| Ok(in_list(given, "ClusterId", "JobFlowIds")))
            .awaiting(TERMINATION),
        Action::plain("addStep", "AddJobFlowSteps")
            .with_parameters(&["ClusterId", "ExecutionRoleArn", "Step"])
            .preparing(|_, given| {
                let given = in_list(given, "Step", "Steps");
                Ok(renamed(given, "ClusterId", "JobFlowId"))
            })
            .concluding(|_, result| Ok(only_item(result, "StepIds", "StepId")))
            .awaiting(STEP),
        Action::plain("cancelStep", "CancelSteps")
            .with_parameters(&["ClusterId", "StepCancellationOption", "StepId"])
            .preparing(|_, given| Ok(in_list(given, "StepId", "StepIds")))
            .concluding(|_, result| {
                Ok(only_item(result, "CancelStepsInfoList", "CancelStepsInfo"))
            }),
        Action::plain("setClusterTerminationProtection", "SetTerminationProtection")
            .with_parameters(&["ClusterId", "TerminationProtected"])
            .preparing(|_, given| Ok(in_list(given, "ClusterId", "JobFlowIds"))),
        Action::plain("modifyInstanceFleetByName", "ModifyInstanceFleet")
            .with_parameters(&["ClusterId", "InstanceFleet", "InstanceFleetName"])
            .finding(Lookup {
                name: "InstanceFleetName",
                id: "InstanceFleetId",
                operation: "ListInstanceFleets",
                list: "InstanceFleets",
            })
            .preparing(|_, given| Ok(moved_into(given, "InstanceFleetId", "InstanceFleet"))),
        Action::plain("modifyInstanceGroupByName", "ModifyInstanceGroups")
            .with_parameters(&["ClusterId", "InstanceGroup", "InstanceGroupName"])
            .finding(Lookup {
                name: "InstanceGroupName",
                id: "InstanceGroupId",
                operation: "ListInstanceGroups",
                list: "InstanceGroups",
            })
            .preparing(|_, given| {
                let given = moved_into(given, "InstanceGroupId", "InstanceGroup");
                Ok(in_list(given, "InstanceGroup", "InstanceGroups"))
            }),
    ],
};

/// A cluster of a workflow waits for its steps, which other Tasks add.
fn keep_cluster_alive(_: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    if given.contains_key("Steps") {
        let reason = "The field \"Steps\" is not supported by Step Functions".to_owned();
        return Err(Refused::Unusable(reason));
    }
    let instances = given.entry("Instances").or_insert_with(|| json!({}));
    if let Value::Object(instances) = instances {
        instances.insert("KeepJobFlowAliveWhenNoSteps".to_owned(), true.into());
    }
    Ok(given)
}

fn renamed(mut members: Map<String, Value>, from: &str, to: &str) -> Map<String, Value> {
    if let Some(value) = members.remove(from) {
        members.insert(to.to_owned(), value);
    }
    members
}

/// Moves a member into another, which is an object.
fn moved_into(mut members: Map<String, Value>, moved: &str, into: &str) -> Map<String, Value> {
    if let Some(value) = members.remove(moved)
        && let Value::Object(object) = members.entry(into).or_insert_with(|| json!({}))
    {
        object.insert(moved.to_owned(), value);
    }
    members
}

fn in_list(mut members: Map<String, Value>, from: &str, to: &str) -> Map<String, Value> {
    if let Some(value) = members.remove(from) {
        members.insert(to.to_owned(), json!([value]));
    }
    members
}

/// Replaces a list by its only item.
fn only_item(mut members: Map<String, Value>, from: &str, to: &str) -> Map<String, Value> {
    if let Some(Value::Array(items)) = members.remove(from)
        && let Some(first) = items.into_iter().next()
    {
        members.insert(to.to_owned(), first);
    }
    members
}
