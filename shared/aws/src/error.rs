//! Errors of requests to AWS services.

use std::sync::Arc;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use orchestrator::Fault;

/// The error that a service or the SDK returned.
type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

/// Why a request to an AWS service failed. Use cases see it as the source of a [`Fault`].
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The service throttled the request; nothing happened.
    #[error("the service is throttling")]
    Throttled(#[source] ErrorSource),
    /// Another transaction was using the item; nothing happened.
    #[error("another transaction was in the way")]
    Contended(#[source] ErrorSource),
    /// There was no answer, or one that leaves open whether anything happened.
    #[error("the service gave no answer that can be relied on")]
    InDoubt(#[source] ErrorSource),
    /// The service cannot be reached.
    #[error("the service cannot be reached")]
    Unreachable(#[source] ErrorSource),
    /// The function's role does not permit it, or its credentials are no longer valid.
    #[error("the service denies access")]
    Denied(#[source] ErrorSource),
    /// There is no such table or queue.
    #[error("the table or queue does not exist")]
    Missing(#[source] ErrorSource),
    /// The service refused the request itself, which is a bug of ours.
    #[error("the service refused the request")]
    Refused(#[source] ErrorSource),
    /// An error that this release does not know.
    #[error("the service failed with {code}")]
    Unknown {
        /// The service's error code, or `no name` if it gave none.
        code: String,
        /// The error as the SDK returned it.
        #[source]
        source: ErrorSource,
    },
    /// A page token that this store did not issue.
    #[error("'{0}' is not a page token of this store")]
    PageToken(String),
    /// A text is not of a shape that this version knows: a newer version may have written it.
    #[error("what is stored of {of} cannot be read by this version: {reason}")]
    Unreadable {
        /// What the data belongs to: an execution, a machine or a message.
        of: String,
        /// What this version does not know.
        reason: String,
    },
    /// Stored data breaks an invariant.
    #[error("what is stored of {of} is broken: {reason}")]
    Broken {
        /// What the data belongs to: an execution, a machine, a message or the table.
        of: String,
        /// What is wrong with the data.
        reason: String,
    },
}

impl Error {
    /// An [`Error::Broken`] for data of this execution, machine, message or table.
    pub(crate) fn broken(of: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Broken { of: of.into(), reason: reason.to_string() }
    }

    /// An [`Error::Unreadable`] for data of this execution, machine or message.
    pub(crate) fn unreadable(of: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Unreadable { of: of.into(), reason: reason.to_string() }
    }

    /// Whether this version cannot read what was received or stored, however often it tries.
    pub const fn is_unreadable(&self) -> bool {
        match self {
            Self::Unreadable { .. } | Self::Broken { .. } => true,
            Self::Throttled(_)
            | Self::Contended(_)
            | Self::InDoubt(_)
            | Self::Unreachable(_)
            | Self::Denied(_)
            | Self::Missing(_)
            | Self::Refused(_)
            | Self::Unknown { .. }
            | Self::PageToken(_) => false,
        }
    }

    /// Whether sending the same request again soon may succeed.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Throttled(_) | Self::Contended(_) | Self::InDoubt(_) | Self::Unreachable(_) => {
                true
            }
            Self::Denied(_)
            | Self::Missing(_)
            | Self::Refused(_)
            | Self::Unknown { .. }
            | Self::PageToken(_)
            | Self::Unreadable { .. }
            | Self::Broken { .. } => false,
        }
    }

    /// Whether it is certain that nothing happened.
    pub(crate) const fn had_no_effect(&self) -> bool {
        match self {
            Self::InDoubt(_) | Self::Unreachable(_) | Self::Unknown { .. } => false,
            Self::Throttled(_)
            | Self::Contended(_)
            | Self::Denied(_)
            | Self::Missing(_)
            | Self::Refused(_)
            | Self::PageToken(_)
            | Self::Unreadable { .. }
            | Self::Broken { .. } => true,
        }
    }
}

impl<E> From<SdkError<E>> for Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn from(error: SdkError<E>) -> Self {
        let failed = match &error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let code = context.err().code().map(str::to_owned);
                return error_from_code(code.as_deref(), status, Arc::new(error));
            }
            SdkError::ConstructionFailure(_) => Self::Refused,
            SdkError::DispatchFailure(failure) if failure.is_io() => Self::Unreachable,
            SdkError::DispatchFailure(failure) if failure.is_user() => Self::Refused,
            // A broken connection, an invalid answer, a timeout, and variants that later SDKs add.
            SdkError::DispatchFailure(_)
            | SdkError::TimeoutError(_)
            | SdkError::ResponseError(_)
            | _ => Self::InDoubt,
        };
        failed(Arc::new(error))
    }
}

