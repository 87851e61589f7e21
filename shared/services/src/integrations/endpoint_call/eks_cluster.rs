//! `eks:call` and `eks:runJob`: the Kubernetes API of a cluster.
//!
//! Spec: Developer Guide, "Create and manage Amazon EKS clusters with Step Functions" § Kubernetes API
//! integrations.

mod job;
mod logs;

use model::{Failure, Payload};
use orchestrator::ports::CallOutcome;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    EndpointRequest, EndpointSignature, Mistakes, body_of, exchange, failure_of, is_callable,
    query_of, status_text, text_member, texts_of,
};
use crate::{
    client::{CallFailure, EksCluster},
    integrations::CallScope,
    protocols::WireResponse,
};
pub(crate) use job::{RUN_JOB_PARAMETERS, RUN_JOB_REQUIRED, delete_job, describe_job, run_job};

/// The parameters of `eks:call`, those first that it requires.
pub(crate) const CALL_PARAMETERS: [&str; 7] = [
    "ClusterName",
    "CertificateAuthority",
    "Endpoint",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
];
/// How many of them it requires.
pub(crate) const CALL_REQUIRED: usize = 5;

const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];

/// The error of a request that has no answer.
const NO_ANSWER: &str = "EKS.SdkClientException";

/// The cluster that a Task calls, as its parameters say it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct ClusterAddress {
    name: String,
    certificate_authority: String,
    endpoint: String,
}

impl ClusterAddress {
    fn read(given: &Map<String, Value>, mistakes: &mut Mistakes) -> Self {
        let mut text = |name| text_member(given, name, true, mistakes).unwrap_or_default();
        let address = Self {
            name: text("ClusterName"),
            certificate_authority: text("CertificateAuthority"),
            endpoint: text("Endpoint"),
        };
        // Its authority is known by TLS only.
        if !address.endpoint.is_empty() && !is_callable(&address.endpoint, false) {
            mistakes.invalid("Endpoint");
        }
        address
    }

    /// Sends a request to the cluster.
    async fn exchange(
        &self,
        scope: &CallScope<'_>,
        mut request: EndpointRequest,
    ) -> Result<WireResponse, CallFailure> {
        let cluster =
            EksCluster::new(&self.name, &self.certificate_authority).map_err(|parameter| {
                let reason = format!("The value of the field '{parameter}' has an invalid format");
                CallFailure::Parameters(reason)
            })?;
        let path = request.url.trim_start_matches('/');
        request.url = format!("{}/{path}", self.endpoint.trim_end_matches('/'));
        request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
        exchange(scope, request, EndpointSignature::ForCluster(&cluster)).await
    }

    /// Sends a request, and fails if the cluster refuses it.
    async fn send(
        &self,
        scope: &CallScope<'_>,
        request: EndpointRequest,
    ) -> Result<WireResponse, Failure> {
        let answered = self.exchange(scope, request).await;
        let response = answered.map_err(|failure| failure_of(scope, failure, NO_ANSWER))?;
        if (200..300).contains(&response.status) { Ok(response) } else { Err(refused(&response)) }
    }
}

/// The failure of a Task that the cluster refuses.
fn refused(response: &WireResponse) -> Failure {
    let cause = String::from_utf8_lossy(&response.body).into_owned();
    Failure::new(format!("EKS.{}", response.status), cause)
}

/// The result of a Task from the answer.
fn result_of(response: &WireResponse) -> Value {
    json!({
        "ResponseBody": body_of(response),
        "StatusCode": response.status,
        "StatusText": status_text(response.status),
    })
}

/// The text of a body, which parameters give as JSON or as a text.
fn body_text(body: &Value) -> String {
    body.as_str().map_or_else(|| body.to_string(), str::to_owned)
}

/// `eks:call`: any request.
pub(crate) async fn call(scope: &CallScope<'_>) -> CallOutcome {
    let answered = async {
        let (cluster, request) = read_call(scope.payload)?;
        let response = cluster.send(scope, request).await?;
        Ok(Payload::from_value(result_of(&response)))
    };
    answered.await.map_or_else(CallOutcome::Failed, CallOutcome::Succeeded)
}

fn read_call(payload: &Payload) -> Result<(ClusterAddress, EndpointRequest), Failure> {
    let given = payload.json_value().as_object().cloned().unwrap_or_default();
    let mut mistakes = Mistakes::default();
    mistakes.unsupported(&given, &CALL_PARAMETERS);
    let cluster = ClusterAddress::read(&given, &mut mistakes);
    let method = text_member(&given, "Method", true, &mut mistakes).unwrap_or_default();
    if !method.is_empty() && !METHODS.contains(&method.as_str()) {
        mistakes.invalid("Method");
    }
    let path = text_member(&given, "Path", true, &mut mistakes).unwrap_or_default();
    let query = query_of(&given, &mut mistakes);
    mistakes.into_result(payload)?;
    let body = given.get("RequestBody").filter(|body| !body.is_null()).map(body_text);
    let mut headers = Vec::new();
    if let Some(body) = &body {
        headers.push(("Content-Type".to_owned(), content_type(&method, body).to_owned()));
    }
    Ok((cluster, EndpointRequest { method, url: path, query, headers, body }))
}

/// The type of a body. Kubernetes wants to know which kind of patch it gets: a list of operations, or an
/// object to merge, which all resources accept.
///
/// Spec: Kubernetes, "Kubernetes API Concepts" § patch.
fn content_type(method: &str, body: &str) -> &'static str {
    match method {
        "PATCH" if body.trim_start().starts_with('[') => "application/json-patch+json",
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let call = json!({"ClusterName": "c", "CertificateAuthority": "ca", "Endpoint": "https://c",
            "Method": "GET", "Path": "/api"});
        for (name, value, words) in [
            ("Method", json!("GET"), ""),
            ("Method", json!("TRACE"), "[The value of the field 'Method' has an invalid format]"),
            ("Path", Value::Null, "[The field 'Path' is required but was missing]"),
            (
                "Endpoint",
                json!("http://127.0.0.1"),
                "[The value of the field 'Endpoint' has an invalid format]",
            ),
            (
                "QueryParameters",
                json!("a=b"),
                "[The value of the field 'QueryParameters' has an invalid format]",
            ),
            ("Headers", json!({}), "[The field \"Headers\" is not supported by Step Functions]"),
        ] {
            let mut given = call.clone();
            given[name] = value;
            let cause = match read_call(&Payload::from_value(given)) {
                Ok(_) => String::new(),
                Err(failure) => failure.cause.unwrap_or_default(),
            };
            assert_eq!(cause.split("start the Task: ").nth(1).unwrap_or_default(), words);
        }
    }

    #[test]
    fn a_patch_says_its_kind() {
        assert_eq!(content_type("PATCH", "[]"), "application/json-patch+json");
        assert_eq!(content_type("PATCH", "{}"), "application/merge-patch+json");
        assert_eq!(content_type("POST", "{}"), "application/json");
    }
}
