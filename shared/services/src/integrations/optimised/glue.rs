//! Glue.
//!
//! Spec: Developer Guide, "Start an AWS Glue job with Step Functions".

use model::Failure;
use serde_json::{Map, Value};

use super::{Action, OptimisedService};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

const JOB: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: &["FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"],
    kept: &[("JobName", ValueSource::Parameter("JobName"))],
    told: Some(("aws.glue", ValueSource::Answer(&["JobRunId"]))),
    cancel: Some((
        "BatchStopJobRun",
        &[
            ("JobName", ValueSource::Parameter("JobName")),
            ("JobRunIds", ValueSource::AnswerInList(&["JobRunId"])),
        ],
    )),
    ..Job::new(
        (
            "GetJobRun",
            &[
                ("JobName", ValueSource::Parameter("JobName")),
                ("RunId", ValueSource::Answer(&["JobRunId"])),
            ],
        ),
        &["JobRun"],
        &["JobRunState"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "glue",
    model: "glue",
    prefix: "Glue",
    service: "AWSGlue",
    exception: "AWSGlueException",
    actions: &[Action::plain("startJobRun", "StartJobRun").concluding(add_job_name).awaiting(JOB)],
};

#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn add_job_name(
    scope: &CallScope<'_>,
    mut result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    if let Some(name) = scope.parameter("JobName") {
        result.insert("JobName".to_owned(), name.clone());
    }
    Ok(result)
}
