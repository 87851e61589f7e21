//! Glue.
//!
//! Spec: Developer Guide, "Start an AWS Glue job with Step Functions".

use model::Failure;
use serde_json::{Map, Value};

use super::{Action, OptimisedService};
use crate::integrations::{
    CallScope,
    jobs::{From, Job},
};

const JOB: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: &["FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"],
    kept: &[("JobName", From::Parameter("JobName"))],
    cancel: Some((
        "BatchStopJobRun",
        &[
            ("JobName", From::Parameter("JobName")),
            ("JobRunIds", From::AnswerInList(&["JobRunId"])),
        ],
    )),
    ..Job::new(
        (
            "GetJobRun",
            &[("JobName", From::Parameter("JobName")), ("RunId", From::Answer(&["JobRunId"]))],
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
