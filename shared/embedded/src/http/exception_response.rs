//! Answers to requests that do not reach the API.

use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

/// Makes the answer that AWS's clients read as this exception.
pub fn exception_response(status: StatusCode, exception: &str, message: &str) -> Response<Bytes> {
    let body = json!({ "__type": exception, "message": message });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
