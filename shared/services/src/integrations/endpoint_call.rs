//! Calls of HTTP endpoints: `http:invoke`, `apigateway:invoke` and, of EKS, `call` and `runJob`, which have
//! much the same parameters and results.

pub(super) mod api_gateway;
mod connection;
pub(super) mod eks_cluster;
mod form;
mod headers;
pub(super) mod http_invoke;

use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue, Method, Uri};
use model::{Failure, Payload, Timestamp, error_name};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::{CallScope, failures::unusable_parameters, results::shown_header_name};
use crate::{
    client::{CallFailure, EksCluster, HttpRequest},
    protocols::{WireResponse, escape},
};

/// How long an endpoint may take, unless its Task has a longer timeout. Step Functions gives no more.
///
/// Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows" § quotas.
const ANSWER_MAX: Duration = Duration::from_mins(1);

/// How long an endpoint may take, if its Task times out then.
fn answer_max(deadline: Option<Timestamp>, now: SystemTime) -> Duration {
    let since_epoch =
        |milliseconds: i64| Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    let at = deadline.map(|at| SystemTime::UNIX_EPOCH + since_epoch(at.as_milliseconds()));
    let left = at.and_then(|at| at.duration_since(now).ok()).unwrap_or_default();
    left.max(ANSWER_MAX)
}

/// A request as a Task's parameters say it.
#[derive(Debug, Default)]
struct EndpointRequest {
    method: String,
    /// Scheme, host and path.
    url: String,
    /// The query, not escaped.
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// Whether a Task may call this address: by TLS; by HTTP only on this machine, where that is the user's
/// own.
fn may_call(url: &str, scope: &CallScope<'_>) -> bool {
    is_callable(url, scope.client.may_call_loopback())
}

fn is_callable(url: &str, may_call_loopback: bool) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let Some(authority) = uri.authority().filter(|authority| !authority.as_str().contains('@'))
    else {
        return false;
    };
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => may_call_loopback && is_loopback(authority.host()),
        _ => false,
    }
}

fn is_loopback(host: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].contains(&host)
}

/// Reads the members that are wrong, each with its name.
#[derive(Default)]
struct Mistakes(Vec<String>);

impl Mistakes {
    fn missing(&mut self, name: &str) {
        self.0.push(format!("The field '{name}' is required but was missing"));
    }

    fn unsupported(&mut self, given: &Map<String, Value>, known: &[&str]) {
        for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
            self.0.push(format!("The field \"{name}\" is not supported by Step Functions"));
        }
    }

    fn invalid(&mut self, name: &str) {
        self.0.push(format!("The value of the field '{name}' has an invalid format"));
    }

    /// The failure of a Task with these mistakes, if there are any.
    fn into_result(self, parameters: &Payload) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(unusable_parameters(parameters.json_text(), &self.0.join(", ")))
    }
}

/// A text member; a required one that is missing is a mistake.
fn text_member(
    given: &Map<String, Value>,
    name: &str,
    is_required: bool,
    mistakes: &mut Mistakes,
) -> Option<String> {
    match given.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        None | Some(Value::Null) => {
            if is_required {
                mistakes.missing(name);
            }
            None
        }
        Some(_) => {
            mistakes.invalid(name);
            None
        }
    }
}

/// The texts of a value: of a list those of its items.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts_of).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

/// The pairs of `QueryParameters`, whose values are texts or lists of them.
fn query_of(given: &Map<String, Value>, mistakes: &mut Mistakes) -> Vec<(String, String)> {
    match given.get("QueryParameters") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(pairs)) => pairs
            .iter()
            .flat_map(|(name, value)| {
                texts_of(value).into_iter().map(move |text| (name.clone(), text))
            })
            .collect(),
        Some(_) => {
            mistakes.invalid("QueryParameters");
            Vec::new()
        }
    }
}

