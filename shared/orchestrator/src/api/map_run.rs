//! `DescribeMapRun`, `UpdateMapRun`, and lists of what a Map Run has started: no Map Run can be started
//! yet, so each ARN names none.

use model::{ArnError, MapRunArn};

use crate::{ExceptionMember, Rejection};

/// What a caller of an operation on a Map Run did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapRunRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such Map Run: `ResourceNotFound`.
    #[error("Resource not found: '{arn}'")]
    NotFound {
        /// The ARN as it was asked for.
        arn: String,
    },
    /// The request updates nothing: `ValidationException`, reason `MISSING_REQUIRED_PARAMETER`.
    #[error(
        "Either the maxConcurrency, the toleratedFailureCount, or the toleratedFailurePercentage \
         must be specified"
    )]
    NothingToUpdate,
}

impl Rejection for MapRunRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::NotFound { .. } => "ResourceNotFound",
            Self::NothingToUpdate => "ValidationException",
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        let member = |name, value: &str| Some(ExceptionMember { name, value: value.to_owned() });
        match self {
            Self::InvalidArn(_) => None,
            Self::NotFound { arn } => member("resourceName", arn),
            Self::NothingToUpdate => member("reason", "MISSING_REQUIRED_PARAMETER"),
        }
    }
}

/// Returns why a Map Run cannot be described, listed or updated.
pub fn refuse_map_run(map_run_arn: &str) -> MapRunRejection {
    match MapRunArn::parse(map_run_arn) {
        Ok(_) => MapRunRejection::NotFound { arn: map_run_arn.to_owned() },
        Err(error) => MapRunRejection::InvalidArn(error),
    }
}
