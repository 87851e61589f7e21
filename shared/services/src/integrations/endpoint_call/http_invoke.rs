//! `http:invoke`: any HTTPS API.
//!
//! Spec: Developer Guide, "Call HTTPS APIs in Step Functions workflows".

use model::{Failure, Payload, error_name};
use orchestrator::ports::CallOutcome;
use serde_json::{Map, Value};

use super::{
    EndpointRequest, EndpointSignature, Mistakes,
    connection::Connection,
    form::{ArrayFormat, encode},
    headers::{HeaderRules, parameters_of},
    may_call, query_of, result_of, send, text_member,
};
use crate::integrations::{CallScope, failures::unusable_parameters};

const PARAMETERS: [&str; 8] = [
    "ApiEndpoint",
    "Authentication",
    "Headers",
    "InvocationConfig",
    "Method",
    "QueryParameters",
    "RequestBody",
    "Transform",
];
const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

/// Calls the endpoint.
pub(crate) async fn call(scope: &CallScope<'_>) -> CallOutcome {
    match answer(scope).await {
        Ok(result) => CallOutcome::Succeeded(result),
        Err(failure) => CallOutcome::Failed(failure),
    }
}

async fn answer(scope: &CallScope<'_>) -> Result<Payload, Failure> {
    let (request, connection_arn) = read_request(scope.payload, |url| may_call(url, scope))?;
    let connection = match connection_arn {
        Some(arn) => Connection::open(scope, &arn).await?,
        None => Connection::default(),
    };
    let request = merged(scope, request, connection)?;
    let response = send(scope, request, EndpointSignature::None, "States.Http.Socket").await?;
    if (200..300).contains(&response.status) {
        return Ok(Payload::from_value(result_of(&response)));
    }
    let error = format!("States.Http.StatusCode.{}", response.status);
    Err(Failure::new(error, String::from_utf8_lossy(&response.body).into_owned()))
}

/// A request whose body is not yet written.
struct UnwrittenRequest {
    request: EndpointRequest,
    body: Option<Value>,
    /// The form that the body is to have; none for JSON.
    form: Option<ArrayFormat>,
}

/// The request that the parameters say, and the ARN of its connection.
fn read_request(
    payload: &Payload,
    is_callable: impl Fn(&str) -> bool,
) -> Result<(UnwrittenRequest, Option<String>), Failure> {
    let given = parameters_of(payload);
    let mut mistakes = Mistakes::default();
    mistakes.unsupported(&given, &PARAMETERS);
    let url = text_member(&given, "ApiEndpoint", true, &mut mistakes).unwrap_or_default();
    let method = text_member(&given, "Method", true, &mut mistakes).unwrap_or_default();
    if given.contains_key("Method") && !METHODS.contains(&method.as_str()) {
        mistakes.invalid("Method");
    }
    if !url.is_empty() && !is_callable(&url) {
        mistakes.invalid("ApiEndpoint");
    }
    let headers = HeaderRules::Http.read_headers(&given, &mut mistakes);
    let query = query_of(&given, &mut mistakes);
    let form = read_transform(&given, &headers, &mut mistakes);
    let connection = ["Authentication", "InvocationConfig"]
        .into_iter()
        .find_map(|name| given.get(name)?.get("ConnectionArn")?.as_str())
        .map(str::to_owned);
    mistakes.into_result(payload)?;
    let body = given.get("RequestBody").filter(|body| !body.is_null()).cloned();
    let request = EndpointRequest { method, url, query, headers, body: None };
    Ok((UnwrittenRequest { request, body, form }, connection))
}

/// The form of the body.
fn read_transform(
    given: &Map<String, Value>,
    headers: &[(String, String)],
    mistakes: &mut Mistakes,
) -> Option<ArrayFormat> {
    let transform = given.get("Transform")?;
    match transform.get("RequestBodyEncoding").and_then(Value::as_str) {
        Some("URL_ENCODED") => {
            let is_form = headers.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("content-type")
                    && value.starts_with("application/x-www-form-urlencoded")
            });
            if !is_form {
                mistakes.invalid("Headers");
            }
            let named = transform
                .get("RequestEncodingOptions")
                .and_then(|options| options.get("ArrayFormat"))
                .map_or(Some("INDICES"), Value::as_str);
            let format = named.and_then(ArrayFormat::parse);
            if format.is_none() {
                mistakes.invalid("ArrayFormat");
            }
            format
        }
        Some("NONE") | None => None,
        Some(_) => {
            mistakes.invalid("RequestBodyEncoding");
            None
        }
    }
}