impl EndpointRequest {
    /// The request on the wire.
    ///
    /// Errors: the URL or a header is none.
    fn into_http(self) -> Result<HttpRequest, String> {
        let pairs = self.query.iter();
        let query: Vec<String> = pairs
            .map(|(name, value)| format!("{}={}", escape(name, ""), escape(value, "")))
            .collect();
        let separator = match (query.is_empty(), self.url.contains('?')) {
            (true, _) => "",
            (false, true) => "&",
            (false, false) => "?",
        };
        let url = format!("{}{separator}{}", self.url, query.join("&"));
        // The query may have secrets of a connection.
        let uri: Uri = url.parse().map_err(|error| format!("{error}: {}", self.url))?;
        let method: Method =
            self.method.parse().map_err(|_| format!("'{}' is no method", self.method))?;
        let mut request = http::Request::new(self.body.unwrap_or_default().into());
        *request.uri_mut() = uri;
        *request.method_mut() = method;
        for (name, value) in &self.headers {
            let name: HeaderName =
                name.parse().map_err(|_| format!("'{name}' is no name of a header"))?;
            let value = HeaderValue::from_str(value)
                .map_err(|_| format!("the header {name} has a value that HTTP cannot carry"))?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

/// Whether a request says who calls.
#[derive(Clone, Copy)]
enum EndpointSignature<'a> {
    None,
    /// By a signature for this service.
    Of(&'static str),
    /// By a token for this cluster.
    ForCluster(&'a EksCluster),
}

/// Sends the request.
///
/// Errors: `error_of_transport` names the error of a request that has no answer.
async fn send(
    scope: &CallScope<'_>,
    request: EndpointRequest,
    signature: EndpointSignature<'_>,
    error_of_transport: &str,
) -> Result<WireResponse, Failure> {
    let answered = exchange(scope, request, signature).await;
    answered.map_err(|failure| failure_of(scope, failure, error_of_transport))
}

/// Sends the request, and says why there is no answer.
async fn exchange(
    scope: &CallScope<'_>,
    request: EndpointRequest,
    signature: EndpointSignature<'_>,
) -> Result<WireResponse, CallFailure> {
    let request = request.into_http().map_err(CallFailure::Parameters)?;
    let answer = async {
        match signature {
            EndpointSignature::None => scope.client.send_http(request).await,
            EndpointSignature::Of(name) => {
                scope.client.send_signed_http(request, name, scope.identity).await
            }
            EndpointSignature::ForCluster(cluster) => {
                scope.client.send_to_cluster(request, cluster, scope.identity).await
            }
        }
    };
    let late = || CallFailure::Transport("The endpoint has not answered in time".to_owned());
    timeout(answer_max(scope.deadline, SystemTime::now()), answer)
        .await
        .unwrap_or_else(|_| Err(late()))
}

/// The failure of a Task whose request has no answer.
fn failure_of(scope: &CallScope<'_>, failure: CallFailure, error_of_transport: &str) -> Failure {
    match failure {
        CallFailure::NotPermitted(message) | CallFailure::Identity { message, .. } => {
            Failure::new(error_name::PERMISSIONS, message)
        }
        CallFailure::Parameters(reason) => unusable_parameters(scope.payload.json_text(), &reason),
        CallFailure::TooLarge => {
            let cause = "The endpoint returned a result with a size exceeding the maximum number of \
                         bytes service limit.";
            Failure::new(error_name::DATA_LIMIT_EXCEEDED, cause)
        }
        CallFailure::Transport(message) => Failure::new(error_of_transport, message),
        CallFailure::Unreadable { reason, .. } => Failure::new(error_of_transport, reason),
        CallFailure::Refused(refusal) => Failure::new(error_of_transport, refusal.message),
    }
}

/// The result of a Task from the answer.
///
/// Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows" § output.
fn result_of(response: &WireResponse) -> Value {
    let mut headers = Map::new();
    for (name, value) in &response.headers {
        let values = headers.entry(shown_header_name(name)).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(value.as_str().into());
        }
    }
    json!({
        "Headers": headers,
        "ResponseBody": body_of(response),
        "StatusCode": response.status,
        "StatusText": status_text(response.status),
    })
}

/// The body: JSON where it is that, otherwise a text.
fn body_of(response: &WireResponse) -> Value {
    let text = String::from_utf8_lossy(&response.body).into_owned();
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

fn status_text(status: u16) -> &'static str {
    let status = http::StatusCode::from_u16(status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_minute_or_the_time_of_its_task() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let at = |seconds: i64| Some(Timestamp::from_milliseconds(seconds * 1_000));
        for (deadline, seconds) in [(None, 60), (at(990), 60), (at(1_005), 60), (at(1_300), 300)] {
            assert_eq!(answer_max(deadline, now), Duration::from_secs(seconds));
        }
    }

    #[test]
    fn only_tls_and_the_users_own_machine_are_called() {
        for url in ["https://example.com/a?b=c", "https://10.0.0.1:8443"] {
            assert!(is_callable(url, false), "{url}");
        }
        for url in ["http://127.0.0.1:8080/a", "http://localhost", "http://[::1]:1/"] {
            assert!(is_callable(url, true) && !is_callable(url, false), "{url}");
        }
        for url in [
            "http://example.com",
            "http://localhost.example.com/",
            "http://localhost@example.com/",
            "http://127.0.0.1.example.com",
            "https://user:word@example.com",
            "https://example.com/a b",
            "ftp://127.0.0.1",
            "localhost",
        ] {
            assert!(!is_callable(url, true), "{url}");
        }
    }

    #[test]
    fn a_url_that_cannot_be_used_shows_no_secret() {
        let request = EndpointRequest {
            method: "GET".to_owned(),
            url: "https://example.com/a b".to_owned(),
            query: vec![("token".to_owned(), "secret".to_owned())],
            ..EndpointRequest::default()
        };
        let shown = request.into_http().expect_err("it has a space");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
