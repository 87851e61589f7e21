//! ECS and Fargate.
//!
//! Spec: Developer Guide, "Run Amazon ECS or Fargate tasks with Step Functions".

use model::Failure;
use serde_json::{Map, Value};

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

const JOB: Job = Job {
    succeeded: &["STOPPED"],
    has_failed: Some(has_failed),
    told: Some(("aws.ecs", ValueSource::Answer(&["Tasks", "0", "TaskArn"]))),
    missing: Some((&["Failures", "0", "Reason"], "MISSING")),
    cancel: Some((
        "StopTask",
        &[
            ("Cluster", ValueSource::Answer(&["Tasks", "0", "ClusterArn"])),
            ("Task", ValueSource::Answer(&["Tasks", "0", "TaskArn"])),
            ("Reason", ValueSource::Text("Stopped by Step Functions")),
        ],
    )),
    ..Job::new(
        (
            "DescribeTasks",
            &[
                ("Cluster", ValueSource::Answer(&["Tasks", "0", "ClusterArn"])),
                ("Tasks", ValueSource::AnswerInList(&["Tasks", "0", "TaskArn"])),
            ],
        ),
        &["Tasks", "0"],
        &["LastStatus"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "ecs",
    model: "ecs",
    prefix: "ECS",
    service: "AmazonECS",
    exception: "AmazonECSException",
    actions: &[Action::plain("runTask", "RunTask")
        .preparing(name_the_starter)
        .concluding(fail_if_nothing_started)
        .awaiting(JOB)],
};

/// One task is run, and it says who has started it.
fn name_the_starter(scope: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    for fixed in ["Count", "StartedBy"] {
        if given.contains_key(fixed) {
            let reason = format!("The field \"{fixed}\" is not supported by Step Functions");
            return Err(Refused::Unusable(reason));
        }
    }
    if scope.waits_for_job {
        given.insert("StartedBy".to_owned(), "AWS Step Functions".into());
    }
    given.insert("Count".to_owned(), 1.into());
    Ok(given)
}

/// A Task that waits fails if no task of ECS has started; one that does not wait shows why.
fn fail_if_nothing_started(
    scope: &CallScope<'_>,
    result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let first = result.get("Failures").and_then(|failures| failures.get(0)).cloned();
    match first {
        Some(failure) if scope.waits_after_call => {
            let reason = failure.get("Reason").and_then(Value::as_str).unwrap_or("Unknown");
            let cause = Value::Object(result).to_string();
            let name = if reason.chars().all(char::is_alphanumeric) { reason } else { "Unknown" };
            Err(Failure::new(format!("AmazonECS.{name}"), cause))
        }
        _ => Ok(result),
    }
}

/// Whether a stopped task has not started, or a container of it has not ended well.
fn has_failed(task: &Value) -> bool {
    let has_not_started = task.get("StopCode").is_some_and(|code| code == "TaskFailedToStart");
    let containers = task.get("Containers").and_then(Value::as_array);
    let ends_well =
        |container: &Value| container.get("ExitCode").and_then(Value::as_i64) == Some(0);
    has_not_started || containers.is_some_and(|containers| !containers.iter().all(ends_well))
}
