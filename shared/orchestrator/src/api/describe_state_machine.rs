//! `DescribeStateMachine`.

use std::sync::Arc;

use model::{ArnError, StateMachine, StateMachineArn};

use crate::{
    ApiError, EngineContext, Rejection, StateMachineNotFound, executions::load_machine_by_arn,
    ports::StateMachineStore,
};

/// What a caller of `DescribeStateMachine` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescribeStateMachineRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
}

impl Rejection for DescribeStateMachineRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::DoesNotExist(machine) => machine.exception_name(),
        }
    }
}

/// Returns a state machine with its newest revision.
pub async fn describe_state_machine(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<Arc<StateMachine>, ApiError<DescribeStateMachineRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(DescribeStateMachineRejection::InvalidArn(error)))?;
    load_machine_by_arn(ports, &context.settings, &arn).await?.ok_or_else(|| {
        let arn = state_machine_arn.to_owned();
        ApiError::Rejected(DescribeStateMachineRejection::DoesNotExist(StateMachineNotFound {
            arn,
        }))
    })
}
