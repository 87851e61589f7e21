//! Rejections: what a caller did wrong, in AWS's words. Each operation has its own enum, beside it.
//!
//! Every API use case returns `Result<Answer, ApiError<Rejection>>`. Of these two kinds of error
//! only a [`Fault`] is wrapped by `?`; a rejection is wrapped explicitly, so that neither can turn
//! into the other. The third kind, failures of workflows, is data and does not appear here.

use std::fmt;

use model::{ArnError, ResourceNameError};

use crate::Fault;

/// What a caller did wrong. Its text is the exception's message.
pub trait Rejection: fmt::Display {
    /// Returns AWS's name of the exception.
    fn exception_name(&self) -> &'static str;

    /// Returns the member that the exception has beside its message, if it has one.
    fn exception_member(&self) -> Option<ExceptionMember> {
        None
    }
}

/// A member of an exception beside its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionMember {
    /// The name of the member: `reason` or `resourceName`.
    pub name: &'static str,
    /// The value of the member.
    pub value: String,
}

/// Why an API call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError<R> {
    /// The caller asked for something that AWS refuses too, or that is not supported.
    #[error("{0}")]
    Rejected(R),
    /// An internal error.
    #[error("the request could not be served")]
    Fault(#[source] Fault),
}

impl<R> ApiError<R> {
    /// Converts the rejection to that of another operation.
    pub(crate) fn map_rejection<S>(self, reword: impl FnOnce(R) -> S) -> ApiError<S> {
        match self {
            Self::Rejected(rejection) => ApiError::Rejected(reword(rejection)),
            Self::Fault(fault) => ApiError::Fault(fault),
        }
    }
}

impl<R> From<Fault> for ApiError<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Rejection for ArnError {
    fn exception_name(&self) -> &'static str {
        "InvalidArn"
    }
}

impl Rejection for ResourceNameError {
    fn exception_name(&self) -> &'static str {
        "InvalidName"
    }
}

/// No state machine, version or alias has that ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("State Machine Does Not Exist: '{arn}'")]
pub struct StateMachineNotFound {
    /// The ARN as it was asked for.
    pub arn: String,
}

impl Rejection for StateMachineNotFound {
    fn exception_name(&self) -> &'static str {
        "StateMachineDoesNotExist"
    }
}

/// No activity has that ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Activity Does Not Exist: '{arn}'")]
pub struct ActivityNotFound {
    /// The ARN as it was asked for.
    pub arn: String,
}

impl Rejection for ActivityNotFound {
    fn exception_name(&self) -> &'static str {
        "ActivityDoesNotExist"
    }
}

/// The state machine of that ARN is being deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("State Machine is being deleted: '{arn}'")]
pub struct StateMachineIsDeleting {
    /// The ARN as it was asked for.
    pub arn: String,
}

impl Rejection for StateMachineIsDeleting {
    fn exception_name(&self) -> &'static str {
        "StateMachineDeleting"
    }
}

/// The ARN is that of a Distributed Map's child machine, which only some operations take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This operation does not support state machine ARNs with a label: '{arn}'")]
pub struct LabelledArn {
    /// The ARN as it was asked for.
    pub arn: String,
}

impl Rejection for LabelledArn {
    fn exception_name(&self) -> &'static str {
        "ValidationException"
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        let value = "API_DOES_NOT_SUPPORT_LABELED_ARNS".to_owned();
        Some(ExceptionMember { name: "reason", value })
    }
}

/// The operation does not apply to this type of state machine, Standard or Express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This operation is not supported by this type of state machine")]
pub struct TypeNotSupported;

impl Rejection for TypeNotSupported {
    fn exception_name(&self) -> &'static str {
        "StateMachineTypeNotSupported"
    }
}

/// A resource would have more than [`crate::api::TAGS_MAX`] tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{arn}' has too many tags")]
pub struct TooManyTags {
    /// The ARN of the resource.
    pub arn: String,
}

impl Rejection for TooManyTags {
    fn exception_name(&self) -> &'static str {
        "TooManyTags"
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        Some(ExceptionMember { name: "resourceName", value: self.arn.clone() })
    }
}
