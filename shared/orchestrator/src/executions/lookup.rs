//! What an ARN names here.

use std::sync::Arc;

use model::{ExecutionArn, ExecutionId, StateMachine, StateMachineArn};

use crate::{EngineSettings, Fault, ports::StateMachineStore};

/// The execution that an ARN names here; none if it is of another region or account.
pub(crate) fn execution_id_here(
    settings: &EngineSettings,
    arn: &ExecutionArn,
) -> Option<ExecutionId> {
    (arn.account_region == settings.account_region).then(|| arn.execution_id())
}

/// The machine that an ARN names here. Versions, aliases and the child machines of Distributed Maps
/// are none.
pub(crate) async fn machine_here(
    machines: &impl StateMachineStore,
    settings: &EngineSettings,
    arn: &StateMachineArn,
) -> Result<Option<Arc<StateMachine>>, Fault> {
    if arn.account_region != settings.account_region
        || arn.qualifier.is_some()
        || arn.label.is_some()
    {
        return Ok(None);
    }
    machines.load_machine(&arn.name).await
}