/// The request with what the connection adds, which wins over what the Task says.
fn merged(
    scope: &CallScope<'_>,
    unwritten: UnwrittenRequest,
    connection: Connection,
) -> Result<EndpointRequest, Failure> {
    let UnwrittenRequest { mut request, body, form } = unwritten;
    replace(&mut request.headers, connection.headers, str::eq_ignore_ascii_case);
    replace(&mut request.query, connection.query, |one, other| one == other);
    let body = match body {
        Some(Value::String(_)) if !connection.body.is_empty() => {
            let reason = "The RequestBody is a text, to which the connection cannot add its body \
                          parameters";
            return Err(unusable_parameters(scope.payload.json_text(), reason));
        }
        Some(Value::Object(mut members)) => {
            members.extend(connection.body);
            Some(Value::Object(members))
        }
        None if !connection.body.is_empty() => Some(Value::Object(connection.body)),
        body => body,
    };
    request.body = match (body, form) {
        (None, _) => None,
        (Some(Value::String(text)), None) => Some(text),
        (Some(value @ Value::Object(_)), Some(arrays)) => Some(encode(&value, arrays)),
        (Some(_), Some(_)) => {
            let reason = "The RequestBody must be an object to be URL_ENCODED";
            return Err(Failure::new(error_name::RUNTIME, reason));
        }
        (Some(value), None) => Some(value.to_string()),
    };
    let mut add = |name: &str, value: &str| {
        if !request.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
    };
    if request.body.is_some() {
        add("Content-Type", "application/json; charset=UTF-8");
    }
    let region = &scope.origin.account_region.region;
    add("User-Agent", &format!("Amazon|StepFunctions|HttpInvoke|{region}"));
    add("Range", "bytes=0-262144");
    Ok(request)
}

fn replace(
    given: &mut Vec<(String, String)>,
    by: Vec<(String, String)>,
    is_same: fn(&str, &str) -> bool,
) {
    given.retain(|(name, _)| !by.iter().any(|(other, _)| is_same(name, other)));
    given.extend(by);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistakes(parameters: &Value) -> String {
        let payload = Payload::from_value(parameters.clone());
        match read_request(&payload, |url| url.starts_with("https://")) {
            Ok(_) => String::new(),
            Err(failure) => {
                let cause = failure.cause.unwrap_or_default();
                cause.split("start the Task: ").nth(1).unwrap_or_default().to_owned()
            }
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let url = "https://example.com/a";
        for (parameters, words) in [
            (json!({"ApiEndpoint": url, "Method": "GET"}), ""),
            (json!({"Method": "GET"}), "[The field 'ApiEndpoint' is required but was missing]"),
            (
                json!({"ApiEndpoint": "http://example.com", "Method": "GET"}),
                "[The value of the field 'ApiEndpoint' has an invalid format]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "TRACE"}),
                "[The value of the field 'Method' has an invalid format]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "GET", "Headers": {"Host": "x"}}),
                "[The header 'Host' is not allowed]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "GET", "Headers": {"X-Amz-Date": "x"}}),
                "[The header 'X-Amz-Date' is not allowed]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "GET", "Headers": []}),
                "[The value of the field 'Headers' has an invalid format]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "POST", "Transform":
                {"RequestBodyEncoding": "URL_ENCODED"}}),
                "[The value of the field 'Headers' has an invalid format]",
            ),
            (
                json!({"ApiEndpoint": url, "Method": "GET", "Path": "a"}),
                "[The field \"Path\" is not supported by Step Functions]",
            ),
        ] {
            assert_eq!(mistakes(&parameters), words, "{parameters}");
        }
    }
}
