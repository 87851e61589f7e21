//! Exceptions as they go over the wire.

use http::StatusCode;
use orchestrator::{ApiError, Fault, Rejection};
use serde_json::{Map, Value};

/// Why a request is not answered with status 200.
#[derive(Debug)]
pub(crate) enum OperationError {
    /// The caller made a mistake.
    Exception(ApiException),
    /// An internal error.
    Fault(Fault),
}

/// A modelled or generic exception of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiException {
    /// `__type`
    pub(crate) name: &'static str,
    /// `message`
    pub(crate) message: String,
    /// The name and value of a member beside the message.
    pub(crate) detail: Option<(&'static str, String)>,
}

impl ApiException {
    pub(crate) const fn new(name: &'static str, message: String) -> Self {
        Self { name, message, detail: None }
    }

    /// `ValidationException`
    pub(crate) fn validation_exception(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message.into())
    }

    /// Returns the status of the HTTP response.
    pub fn http_status(&self) -> StatusCode {
        match self.name {
            "InternalServerError" => StatusCode::INTERNAL_SERVER_ERROR,
            "RequestEntityTooLargeException" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the body `{"__type": …, "message": …}`, with the member if there is one.
    pub fn into_json(self) -> Value {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.name.into());
        body.insert("message".to_owned(), self.message.into());
        if let Some((member, value)) = self.detail {
            body.insert(member.to_owned(), value.into());
        }
        Value::Object(body)
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

impl<R: Rejection> From<R> for ApiException {
    fn from(rejection: R) -> Self {
        Self {
            name: rejection.exception_name(),
            message: rejection.to_string(),
            detail: rejection.exception_member().map(|member| (member.name, member.value)),
        }
    }
}

impl<R: Rejection> From<ApiError<R>> for OperationError {
    fn from(error: ApiError<R>) -> Self {
        match error {
            ApiError::Rejected(rejection) => Self::Exception(rejection.into()),
            ApiError::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::ArnError;
    use orchestrator::{
        StartRejection,
        api::{ExecutionRejection, TagRejection},
    };

    use super::*;

    fn exception_of<R: Rejection>(rejection: R) -> ApiException {
        match OperationError::from(ApiError::Rejected(rejection)) {
            OperationError::Exception(exception) => exception,
            OperationError::Fault(fault) => panic!("a rejection is no fault: {fault}"),
        }
    }

    #[test]
    fn a_rejection_has_the_words_of_aws() {
        let arn = "arn:aws:states:us-east-1:000000000000:execution:m:e";
        assert_eq!(
            exception_of(ExecutionRejection::DoesNotExist { arn: arn.into() }),
            ApiException::new(
                "ExecutionDoesNotExist",
                format!("Execution Does Not Exist: '{arn}'")
            )
        );
        assert_eq!(
            exception_of(StartRejection::InvalidArn(ArnError::Prefix("x".into()))),
            ApiException::new("InvalidArn", "Invalid Arn: 'Invalid ARN prefix: x'".into())
        );
    }

    #[test]
    fn a_resource_that_is_not_found_is_named_beside_the_message() {
        let exception = exception_of(TagRejection::NotFound { arn: "arn".into() });
        assert_eq!(exception.detail, Some(("resourceName", "arn".to_owned())));
    }

    #[test]
    fn an_exception_is_an_object_with_its_type() {
        let exception = ApiException {
            detail: Some(("reason", "MISSING".to_owned())),
            ..ApiException::validation_exception("no \"name\"")
        };
        assert_eq!(exception.http_status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            exception.into_json().to_string(),
            r#"{"__type":"ValidationException","message":"no \"name\"","reason":"MISSING"}"#
        );
    }
}
