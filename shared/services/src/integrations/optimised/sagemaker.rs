//! `SageMaker`.
//!
//! Spec: Developer Guide, "Create and manage Amazon `SageMaker` AI jobs with Step Functions".

use serde_json::{Value, json};

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::{
    CallScope,
    jobs::{Job, ValueSource},
};

/// A job that is described, and stopped, by its name. Events and its tags know it by its ARN, which is in the
/// answer.
const fn named(
    describe: &'static str,
    name: &'static [(&'static str, ValueSource)],
    state: &'static [&'static str],
    stop: &'static str,
    arn: &'static [&'static str; 1],
) -> Job {
    Job {
        succeeded: &["Completed"],
        failed: &["Failed", "Stopped"],
        cancel: Some((stop, name)),
        told: Some(("aws.sagemaker", ValueSource::Answer(arn))),
        tags: Some(("ListTags", arn[0])),
        ..Job::new((describe, name), &[], state)
    }
}

const TUNING: Job = named(
    "DescribeHyperParameterTuningJob",
    &[("HyperParameterTuningJobName", ValueSource::Parameter("HyperParameterTuningJobName"))],
    &["HyperParameterTuningJobStatus"],
    "StopHyperParameterTuningJob",
    &["HyperParameterTuningJobArn"],
);
const LABELING: Job = named(
    "DescribeLabelingJob",
    &[("LabelingJobName", ValueSource::Parameter("LabelingJobName"))],
    &["LabelingJobStatus"],
    "StopLabelingJob",
    &["LabelingJobArn"],
);
const PROCESSING: Job = named(
    "DescribeProcessingJob",
    &[("ProcessingJobName", ValueSource::Parameter("ProcessingJobName"))],
    &["ProcessingJobStatus"],
    "StopProcessingJob",
    &["ProcessingJobArn"],
);
const TRAINING: Job = named(
    "DescribeTrainingJob",
    &[("TrainingJobName", ValueSource::Parameter("TrainingJobName"))],
    &["TrainingJobStatus"],
    "StopTrainingJob",
    &["TrainingJobArn"],
);
const TRANSFORM: Job = named(
    "DescribeTransformJob",
    &[("TransformJobName", ValueSource::Parameter("TransformJobName"))],
    &["TransformJobStatus"],
    "StopTransformJob",
    &["TransformJobArn"],
);

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "sagemaker",
    model: "sagemaker",
    prefix: "SageMaker",
    service: "AmazonSageMaker",
    exception: "AmazonSageMakerException",
    actions: &[
        Action::plain("createHyperParameterTuningJob", "CreateHyperParameterTuningJob")
            .preparing(tag_job)
            .awaiting(TUNING),
        Action::plain("createLabelingJob", "CreateLabelingJob")
            .preparing(tag_job)
            .awaiting(LABELING),
        Action::plain("createProcessingJob", "CreateProcessingJob")
            .preparing(tag_job)
            .awaiting(PROCESSING),
        Action::plain("createTrainingJob", "CreateTrainingJob")
            .preparing(tag_job)
            .awaiting(TRAINING),
        Action::plain("createTransformJob", "CreateTransformJob")
            .preparing(tag_job)
            .awaiting(TRANSFORM),
        Action::plain("createEndpoint", "CreateEndpoint"),
        Action::plain("createEndpointConfig", "CreateEndpointConfig"),
        Action::plain("createModel", "CreateModel"),
        Action::plain("updateEndpoint", "UpdateEndpoint"),
    ],
};

/// A job that is waited for says who started it (seen in results of jobs).
#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn tag_job(scope: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    if scope.waits_for_job
        && let Value::Array(tags) = given.entry("Tags").or_insert_with(|| json!([]))
    {
        tags.push(json!({"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}));
        let execution = scope.execution_arn();
        tags.push(json!({"Key": "AWS_STEP_FUNCTIONS_EXECUTION_ARN", "Value": execution}));
    }
    Ok(given)
}
