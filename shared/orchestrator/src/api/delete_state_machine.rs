//! `DeleteStateMachine`.

use super::unlabelled_arn::{UnlabelledArnRejection, parse_unlabelled_arn};
use crate::{ApiError, EngineContext, executions::continue_deletion, roles::TimerRole};

/// How long a request removes what belongs to a machine. Of few executions nothing is left then.
const SWEEP_MILLISECONDS: i64 = 5_000;

/// Deletes a state machine and its executions. Does nothing if it does not exist. Once this returns,
/// it is gone, or its status is `Deleting` until [`crate::continue_deletions`] has removed it.
pub async fn delete_state_machine<P: TimerRole>(
    ports: &P,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<(), ApiError<UnlabelledArnRejection>> {
    let arn = parse_unlabelled_arn(state_machine_arn).map_err(ApiError::Rejected)?;
    if arn.qualifier.is_none() && arn.account_region == context.settings.account_region {
        ports.delete_machine(&arn.name).await?;
        let stop_at = ports.now().plus_milliseconds(SWEEP_MILLISECONDS);
        continue_deletion(ports, &arn.name, stop_at).await?;
    }
    Ok(())
}
