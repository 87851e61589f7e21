//! `ListStateMachineAliases`: no alias can be created yet.

use model::{ArnError, StateMachineArn};

use crate::{
    ApiError, EngineContext, Rejection, StateMachineIsDeleting, StateMachineNotFound,
    executions::{check_is_active, load_machine_by_arn},
    ports::StateMachineStore,
};

/// What a caller of `ListStateMachineAliases` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListAliasesRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
    /// The machine is being deleted: `StateMachineDeleting`.
    #[error(transparent)]
    Deleting(StateMachineIsDeleting),
}

impl Rejection for ListAliasesRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist(machine) => machine.exception_name(),
            Self::Deleting(machine) => machine.exception_name(),
        }
    }
}

/// Checks that the machine exists whose aliases are listed.
pub async fn check_list_state_machine_aliases(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<(), ApiError<ListAliasesRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(ListAliasesRejection::InvalidArn(error)))?;
    let text = state_machine_arn.to_owned();
    match load_machine_by_arn(ports, &context.settings, &arn).await? {
        Some(machine) => check_is_active(machine, text)
            .map(|_| ())
            .map_err(|deleting| ApiError::Rejected(ListAliasesRejection::Deleting(deleting))),
        None => Err(ApiError::Rejected(ListAliasesRejection::DoesNotExist(StateMachineNotFound {
            arn: text,
        }))),
    }
}
