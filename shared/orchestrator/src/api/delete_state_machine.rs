//! `DeleteStateMachine`.

use model::{ArnError, StateMachineArn};

use crate::{
    ApiError, EngineContext, ExceptionMember, LabelledArn, Rejection,
    executions::continue_deletion, roles::TimerRole,
};

/// How long a request removes what belongs to a machine. Of few executions nothing is left then.
const SWEEP_MILLISECONDS: i64 = 5_000;

/// What a caller of `DeleteStateMachine` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// The ARN has a label: `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`.
    #[error(transparent)]
    Labelled(LabelledArn),
}

impl Rejection for DeleteRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::Labelled(arn) => arn.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::InvalidArn(_) => None,
            Self::Labelled(arn) => arn.exception_member(),
        }
    }
}

/// Deletes a state machine and its executions. Does nothing if it does not exist. Once this returns,
/// it is gone, or its status is `Deleting` until [`crate::continue_deletions`] has removed it.
pub async fn delete_state_machine<P: TimerRole>(
    ports: &P,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<(), ApiError<DeleteRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(DeleteRejection::InvalidArn(error)))?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(ApiError::Rejected(DeleteRejection::Labelled(LabelledArn { arn })));
    }
    if arn.qualifier.is_none() && arn.account_region == context.settings.account_region {
        ports.delete_machine(&arn.name).await?;
        let stop_at = ports.now().plus_milliseconds(SWEEP_MILLISECONDS);
        continue_deletion(ports, &arn.name, stop_at).await?;
    }
    Ok(())
}