/// Spec: DynamoDB § Error handling, SQS § Common errors. SQS errors keep the names of its query
/// protocol.
fn error_from_code(code: Option<&str>, status: u16, source: ErrorSource) -> Error {
    match code {
        Some(
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "ThrottledException"
            | "Throttling"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "LimitExceededException"
            | "OverLimit"
            | "KMS.ThrottlingException",
        ) => Error::Throttled(source),
        Some("TransactionConflictException" | "TransactionInProgressException") => {
            Error::Contended(source)
        }
        Some(
            "InternalServerError" | "InternalFailure" | "InternalError" | "ServiceUnavailable",
        ) => Error::InDoubt(source),
        Some(
            "AccessDeniedException"
            | "AccessDenied"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "IncompleteSignature"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException"
            | "InvalidSecurity"
            | "KMS.AccessDeniedException"
            | "KMS.DisabledException"
            | "KMS.InvalidKeyUsageException"
            | "KMS.InvalidStateException"
            | "KMS.NotFoundException"
            | "KMS.OptInRequired",
        ) => Error::Denied(source),
        Some(
            "ResourceNotFoundException"
            | "QueueDoesNotExist"
            | "AWS.SimpleQueueService.NonExistentQueue"
            | "AWS.SimpleQueueService.QueueDoesNotExist",
        ) => Error::Missing(source),
        Some(
            "ValidationException"
            | "SerializationException"
            | "ItemCollectionSizeLimitExceededException"
            | "ConditionalCheckFailedException"
            | "TransactionCanceledException"
            | "IdempotentParameterMismatchException"
            | "InvalidMessageContents"
            | "InvalidParameterValue"
            | "InvalidAddress"
            | "AWS.SimpleQueueService.MessageNotInflight"
            | "ReceiptHandleIsInvalid"
            | "AWS.SimpleQueueService.UnsupportedOperation",
        ) => Error::Refused(source),
        Some(_) | None if status >= 500 => Error::InDoubt(source),
        other => Error::Unknown { code: other.unwrap_or("no name").to_owned(), source },
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Broken { of, reason } => Self::Broken { execution: of, reason },
            Error::Unreadable { of, reason } => Self::Unreadable { execution: of, reason },
            error @ (Error::Throttled(_)
            | Error::Contended(_)
            | Error::InDoubt(_)
            | Error::Unreachable(_)
            | Error::Denied(_)
            | Error::Missing(_)
            | Error::Refused(_)
            | Error::Unknown { .. }
            | Error::PageToken(_)) => Self::in_port("aws", error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: Option<&str>, status: u16) -> Error {
        let said: Box<dyn std::error::Error + Send + Sync> = "said".into();
        error_from_code(code, status, said.into())
    }

    #[test]
    fn what_is_refused_for_now_has_done_nothing_and_passes() {
        for code in ["ThrottlingException", "RequestThrottled", "TransactionConflictException"] {
            let error = of(Some(code), 400);
            assert!(error.is_transient() && error.had_no_effect(), "{code}: {error:?}");
        }
    }

    #[test]
    fn what_the_service_could_not_tell_is_in_doubt() {
        for code in [Some("InternalServerError"), Some("ServiceUnavailable"), Some("New"), None] {
            let error = of(code, 503);
            assert!(error.is_transient() && !error.had_no_effect(), "{code:?}: {error:?}");
        }
    }

    #[test]
    fn what_is_wrong_for_good_does_not_pass() {
        for (code, said) in [
            (Some("AccessDeniedException"), "the service denies access"),
            (Some("ResourceNotFoundException"), "the table or queue does not exist"),
            (Some("ValidationException"), "the service refused the request"),
            (Some("NewException"), "the service failed with NewException"),
            (None, "the service failed with no name"),
        ] {
            let error = of(code, 400);
            assert_eq!(error.to_string(), said);
            assert!(!error.is_transient(), "{code:?}");
        }
    }
}
