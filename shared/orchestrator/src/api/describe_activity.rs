//! `DescribeActivity`, and what operations on an existing activity have in common.

use std::sync::Arc;

use model::{Activity, ActivityArn, ArnError};

use crate::{
    ActivityNotFound, ApiError, EngineContext, Rejection, executions::load_activity_by_arn,
    ports::ActivityStore,
};

/// What a caller of an operation on an activity did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ActivityRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such activity: `ActivityDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(ActivityNotFound),
}

impl Rejection for ActivityRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist(activity) => activity.exception_name(),
        }
    }
}

/// Returns an activity.
pub async fn describe_activity(
    ports: &impl ActivityStore,
    context: &EngineContext,
    activity_arn: &str,
) -> Result<Arc<Activity>, ApiError<ActivityRejection>> {
    let arn = ActivityArn::parse(activity_arn)
        .map_err(|error| ApiError::Rejected(ActivityRejection::InvalidArn(error)))?;
    load_activity_by_arn(ports, &context.settings, &arn).await?.ok_or_else(|| {
        let arn = activity_arn.to_owned();
        ApiError::Rejected(ActivityRejection::DoesNotExist(ActivityNotFound { arn }))
    })
}
