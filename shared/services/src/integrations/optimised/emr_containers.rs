//! EMR on EKS.
//!
//! Spec: Developer Guide, "Create and manage Amazon EMR clusters on EKS with AWS Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const RUN: &[(&str, ValueSource)] = &[
    ("VirtualClusterId", ValueSource::Parameter("VirtualClusterId")),
    ("Id", ValueSource::Answer(&["Id"])),
];

const JOB_RUN: Job = Job {
    succeeded: &["COMPLETED"],
    failed: &["FAILED", "CANCELLED"],
    told: Some(("aws.emr-containers", ValueSource::Answer(&["Id"]))),
    cancel: Some(("CancelJobRun", RUN)),
    ..Job::new(("DescribeJobRun", RUN), &["JobRun"], &["State"])
};

const DELETION: Job = Job {
    succeeded: &["TERMINATED"],
    failed: &["ARRESTED"],
    gone_is_success: true,
    kept: &[("Id", ValueSource::Parameter("Id"))],
    told: Some(("aws.emr-containers", ValueSource::Parameter("Id"))),
    ..Job::new(
        ("DescribeVirtualCluster", &[("Id", ValueSource::Parameter("Id"))]),
        &["VirtualCluster"],
        &["State"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "emr-containers",
    model: "emrcontainers",
    prefix: "EMRContainers",
    service: "AmazonEMRContainers",
    exception: "AmazonEMRContainersException",
    actions: &[
        Action::plain("createVirtualCluster", "CreateVirtualCluster"),
        Action::plain("deleteVirtualCluster", "DeleteVirtualCluster").awaiting(DELETION),
        Action::plain("startJobRun", "StartJobRun").awaiting(JOB_RUN),
    ],
};
