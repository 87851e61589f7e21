//! EKS: clusters, Fargate profiles and node groups.
//!
//! Spec: Developer Guide, "Create and manage Amazon EKS clusters with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const CREATED: &[&str] = &["ACTIVE"];
const CREATION_FAILED: &[&str] = &["FAILED", "CREATE_FAILED", "DEGRADED"];
const DELETION_FAILED: &[&str] = &["FAILED", "DELETE_FAILED"];

const CLUSTER: Job = Job {
    result: "Cluster",
    ..Job::new(
        ("DescribeCluster", &[("Name", ValueSource::Parameter("Name"))]),
        &["Cluster"],
        &["Status"],
    )
};

const FARGATE_PROFILE: Job = Job {
    result: "FargateProfile",
    ..Job::new(
        (
            "DescribeFargateProfile",
            &[
                ("ClusterName", ValueSource::Parameter("ClusterName")),
                ("FargateProfileName", ValueSource::Parameter("FargateProfileName")),
            ],
        ),
        &["FargateProfile"],
        &["Status"],
    )
};

const NODEGROUP: Job = Job {
    result: "Nodegroup",
    ..Job::new(
        (
            "DescribeNodegroup",
            &[
                ("ClusterName", ValueSource::Parameter("ClusterName")),
                ("NodegroupName", ValueSource::Parameter("NodegroupName")),
            ],
        ),
        &["Nodegroup"],
        &["Status"],
    )
};

#[expect(clippy::needless_pass_by_value, reason = "constants are made of constants")]
const fn creation(job: Job) -> Job {
    Job { succeeded: CREATED, failed: CREATION_FAILED, ..job }
}

#[expect(clippy::needless_pass_by_value, reason = "constants are made of constants")]
const fn deletion(job: Job, kept: &'static [(&'static str, ValueSource)]) -> Job {
    Job { failed: DELETION_FAILED, gone_is_success: true, kept, ..job }
}

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "eks",
    model: "eks",
    prefix: "EKS",
    service: "AmazonEKS",
    exception: "AmazonEKSException",
    actions: &[
        Action::plain("createCluster", "CreateCluster").awaiting(creation(CLUSTER)),
        Action::plain("deleteCluster", "DeleteCluster")
            .awaiting(deletion(CLUSTER, &[("Cluster", ValueSource::Answer(&["Cluster"]))])),
        Action::plain("createFargateProfile", "CreateFargateProfile")
            .awaiting(creation(FARGATE_PROFILE)),
        Action::plain("deleteFargateProfile", "DeleteFargateProfile").awaiting(deletion(
            FARGATE_PROFILE,
            &[("FargateProfile", ValueSource::Answer(&["FargateProfile"]))],
        )),
        Action::plain("createNodegroup", "CreateNodegroup").awaiting(creation(NODEGROUP)),
        Action::plain("deleteNodegroup", "DeleteNodegroup")
            .awaiting(deletion(NODEGROUP, &[("Nodegroup", ValueSource::Answer(&["Nodegroup"]))])),
    ],
};
