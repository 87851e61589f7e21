//! Glue `DataBrew`.
//!
//! Spec: Developer Guide, "Start AWS Glue `DataBrew` jobs with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const RUN: &[(&str, ValueSource)] =
    &[("Name", ValueSource::Parameter("Name")), ("RunId", ValueSource::Answer(&["RunId"]))];

const JOB: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: &["FAILED", "TIMEOUT", "STOPPED"],
    told: Some(("aws.databrew", ValueSource::Answer(&["RunId"]))),
    cancel: Some(("StopJobRun", RUN)),
    ..Job::new(("DescribeJobRun", RUN), &[], &["State"])
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "databrew",
    model: "databrew",
    prefix: "DataBrew",
    service: "AWSGlueDataBrew",
    exception: "AWSGlueDataBrewException",
    actions: &[Action::plain("startJobRun", "StartJobRun").awaiting(JOB)],
};
