//! `apigateway:invoke`: a method of a REST or HTTP API.
//!
//! Spec: Developer Guide, "Create API Gateway REST APIs with Step Functions".

use http::Uri;
use model::{Failure, Payload};
use orchestrator::ports::CallOutcome;
use serde_json::{Map, Value};

use super::{
    EndpointRequest, EndpointSignature, Mistakes, body_of,
    headers::{HeaderRules, parameters_of},
    is_loopback, may_call, query_of, result_of, send, text_member,
};
use crate::integrations::CallScope;

const PARAMETERS: [&str; 9] = [
    "AllowNullValues",
    "ApiEndpoint",
    "AuthType",
    "Headers",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
    "Stage",
];

/// Who calls is said by a signature in the first case only: nobody here can sign as Step Functions,
/// which the resource policy of an API permits.
const AUTH_TYPES: [&str; 3] = ["IAM_ROLE", "NO_AUTH", "RESOURCE_POLICY"];

/// Calls the API.
pub(crate) async fn call(scope: &CallScope<'_>) -> CallOutcome {
    let answered = async {
        let request = read_request(scope.payload, |url| is_api(url, scope))?;
        let signature = if scope.parameter("AuthType").is_some_and(|named| named == "IAM_ROLE") {
            EndpointSignature::Of("execute-api")
        } else {
            EndpointSignature::None
        };
        let response = send(scope, request, signature, "ApiGateway.SdkClientException").await?;
        if !(200..300).contains(&response.status) {
            let error = format!("ApiGateway.{}", response.status);
            let cause = match body_of(&response) {
                Value::String(text) => text,
                body => body.to_string(),
            };
            return Err(Failure::new(error, cause));
        }
        Ok(Payload::from_value(result_of(&response)))
    };
    answered.await.map_or_else(CallOutcome::Failed, CallOutcome::Succeeded)
}

/// Whether an address is that of an API: AWS's, or an emulator's on this machine.
fn is_api(url: &str, scope: &CallScope<'_>) -> bool {
    is_of_api(url) && may_call(url, scope)
}

fn is_of_api(url: &str) -> bool {
    let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_ascii_lowercase));
    host.is_some_and(|host| {
        let ends = [".amazonaws.com", ".amazonaws.com.cn"];
        is_loopback(&host)
            || host.contains(".execute-api.") && ends.iter().any(|end| host.ends_with(end))
    })
}

fn read_request(
    payload: &Payload,
    is_callable: impl Fn(&str) -> bool,
) -> Result<EndpointRequest, Failure> {
    let given = parameters_of(payload);
    let mut mistakes = Mistakes::default();
    mistakes.unsupported(&given, &PARAMETERS);
    let endpoint = text_member(&given, "ApiEndpoint", true, &mut mistakes).unwrap_or_default();
    let method = text_member(&given, "Method", true, &mut mistakes).unwrap_or_default();
    let stage = text_member(&given, "Stage", false, &mut mistakes);
    let path = text_member(&given, "Path", false, &mut mistakes);
    if !given.get("AuthType").is_none_or(|named| AUTH_TYPES.iter().any(|known| named == known)) {
        mistakes.invalid("AuthType");
    }
    let headers = HeaderRules::ApiGateway.read_headers(&given, &mut mistakes);
    let query = query_of(&given, &mut mistakes);
    let body = read_body(&given, &method, &mut mistakes);
    // An emulator's endpoint has its scheme, AWS's has none.
    let base = if endpoint.contains("://") { endpoint } else { format!("https://{endpoint}") };
    if base != "https://" && !is_callable(&base) {
        mistakes.invalid("ApiEndpoint");
    }
    mistakes.into_result(payload)?;
    let mut headers = headers;
    let has_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if body.is_some() && !has_type {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let mut url = base.trim_end_matches('/').to_owned();
    for part in [stage, path].into_iter().flatten().filter(|part| !part.is_empty()) {
        url.push('/');
        url.push_str(part.trim_matches('/'));
    }
    Ok(EndpointRequest { method, url, query, headers, body })
}

/// The body, which only some methods have. Members that are null are left out, unless they are
/// allowed.
fn read_body(given: &Map<String, Value>, method: &str, mistakes: &mut Mistakes) -> Option<String> {
    let body = given.get("RequestBody")?;
    if !matches!(method, "PATCH" | "POST" | "PUT") {
        if !body.is_null() {
            mistakes.0.push(format!("The method {method} cannot have the field 'RequestBody'"));
        }
        return None;
    }
    let keeps_null = given.get("AllowNullValues").is_some_and(|allowed| allowed == true);
    match body {
        // Recorded: no body is an empty object.
        Value::Null => Some("{}".to_owned()),
        body if keeps_null => Some(body.to_string()),
        body => Some(without_null(body.clone()).to_string()),
    }
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_null(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(without_null).collect(),
        value => value,
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_api;

    #[test]
    fn only_apis_are_called() {
        for url in [
            "https://a1b2.execute-api.eu-west-1.amazonaws.com",
            "https://a1b2.execute-api.cn-north-1.amazonaws.com.cn/stage",
            "http://localhost:4566/restapis/a1b2",
        ] {
            assert!(is_of_api(url), "{url}");
        }
        for url in [
            "http://169.254.169.254",
            "https://example.com",
            "https://sts.amazonaws.com",
            "https://a.execute-api.example.com",
        ] {
            assert!(!is_of_api(url), "{url}");
        }
    }
}
