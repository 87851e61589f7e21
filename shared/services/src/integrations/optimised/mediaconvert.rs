//! Elemental `MediaConvert`.
//!
//! Spec: Developer Guide, "Create an AWS Elemental `MediaConvert` job with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const ID: &[(&str, ValueSource)] = &[("Id", ValueSource::Answer(&["Job", "Id"]))];

const JOB: Job = Job {
    succeeded: &["COMPLETE"],
    failed: &["ERROR", "CANCELED"],
    result: "Job",
    told: Some(("aws.mediaconvert", ValueSource::Answer(&["Job", "Id"]))),
    cancel: Some(("CancelJob", ID)),
    ..Job::new(("GetJob", ID), &["Job"], &["Status"])
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "mediaconvert",
    model: "mediaconvert",
    prefix: "MediaConvert",
    service: "AWSMediaConvert",
    exception: "AWSMediaConvertException",
    actions: &[Action::plain("createJob", "CreateJob").awaiting(JOB)],
};
