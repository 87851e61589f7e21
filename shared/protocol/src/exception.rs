//! Bad news as it goes over the wire.

use bytes::Bytes;
use http::StatusCode;
use orchestrator::{Fault, Unanswered};
use serde_json::{Map, Value};

/// Why a request is not answered with 200.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The caller's mistake.
    Exception(Exception),
    /// Ours.
    Fault(Fault),
}

/// A modelled or generic exception of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exception {
    /// `__type`
    pub(crate) name: &'static str,
    /// `message`
    pub(crate) message: String,
    /// A member beside the message.
    pub(crate) detail: Option<(&'static str, String)>,
}

impl Exception {
    pub(crate) const fn new(name: &'static str, message: String) -> Self {
        Self { name, message, detail: None }
    }

    pub(crate) fn with(self, member: &'static str, value: impl Into<String>) -> Self {
        Self { detail: Some((member, value.into())), ..self }
    }

    /// `ValidationException`
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message.into())
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.name {
            "InternalServerError" => StatusCode::INTERNAL_SERVER_ERROR,
            "RequestEntityTooLargeException" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// `{"__type": …, "message": …}`
    pub(crate) fn body(self) -> Bytes {
        let mut body = Map::new();
        body.insert("__type".to_owned(), self.name.into());
        body.insert("message".to_owned(), self.message.into());
        if let Some((member, value)) = self.detail {
            body.insert(member.to_owned(), value.into());
        }
        Value::Object(body).to_string().into()
    }
}

impl From<Exception> for Trouble {
    fn from(exception: Exception) -> Self {
        Self::Exception(exception)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<R: Into<Exception>> From<Unanswered<R>> for Trouble {
    fn from(unanswered: Unanswered<R>) -> Self {
        match unanswered {
            Unanswered::Rejected(rejection) => Self::Exception(rejection.into()),
            Unanswered::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_is_an_object_with_its_type() {
        let exception = Exception::validation("no \"name\"").with("reason", "MISSING");
        assert_eq!(exception.status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            exception.body(),
            r#"{"__type":"ValidationException","message":"no \"name\"","reason":"MISSING"}"#
        );
    }
}
