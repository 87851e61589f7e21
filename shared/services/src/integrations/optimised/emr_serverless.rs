//! EMR Serverless.
//!
//! Spec: Developer Guide, "Create and manage Amazon EMR Serverless applications with AWS Step
//! Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const ID_GIVEN: &[(&str, ValueSource)] =
    &[("ApplicationId", ValueSource::Parameter("ApplicationId"))];
const ID_ANSWERED: &[(&str, ValueSource)] =
    &[("ApplicationId", ValueSource::Answer(&["ApplicationId"]))];

/// Waits until the application is in a state.
const fn application(
    id: &'static [(&'static str, ValueSource)],
    succeeded: &'static [&'static str],
    failed: &'static [&'static str],
) -> Job {
    let job = Job::new(("GetApplication", id), &["Application"], &["State"]);
    Job { succeeded, failed, result: "Application", ..job }
}

const RUN_ANSWERED: &[(&str, ValueSource)] = &[
    ("ApplicationId", ValueSource::Parameter("ApplicationId")),
    ("JobRunId", ValueSource::Answer(&["JobRunId"])),
];
const RUN_GIVEN: &[(&str, ValueSource)] = &[
    ("ApplicationId", ValueSource::Parameter("ApplicationId")),
    ("JobRunId", ValueSource::Parameter("JobRunId")),
];

const JOB_RUN: Job = Job {
    succeeded: &["SUCCESS"],
    failed: &["FAILED", "CANCELLED"],
    result: "JobRun",
    told: Some(("aws.emr-serverless", ValueSource::Answer(&["JobRunId"]))),
    cancel: Some(("CancelJobRun", RUN_ANSWERED)),
    ..Job::new(("GetJobRun", RUN_ANSWERED), &["JobRun"], &["State"])
};

const CANCELLATION: Job = Job {
    succeeded: &["CANCELLED"],
    failed: &["FAILED", "SUCCESS"],
    result: "JobRun",
    told: Some(("aws.emr-serverless", ValueSource::Parameter("JobRunId"))),
    ..Job::new(("GetJobRun", RUN_GIVEN), &["JobRun"], &["State"])
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "emr-serverless",
    model: "emrserverless",
    prefix: "EMRServerless",
    service: "AWSEMRServerless",
    exception: "AWSEMRServerlessException",
    actions: &[
        Action::plain("createApplication", "CreateApplication").awaiting(application(
            ID_ANSWERED,
            &["CREATED", "STARTED"],
            &["TERMINATED"],
        )),
        Action::plain("startApplication", "StartApplication").awaiting(application(
            ID_GIVEN,
            &["STARTED"],
            &["STOPPED", "TERMINATED"],
        )),
        Action::plain("stopApplication", "StopApplication").awaiting(application(
            ID_GIVEN,
            &["STOPPED", "CREATED"],
            &["TERMINATED"],
        )),
        Action::plain("deleteApplication", "DeleteApplication").awaiting(Job {
            gone_is_success: true,
            kept: ID_GIVEN,
            ..application(ID_GIVEN, &["TERMINATED"], &[])
        }),
        Action::plain("startJobRun", "StartJobRun").awaiting(JOB_RUN),
        Action::plain("cancelJobRun", "CancelJobRun").awaiting(CANCELLATION),
    ],
};
