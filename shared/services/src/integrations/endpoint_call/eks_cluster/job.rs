//! `eks:runJob`: a Kubernetes Job. With `.sync`, it is asked for its conditions until it has ended.

use model::{Failure, Payload, ServiceJob, TaskCredentials, TaskJob, error_name};
use orchestrator::ports::{CallOutcome, JobCancellation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    super::{EndpointRequest, Mistakes, body_of, failure_of, text_member},
    ClusterAddress, NO_ANSWER, body_text,
    logs::{LogOptions, read_logs},
    refused, result_of,
};
use crate::integrations::{
    CallScope,
    jobs::{cancellation_after, may_pass},
};

/// The parameters of `eks:runJob`, those first that it requires.
pub(crate) const RUN_JOB_PARAMETERS: [&str; 6] =
    ["ClusterName", "CertificateAuthority", "Endpoint", "Job", "LogOptions", "Namespace"];
/// How many of them it requires.
pub(crate) const RUN_JOB_REQUIRED: usize = 4;

/// A job that a Task waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AwaitedJob {
    pub(super) cluster: ClusterAddress,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) logs: LogOptions,
}

impl AwaitedJob {
    fn read(submitted: &ServiceJob) -> Option<Self> {
        serde_json::from_str(&submitted.handle).ok()
    }

    fn request(&self, method: &str, query: Vec<(String, String)>) -> EndpointRequest {
        let url = format!("{}/{}", jobs_path(&self.namespace), self.name);
        EndpointRequest { method: method.to_owned(), url, query, ..EndpointRequest::default() }
    }
}

fn jobs_path(namespace: &str) -> String {
    format!("/apis/batch/v1/namespaces/{namespace}/jobs")
}

/// What a Task wants to run.
#[derive(Debug)]
struct JobRequest {
    cluster: ClusterAddress,
    namespace: String,
    job: String,
    logs: LogOptions,
}

/// Starts the job.
pub(crate) async fn run_job(scope: &CallScope<'_>) -> CallOutcome {
    start(scope).await.unwrap_or_else(CallOutcome::Failed)
}

async fn start(scope: &CallScope<'_>) -> Result<CallOutcome, Failure> {
    let JobRequest { cluster, namespace, job, logs } = read_request(scope.payload)?;
    let request = EndpointRequest {
        method: "POST".to_owned(),
        url: jobs_path(&namespace),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Some(job),
        ..EndpointRequest::default()
    };
    let response = cluster.send(scope, request).await?;
    let output = Payload::from_value(result_of(&response));
    if !scope.waits_for_job {
        return Ok(CallOutcome::Succeeded(output));
    }
    let created = body_of(&response);
    let Some(name) = created.pointer("/metadata/name").and_then(Value::as_str) else {
        return Err(Failure::new(NO_ANSWER, "The cluster has not answered with a job"));
    };
    let awaited = AwaitedJob { cluster, namespace, name: name.to_owned(), logs };
    let role_arn = scope.identity.task_role_arn.map(str::to_owned);
    let job = TaskJob::Service(ServiceJob {
        resource: scope.resource.clone(),
        handle: json!(awaited).to_string(),
        credentials: role_arn.map(|role_arn| TaskCredentials { role_arn }),
        name: None,
    });
    Ok(CallOutcome::Submitted { output, job: Some(job) })
}

fn read_request(payload: &Payload) -> Result<JobRequest, Failure> {
    let given = payload.json_value().as_object().cloned().unwrap_or_default();
    let mut mistakes = Mistakes::default();
    mistakes.unsupported(&given, &RUN_JOB_PARAMETERS);
    let cluster = ClusterAddress::read(&given, &mut mistakes);
    let namespace = text_member(&given, "Namespace", false, &mut mistakes);
    let namespace = namespace.unwrap_or_else(|| "default".to_owned());
    // The name of a namespace is a label: nothing else is to become a part of the path.
    if !is_label(&namespace) {
        mistakes.invalid("Namespace");
    }
    let job = match given.get("Job") {
        Some(job @ (Value::Object(_) | Value::String(_))) => body_text(job),
        None | Some(Value::Null) => {
            mistakes.missing("Job");
            String::new()
        }
        Some(_) => {
            mistakes.invalid("Job");
            String::new()
        }
    };
    let logs = LogOptions::read(&given, &mut mistakes);
    mistakes.into_result(payload)?;
    Ok(JobRequest { cluster, namespace, job, logs })
}

