//! Bad news as it goes over the wire.

use bytes::Bytes;
use http::StatusCode;
use orchestrator::{ApiError, Fault};
use serde_json::{Map, Value};

/// Why a request is not answered with 200.
#[derive(Debug)]
pub(crate) enum OperationError {
    /// The caller's mistake.
    Exception(ApiException),
    /// Ours.
    Fault(Fault),
}

/// A modelled or generic exception of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiException {
    /// `__type`
    pub(crate) name: &'static str,
    /// `message`
    pub(crate) message: String,
    /// A member beside the message.
    pub(crate) detail: Option<(&'static str, String)>,
}

impl ApiException {
    pub(crate) const fn new(name: &'static str, message: String) -> Self {
        Self { name, message, detail: None }
    }

    pub(crate) fn with_detail(self, member: &'static str, value: impl Into<String>) -> Self {
        Self { detail: Some((member, value.into())), ..self }
    }

    /// `ValidationException`
    pub(crate) fn validation_exception(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message.into())
    }

    pub(crate) fn http_status(&self) -> StatusCode {
        match self.name {
            "InternalServerError" => StatusCode::INTERNAL_SERVER_ERROR,
            "RequestEntityTooLargeException" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// `{"__type": …, "message": …}`
    pub(crate) fn into_body(self) -> Bytes {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.name.into());
        body.insert("message".to_owned(), self.message.into());
        if let Some((member, value)) = self.detail {
            body.insert(member.to_owned(), value.into());
        }
        Value::Object(body).to_string().into()
    }
}

impl From<ApiException> for OperationError {
    fn from(exception: ApiException) -> Self {
        Self::Exception(exception)
    }
}

impl From<Fault> for OperationError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R: Into<ApiException>> From<ApiError<R>> for OperationError {
    fn from(error: ApiError<R>) -> Self {
        match error {
            ApiError::Rejected(rejection) => Self::Exception(rejection.into()),
            ApiError::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_an_object_with_its_type() {
        let exception =
            ApiException::validation_exception("no \"name\"").with_detail("reason", "MISSING");
        assert_eq!(exception.http_status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            exception.into_body(),
            r#"{"__type":"ValidationException","message":"no \"name\"","reason":"MISSING"}"#
        );
    }
}
