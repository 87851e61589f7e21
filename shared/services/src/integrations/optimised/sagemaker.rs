//! `SageMaker`.
//!
//! Spec: Developer Guide, "Create and manage Amazon `SageMaker` AI jobs with Step Functions".

use super::{Action, OptimisedService};
use crate::integrations::jobs::{From, Job};

/// A job that is described, and stopped, by its name.
const fn named(
    describe: &'static str,
    name: &'static [(&'static str, From)],
    state: &'static [&'static str],
    stop: &'static str,
) -> Job {
    Job {
        succeeded: &["Completed"],
        failed: &["Failed", "Stopped"],
        cancel: Some((stop, name)),
        ..Job::new((describe, name), &[], state)
    }
}

const TUNING: Job = named(
    "DescribeHyperParameterTuningJob",
    &[("HyperParameterTuningJobName", From::Parameter("HyperParameterTuningJobName"))],
    &["HyperParameterTuningJobStatus"],
    "StopHyperParameterTuningJob",
);
const LABELING: Job = named(
    "DescribeLabelingJob",
    &[("LabelingJobName", From::Parameter("LabelingJobName"))],
    &["LabelingJobStatus"],
    "StopLabelingJob",
);
const PROCESSING: Job = named(
    "DescribeProcessingJob",
    &[("ProcessingJobName", From::Parameter("ProcessingJobName"))],
    &["ProcessingJobStatus"],
    "StopProcessingJob",
);
const TRAINING: Job = named(
    "DescribeTrainingJob",
    &[("TrainingJobName", From::Parameter("TrainingJobName"))],
    &["TrainingJobStatus"],
    "StopTrainingJob",
);
const TRANSFORM: Job = named(
    "DescribeTransformJob",
    &[("TransformJobName", From::Parameter("TransformJobName"))],
    &["TransformJobStatus"],
    "StopTransformJob",
);

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "sagemaker",
    model: "sagemaker",
    prefix: "SageMaker",
    service: "AmazonSageMaker",
    exception: "AmazonSageMakerException",
    actions: &[
        Action::plain("createHyperParameterTuningJob", "CreateHyperParameterTuningJob")
            .awaiting(TUNING),
        Action::plain("createLabelingJob", "CreateLabelingJob").awaiting(LABELING),
        Action::plain("createProcessingJob", "CreateProcessingJob").awaiting(PROCESSING),
        Action::plain("createTrainingJob", "CreateTrainingJob").awaiting(TRAINING),
        Action::plain("createTransformJob", "CreateTransformJob").awaiting(TRANSFORM),
        Action::plain("createEndpoint", "CreateEndpoint"),
        Action::plain("createEndpointConfig", "CreateEndpointConfig"),
        Action::plain("createModel", "CreateModel"),
        Action::plain("updateEndpoint", "UpdateEndpoint"),
    ],
};
