//! The events by which services tell that a job has changed, and what they call the job in them.
//!
//! Spec: EventBridge, "Events from AWS services"; the page of each service.

use model::JobName;
use serde_json::Value;

/// The events of one kind.
#[derive(Clone, Copy, Debug)]
pub struct JobEventKind {
    /// Their `source`.
    pub source: &'static str,
    /// Their `detail-type`.
    pub detail_type: &'static str,
    /// The member of `detail` that identifies the job.
    pub id: &'static str,
}

const fn kind(source: &'static str, detail_type: &'static str, id: &'static str) -> JobEventKind {
    JobEventKind { source, detail_type, id }
}

/// All kinds. Other services send no event about what a Task may wait for.
pub const JOB_EVENT_KINDS: [JobEventKind; 17] = [
    kind("aws.athena", "Athena Query State Change", "queryExecutionId"),
    kind("aws.batch", "Batch Job State Change", "jobId"),
    kind("aws.bedrock", "Model Customization Job State Change", "jobArn"),
    kind("aws.codebuild", "CodeBuild Build State Change", "build-id"),
    kind("aws.databrew", "DataBrew Job State Change", "jobRunId"),
    kind("aws.ecs", "ECS Task State Change", "taskArn"),
    kind("aws.emr", "EMR Cluster State Change", "clusterId"),
    kind("aws.emr", "EMR Step Status Change", "stepId"),
    kind("aws.emr-containers", "EMR Job Run State Change", "id"),
    kind("aws.emr-containers", "EMR Virtual Cluster State Change", "id"),
    kind("aws.emr-serverless", "EMR Serverless Job Run State Change", "jobRunId"),
    kind("aws.glue", "Glue Job State Change", "jobRunId"),
    kind("aws.mediaconvert", "MediaConvert Job State Change", "jobId"),
    kind(
        "aws.sagemaker",
        "SageMaker HyperParameter Tuning Job State Change",
        "HyperParameterTuningJobArn",
    ),
    kind("aws.sagemaker", "SageMaker Processing Job State Change", "ProcessingJobArn"),
    kind("aws.sagemaker", "SageMaker Training Job State Change", "TrainingJobArn"),
    kind("aws.sagemaker", "SageMaker Transform Job State Change", "TransformJobArn"),
];

/// The job that an event of `EventBridge` is about; none if it is about something else.
pub fn job_of_event(event: &Value) -> Option<JobName> {
    let text = |member: &str| event.get(member)?.as_str();
    let (source, detail_type) = (text("source")?, text("detail-type")?);
    let kind = JOB_EVENT_KINDS
        .iter()
        .find(|kind| kind.source == source && kind.detail_type == detail_type)?;
    Some(JobName::new(source, event.get("detail")?.get(kind.id)?.as_str()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::integrations::optimised::sources_of_jobs;

    /// As the User Guide of Batch shows it.
    #[test]
    fn an_event_names_its_job() {
        let event = json!({
            "version": "0", "id": "c8f9c4b5-76e5-d76a-f980-7011e206042b",
            "detail-type": "Batch Job State Change", "source": "aws.batch",
            "detail": {"jobName": "event-test", "jobId": "4c7599ae", "status": "SUCCEEDED"},
        });
        assert_eq!(job_of_event(&event), Some(JobName::new("aws.batch", "4c7599ae")));
    }

    #[test]
    fn a_job_that_events_tell_of_is_named_by_their_source() {
        let mut told = 0;
        for source in sources_of_jobs() {
            assert!(JOB_EVENT_KINDS.iter().any(|kind| kind.source == source), "{source}");
            told += 1;
        }
        assert!(told >= 15, "{told} jobs");
    }

    #[test]
    fn an_event_about_something_else_names_none() {
        let event = |source: &str, detail: Value| json!({"source": source, "detail-type": "Batch Job State Change", "detail": detail});
        for event in [
            event("aws.ecs", json!({"jobId": "4c7599ae"})),
            event("aws.batch", json!({})),
            event("aws.batch", json!({"jobId": 1})),
            json!({"source": "aws.batch", "detail-type": "Batch Job State Change"}),
            json!([]),
        ] {
            assert_eq!(job_of_event(&event), None, "{event}");
        }
    }
}
