//! What stands before the API answers in its own shape; clients of Step Functions read another.

use bytes::Bytes;
use embedded::http::exception_response;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName},
};
use serde_json::Value;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Turns an answer of API Gateway or of a function URL into one of Step Functions. What the API itself
/// has answered stays as it is.
///
/// Shape: `{"message": "Forbidden"}` → `{"__type": "AccessDeniedException", "message": "Forbidden"}`
pub(crate) fn step_functions_answer(answer: Response<Bytes>) -> Response<Bytes> {
    let status = answer.status();
    let content: Option<Value> = serde_json::from_slice(answer.body()).ok();
    let is_ours =
        status.is_success() || content.as_ref().is_some_and(|it| it["__type"].is_string());
    let id = answer.headers().get(REQUEST_ID).cloned();
    let mut response = if is_ours {
        let mut response = Response::new(answer.into_body());
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    } else {
        let message = content.as_ref().and_then(message_of).unwrap_or_default();
        refusal_of_gateway(status, message)
    };
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Spec: API Gateway, "Gateway response types"; API reference of Step Functions, "Common Errors".
fn refusal_of_gateway(status: StatusCode, message: &str) -> Response<Bytes> {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            exception_response(StatusCode::BAD_REQUEST, "AccessDeniedException", message)
        }
        StatusCode::TOO_MANY_REQUESTS => {
            exception_response(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            exception_response(status, "RequestEntityTooLargeException", message)
        }
        status if status.is_server_error() => exception_response(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
            message,
        ),
        status => {
            let message = format!("The endpoint answered {status}: {message}");
            exception_response(StatusCode::BAD_REQUEST, "ValidationException", &message)
        }
    }
}

fn message_of(content: &Value) -> Option<&str> {
    content["message"].as_str().or_else(|| content["Message"].as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn translated(status: u16, body: &'static str) -> (u16, String) {
        let answer = Response::builder().status(status).header(REQUEST_ID, "r");
        let answer = step_functions_answer(answer.body(Bytes::from(body)).expect("an answer"));
        assert_eq!(answer.headers()[REQUEST_ID], "r");
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    }

    #[test]
    fn what_the_api_answers_stays_as_it_is() {
        for (status, body) in [
            (200, r#"{"executionArn":"a"}"#),
            (400, r#"{"__type":"InvalidArn","message":"m"}"#),
            (500, r#"{"__type":"InternalServerError","message":""}"#),
        ] {
            assert_eq!(translated(status, body), (status, body.to_owned()));
        }
    }

    #[test]
    fn what_iam_refuses_is_an_exception_that_sdks_read() {
        for (status, body, as_status, exception, message) in [
            (403, r#"{"message":"Forbidden"}"#, 400, "AccessDeniedException", "Forbidden"),
            (403, r#"{"Message":"User: u"}"#, 400, "AccessDeniedException", "User: u"),
            (
                429,
                r#"{"message":"Too Many Requests"}"#,
                400,
                "ThrottlingException",
                "Rate exceeded",
            ),
            (503, "no JSON", 503, "ServiceUnavailableException", ""),
        ] {
            let expected = json!({"__type": exception, "message": message}).to_string();
            assert_eq!(translated(status, body), (as_status, expected), "{body}");
        }
        let (status, body) = translated(404, r#"{"message":"Not Found"}"#);
        assert!(status == 400 && body.contains("404 Not Found"), "{body}");
    }
}