/// Spec: Kubernetes, "Object Names and IDs" § RFC 1123 label names.
fn is_label(name: &str) -> bool {
    let is_part =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=63).contains(&name.len()) && name.chars().all(is_part)
}

/// Asks for the state of a job. The outcome is none while it runs or while nobody can say.
pub(crate) async fn describe_job(
    scope: &CallScope<'_>,
    submitted: &ServiceJob,
) -> Option<CallOutcome> {
    let awaited = AwaitedJob::read(submitted)?;
    let response = match awaited.cluster.exchange(scope, awaited.request("GET", vec![])).await {
        Ok(response) => response,
        Err(failure) if may_pass(&failure) => return None,
        Err(failure) => return Some(CallOutcome::Failed(failure_of(scope, failure, NO_ANSWER))),
    };
    match response.status {
        200..300 => {}
        status if is_passing(status) => return None,
        _ => return Some(CallOutcome::Failed(refused(&response))),
    }
    let mut job = body_of(&response);
    let end = JobEnd::of(&job)?;
    if let Some(logs) = read_logs(scope, &awaited).await
        && let Some(members) = job.as_object_mut()
    {
        members.insert("logs".to_owned(), logs);
    }
    Some(match end {
        JobEnd::Complete => CallOutcome::Succeeded(Payload::from_value(job)),
        JobEnd::Failed => {
            CallOutcome::Failed(Failure::new(error_name::TASK_FAILED, job.to_string()))
        }
    })
}

/// How a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JobEnd {
    Complete,
    Failed,
}

impl JobEnd {
    /// The end of the job that a cluster describes so; none while it runs.
    ///
    /// Spec: Kubernetes, "Jobs" § terminal job conditions.
    fn of(job: &Value) -> Option<Self> {
        let conditions = job.pointer("/status/conditions").and_then(Value::as_array)?;
        let holds = |condition: &&Value| condition["status"] == "True";
        conditions.iter().filter(holds).find_map(|condition| match condition["type"].as_str()? {
            "Complete" => Some(Self::Complete),
            "Failed" => Some(Self::Failed),
            _ => None,
        })
    }
}

/// Deletes a job that nobody waits for, and its pods.
pub(crate) async fn delete_job(scope: &CallScope<'_>, submitted: &ServiceJob) -> JobCancellation {
    let Some(awaited) = AwaitedJob::read(submitted) else { return JobCancellation::Settled };
    let pods_first = vec![("propagationPolicy".to_owned(), "Foreground".to_owned())];
    match awaited.cluster.exchange(scope, awaited.request("DELETE", pods_first)).await {
        Ok(response) if is_passing(response.status) => JobCancellation::Unanswered,
        Ok(_) => JobCancellation::Settled,
        Err(failure) => cancellation_after(&failure),
    }
}

/// Whether a cluster that answers with this status is busy or out of order.
const fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_ended_once_a_condition_says_so() {
        let job = |kind: &str, status: &str| json!({"status": {"conditions": [{"type": kind, "status": status}]}});
        assert_eq!(JobEnd::of(&json!({"status": {"active": 1}})), None);
        assert_eq!(JobEnd::of(&job("Suspended", "True")), None);
        assert_eq!(JobEnd::of(&job("FailureTarget", "True")), None);
        assert_eq!(JobEnd::of(&job("Complete", "False")), None);
        assert_eq!(JobEnd::of(&job("Complete", "True")), Some(JobEnd::Complete));
        assert_eq!(JobEnd::of(&job("Failed", "True")), Some(JobEnd::Failed));
    }

    #[test]
    fn a_namespace_is_no_path() {
        for namespace in ["default", "team-1"] {
            assert!(is_label(namespace), "{namespace}");
        }
        for namespace in ["", "a/b", "..", "A", "a?b"] {
            assert!(!is_label(namespace), "{namespace}");
        }
    }
}
