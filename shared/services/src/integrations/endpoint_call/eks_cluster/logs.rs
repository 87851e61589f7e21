//! The logs of a Kubernetes Job: of each container of its pods, as far as they can be read.
//!
//! Spec: Developer Guide, "Create and manage Amazon EKS clusters with Step Functions" § `LogOptions`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, timeout_at};

use super::{
    super::{EndpointRequest, Mistakes, body_of},
    NO_ANSWER,
    job::AwaitedJob,
    texts_of,
};
use crate::{integrations::CallScope, protocols::WireResponse};

/// How long all logs of a job may take to be read: less than whoever asks for its state waits.
const READING_MAX: Duration = Duration::from_secs(10);

/// No more logs are read once they have so many bytes: the result of a Task cannot hold them.
const LOG_BYTES_MAX: usize = 1 << 20;

/// Which logs a Task wants.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LogOptions {
    retrieve: bool,
    /// Whether they are texts even if they are JSON.
    raw: bool,
    /// The query of the request for a log.
    parameters: Vec<(String, String)>,
}

impl LogOptions {
    pub(super) fn read(given: &Map<String, Value>, mistakes: &mut Mistakes) -> Self {
        let options = match given.get("LogOptions") {
            None | Some(Value::Null) => return Self::default(),
            Some(Value::Object(options)) => options,
            Some(_) => {
                mistakes.invalid("LogOptions");
                return Self::default();
            }
        };
        mistakes.unsupported(options, &["LogParameters", "RawLogs", "RetrieveLogs"]);
        let mut flag = |name| match options.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                mistakes.invalid(name);
                false
            }
        };
        let (retrieve, raw) = (flag("RetrieveLogs"), flag("RawLogs"));
        let mut parameters = Vec::new();
        match options.get("LogParameters") {
            None | Some(Value::Null) => {}
            Some(Value::Object(given)) => {
                for (name, value) in given {
                    parameters.extend(texts_of(value).into_iter().map(|text| (name.clone(), text)));
                }
            }
            Some(_) => mistakes.invalid("LogParameters"),
        }
        Self { retrieve, raw, parameters }
    }
}

/// The logs of a job that has ended; none if its Task does not want them. What cannot be read has an
/// error and a cause in its place.
pub(super) async fn read_logs(scope: &CallScope<'_>, job: &AwaitedJob) -> Option<Value> {
    if !job.logs.retrieve {
        return None;
    }
    let until = Instant::now() + READING_MAX;
    let selector = ("labelSelector".to_owned(), format!("job-name={}", job.name));
    let pods = match read(scope, job, until, "", vec![selector]).await {
        Ok(response) => body_of(&response),
        Err(unread) => return Some(unread),
    };
    let mut bytes = 0;
    let mut shown = Map::new();
    for pod in items_of(&pods, "/items") {
        let Some(name) = pod.pointer("/metadata/name").and_then(Value::as_str) else { continue };
        let mut containers = Map::new();
        for container in items_of(pod, "/spec/containers") {
            let Some(container) = container["name"].as_str() else { continue };
            if bytes > LOG_BYTES_MAX {
                break;
            }
            let log = read_log(scope, job, until, name, container).await;
            bytes += log.to_string().len();
            containers.insert(container.to_owned(), log);
        }
        shown.insert(name.to_owned(), json!({ "containers": containers }));
    }
    Some(json!({ "pods": shown }))
}

fn items_of<'v>(value: &'v Value, place: &str) -> &'v [Value] {
    value.pointer(place).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The log of a container.
///
/// Spec: Kubernetes API reference, "Pod" § read log.
async fn read_log(
    scope: &CallScope<'_>,
    job: &AwaitedJob,
    until: Instant,
    pod: &str,
    container: &str,
) -> Value {
    let mut query = vec![("container".to_owned(), container.to_owned())];
    query.extend(job.logs.parameters.iter().cloned());
    match read(scope, job, until, &format!("/{pod}/log"), query).await {
        Ok(response) if job.logs.raw => {
            json!({ "log": String::from_utf8_lossy(&response.body) })
        }
        Ok(response) => json!({ "log": body_of(&response) }),
        Err(unread) => unread,
    }
}

/// Reads what is below the pods of the job's namespace.
///
/// Errors: the members `error` and `cause` that stand for what cannot be read.
async fn read(
    scope: &CallScope<'_>,
    job: &AwaitedJob,
    until: Instant,
    path: &str,
    query: Vec<(String, String)>,
) -> Result<WireResponse, Value> {
    let request = EndpointRequest {
        method: "GET".to_owned(),
        url: format!("/api/v1/namespaces/{}/pods{path}", job.namespace),
        query,
        ..EndpointRequest::default()
    };
    let unread = |error: &str, cause: &str| json!({ "error": error, "cause": cause });
    match timeout_at(until, job.cluster.send(scope, request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(failure)) => {
            let error = failure.error.unwrap_or_default();
            Err(unread(&error, &failure.cause.unwrap_or_default()))
        }
        Err(_) => Err(unread(NO_ANSWER, "The cluster has not answered in time")),
    }
}
