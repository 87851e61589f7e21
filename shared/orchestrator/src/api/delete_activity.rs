//! `DeleteActivity`.

use model::{ActivityArn, ArnError};

use crate::{ApiError, EngineContext, ports::ActivityStore};

/// Deletes an activity. Does nothing if it does not exist. Tasks that wait for its workers go on
/// waiting until they time out or are stopped, or until an activity of that name is created again.
pub async fn delete_activity(
    ports: &impl ActivityStore,
    context: &EngineContext,
    activity_arn: &str,
) -> Result<(), ApiError<ArnError>> {
    let arn = ActivityArn::parse(activity_arn).map_err(ApiError::Rejected)?;
    if arn.account_region == context.settings.account_region {
        ports.delete_activity(&arn.name).await?;
    }
    Ok(())
}
