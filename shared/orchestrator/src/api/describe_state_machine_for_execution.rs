//! `DescribeStateMachineForExecution`.

use std::sync::Arc;

use model::{Revision, StateMachine};

use super::{ExecutionRejection, describe_execution};
use crate::{
    ApiError, EngineContext,
    ports::{ExecutionStore, StateMachineStore},
};

/// The machine as an execution runs it.
#[derive(Clone, Debug)]
pub struct StateMachineForExecution {
    /// The machine as it is at the time of the call.
    pub machine: Arc<StateMachine>,
    /// The revision that the execution runs.
    pub revision: Arc<Revision>,
}

/// Returns the machine of an execution with the revision that the execution runs.
pub async fn describe_state_machine_for_execution<P>(
    ports: &P,
    context: &EngineContext,
    execution_arn: &str,
) -> Result<StateMachineForExecution, ApiError<ExecutionRejection>>
where
    P: ExecutionStore + StateMachineStore + Sync,
{
    let (arn, execution) = describe_execution(ports, context, execution_arn).await?;
    let machine = ports.load_machine(&arn.machine).await?;
    let revision = ports.load_revision(&execution.facts.revision).await?;
    match (machine, revision) {
        (Some(machine), Some(revision)) => Ok(StateMachineForExecution { machine, revision }),
        // The machine is being deleted, and its executions with it.
        (None, _) | (_, None) => Err(ApiError::Rejected(ExecutionRejection::DoesNotExist {
            arn: execution_arn.to_owned(),
        })),
    }
}
