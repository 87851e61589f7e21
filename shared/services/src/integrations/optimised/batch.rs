//! Batch.
//!
//! Spec: Developer Guide, "Run AWS Batch workloads with Step Functions".

use serde_json::{Value, json};

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

const JOB: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: &["FAILED"],
    told: Some(("aws.batch", ValueSource::Answer(&["JobId"]))),
    cancel: Some((
        "TerminateJob",
        &[
            ("JobId", ValueSource::Answer(&["JobId"])),
            ("Reason", ValueSource::Text("Stopped by Step Functions")),
        ],
    )),
    ..Job::new(
        ("DescribeJobs", &[("Jobs", ValueSource::AnswerInList(&["JobId"]))]),
        &["Jobs", "0"],
        &["Status"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "batch",
    model: "batch",
    prefix: "Batch",
    service: "AWSBatch",
    exception: "AWSBatchException",
    actions: &[Action::plain("submitJob", "SubmitJob").preparing(mark_job).awaiting(JOB)],
};

/// Tells the containers of a job that is waited for who started them.
#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn mark_job(scope: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    let others = ["EcsPropertiesOverride", "EksPropertiesOverride", "NodeOverrides"];
    if scope.waits_for_job && !others.iter().any(|other| given.contains_key(*other)) {
        let overrides = given.entry("ContainerOverrides").or_insert_with(|| json!({}));
        if let Value::Object(overrides) = overrides
            && let Value::Array(variables) =
                overrides.entry("Environment").or_insert_with(|| json!([]))
        {
            variables.push(json!({"Name": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}));
        }
    }
    Ok(given)
}
