//! Looks up what an ARN names in this deployment.

use std::sync::Arc;

use model::{
    Activity, ActivityArn, ExecutionArn, ExecutionId, StateMachine, StateMachineArn,
    StateMachineStatus,
};

use crate::{
    EngineSettings, Fault, StateMachineIsDeleting,
    ports::{ActivityStore, StateMachineStore},
};

/// The id of the execution that an ARN names; none if it is of another region or account.
pub(crate) fn execution_id_of_arn(
    settings: &EngineSettings,
    arn: &ExecutionArn,
) -> Option<ExecutionId> {
    (arn.account_region == settings.account_region).then(|| arn.execution_id())
}

/// Loads the machine that an ARN names, if there is one. Returns none for another region or
/// account, and for versions, aliases and the child machines of Distributed Maps.
pub(crate) async fn load_machine_by_arn(
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

/// Loads the machine of which an ARN names the newest revision, a version or an alias, whether or not
/// that is there. Returns none for another region or account, and for child machines of Distributed
/// Maps.
pub(crate) async fn load_machine_of_qualified_arn(
    machines: &impl StateMachineStore,
    settings: &EngineSettings,
    arn: &StateMachineArn,
) -> Result<Option<Arc<StateMachine>>, Fault> {
    load_machine_by_arn(machines, settings, &StateMachineArn { qualifier: None, ..arn.clone() })
        .await
}

/// Loads the activity that an ARN names, if there is one. Returns none for another region or account.
pub(crate) async fn load_activity_by_arn(
    activities: &impl ActivityStore,
    settings: &EngineSettings,
    arn: &ActivityArn,
) -> Result<Option<Arc<Activity>>, Fault> {
    if arn.account_region == settings.account_region {
        activities.load_activity(&arn.name).await
    } else {
        Ok(None)
    }
}

/// Returns the machine unless it is being deleted.
pub(crate) fn check_is_active(
    machine: Arc<StateMachine>,
    arn: String,
) -> Result<Arc<StateMachine>, StateMachineIsDeleting> {
    match machine.status {
        StateMachineStatus::Active => Ok(machine),
        StateMachineStatus::Deleting => Err(StateMachineIsDeleting { arn }),
    }
}
