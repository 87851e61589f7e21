//! Proxy events of API Gateway and of function URLs ⇄ HTTP requests and responses.
//!
//! Spec: API Gateway, "Working with AWS Lambda proxy integrations for HTTP APIs", payload format
//! 2.0; Lambda, "Invoking function URLs".

use std::collections::BTreeMap;

use base64::{DecodeError, Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use protocol::escape_path;
use serde::{Deserialize, Serialize};

/// An HTTP request as Lambda passes it to a function.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
    request_context: HttpRequestContext,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct HttpRequestContext {
    http: HttpMethodAndPath,
    authorizer: Option<HttpAuthorizer>,
}

#[derive(Debug, Deserialize)]
struct HttpAuthorizer {
    iam: Option<IamAuthorization>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IamAuthorization {
    user_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
struct HttpMethodAndPath {
    method: String,
    path: String,
}

/// An HTTP response as a function returns it to Lambda.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEventResponse {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

/// Why an event is not an HTTP request.
#[derive(Debug, thiserror::Error)]
pub enum HttpEventError {
    /// The body is marked as Base64 but is not.
    #[error("the body is not Base64")]
    Body(#[from] DecodeError),
    /// The method, the path or a header is invalid.
    #[error("the method, the path or a header is none")]
    Head(#[from] http::Error),
}

impl HttpEvent {
    /// Returns the ARN of the principal whom IAM has let through; none if IAM was not asked.
    pub fn principal_arn(&self) -> Option<&str> {
        self.request_context.authorizer.as_ref()?.iam.as_ref()?.user_arn.as_deref()
    }
}

impl TryFrom<HttpEvent> for Request<Bytes> {
    type Error = HttpEventError;

    fn try_from(event: HttpEvent) -> Result<Self, HttpEventError> {
        let HttpEvent { request_context, headers, body, is_base64_encoded } = event;
        let HttpMethodAndPath { method, path } = request_context.http;
        let mut request = Request::builder().method(method.as_str()).uri(escape_path(&path));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let body = body.unwrap_or_default();
        let body = if is_base64_encoded { BASE64_STANDARD.decode(body)? } else { body.into() };
        Ok(request.body(Bytes::from(body))?)
    }
}

impl From<Response<Bytes>> for HttpEventResponse {
    /// The body is never Base64, since the API answers JSON.
    fn from(response: Response<Bytes>) -> Self {
        let headers = response.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        Self {
            status_code: response.status().as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(response.body()).into_owned(),
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json, to_value};

    use super::*;

    const USER: &str = "arn:aws:iam::123456789012:user/ann";

    fn event(body: &Value, encoded: bool) -> HttpEvent {
        from_value(json!({
            "version": "2.0", "routeKey": "POST /", "rawPath": "/", "rawQueryString": "",
            "headers": {"x-amz-target": "AWSStepFunctions.StartExecution"},
            "requestContext": {"requestId": "r", "stage": "$default",
                "authorizer": {"iam": {"accountId": "123456789012", "userArn": USER}},
                "http": {"method": "POST", "path": "/", "sourceIp": "192.0.2.1"}},
            "body": body, "isBase64Encoded": encoded,
        }))
        .expect("a proxy event")
    }

    #[test]
    fn an_event_is_a_request() {
        for (body, encoded) in [(json!("{\"a\":1}"), false), (json!("eyJhIjoxfQ=="), true)] {
            let event = event(&body, encoded);
            assert_eq!(event.principal_arn(), Some(USER));
            let request = Request::try_from(event).expect("a request");
            assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/"));
            assert_eq!(request.headers()["x-amz-target"], "AWSStepFunctions.StartExecution");
            assert_eq!(request.body(), "{\"a\":1}");
        }
        let empty = Request::try_from(event(&Value::Null, false)).expect("a request");
        assert!(empty.body().is_empty());
        assert!(Request::<Bytes>::try_from(event(&json!("?"), true)).is_err());
    }

    #[test]
    fn the_path_of_an_event_is_escaped_as_the_client_wrote_it() {
        for path in
            ["/StartExecution/bestellungen-für-a+b", "/StartExecution/bestellungen-f%C3%BCr-a%2Bb"]
        {
            let mut event = event(&json!("{}"), false);
            event.request_context.http.path = path.to_owned();
            let request = Request::try_from(event).expect("a request");
            assert_eq!(request.uri().path(), "/StartExecution/bestellungen-f%C3%BCr-a%2Bb");
        }
    }

    #[test]
    fn a_response_is_an_answer() {
        let response = Response::builder().status(400).header("x-amzn-requestid", "i");
        let response = response.body(Bytes::from("{}")).expect("a response");
        assert_eq!(
            to_value(HttpEventResponse::from(response)).expect("it prints"),
            json!({"statusCode": 400, "headers": {"x-amzn-requestid": "i"}, "body": "{}",
                "isBase64Encoded": false}),
        );
    }
}
