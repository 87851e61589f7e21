//! `CodeBuild`.
//!
//! Spec: Developer Guide, "Manage AWS `CodeBuild` builds with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{Job, ValueSource};

const ENDED_BADLY: &[&str] = &["FAILED", "FAULT", "TIMED_OUT", "STOPPED"];

const BUILD: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: ENDED_BADLY,
    result: "Build",
    told: Some(("aws.codebuild", ValueSource::Answer(&["Build", "Arn"]))),
    cancel: Some(("StopBuild", &[("Id", ValueSource::Answer(&["Build", "Id"]))])),
    ..Job::new(
        ("BatchGetBuilds", &[("Ids", ValueSource::AnswerInList(&["Build", "Id"]))]),
        &["Builds", "0"],
        &["BuildStatus"],
    )
};

const BUILD_BATCH: Job = Job {
    succeeded: &["SUCCEEDED"],
    failed: ENDED_BADLY,
    result: "BuildBatch",
    cancel: Some(("StopBuildBatch", &[("Id", ValueSource::Answer(&["BuildBatch", "Id"]))])),
    ..Job::new(
        ("BatchGetBuildBatches", &[("Ids", ValueSource::AnswerInList(&["BuildBatch", "Id"]))]),
        &["BuildBatches", "0"],
        &["BuildBatchStatus"],
    )
};

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "codebuild",
    model: "codebuild",
    prefix: "CodeBuild",
    service: "AWSCodeBuild",
    exception: "AWSCodeBuildException",
    actions: &[
        Action::plain("startBuild", "StartBuild").awaiting(BUILD),
        Action::plain("startBuildBatch", "StartBuildBatch").awaiting(BUILD_BATCH),
        Action::plain("retryBuildBatch", "RetryBuildBatch").awaiting(BUILD_BATCH),
        Action::plain("stopBuild", "StopBuild"),
        Action::plain("batchDeleteBuilds", "BatchDeleteBuilds"),
        Action::plain("batchGetReports", "BatchGetReports"),
        Action::plain("stopBuildBatch", "StopBuildBatch"),
        Action::plain("deleteBuildBatch", "DeleteBuildBatch"),
    ],
};
