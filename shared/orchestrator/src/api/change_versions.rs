//! Changes what a machine has published.

use std::sync::Arc;

use model::{MachineVersions, StateMachine, StateMachineStatus, VersionConflict};

use super::VersionRejection;
use crate::{ApiError, StateMachineIsDeleting, ports::StateMachineStore};

/// How often a change is tried, if others change the same machine at the same time.
const ATTEMPTS_MAX: usize = 8;

/// Makes a change, and makes it again if somebody else was faster. Once this returns, it is durable.
/// A change that changes nothing writes nothing. `arn` is what rejections name.
pub(super) async fn change_versions<A, F>(
    ports: &impl StateMachineStore,
    arn: &str,
    machine: Arc<StateMachine>,
    change: F,
) -> Result<A, ApiError<VersionRejection>>
where
    F: Fn(&mut MachineVersions) -> Result<A, VersionConflict>,
{
    let mut machine = machine;
    for _ in 0..ATTEMPTS_MAX {
        if machine.status == StateMachineStatus::Deleting {
            let deleting = StateMachineIsDeleting { arn: arn.to_owned() };
            return Err(ApiError::Rejected(VersionRejection::Deleting(deleting)));
        }
        let mut versions = MachineVersions::clone(&machine.versions);
        let answer = change(&mut versions).map_err(|conflict| {
            ApiError::Rejected(VersionRejection::from_conflict(conflict, arn))
        })?;
        if versions == *machine.versions {
            return Ok(answer);
        }
        versions.changes += 1;
        if ports.replace_versions(&machine.name, versions).await? {
            return Ok(answer);
        }
        machine = ports.load_machine(&machine.name).await?.ok_or_else(|| {
            let arn = arn.to_owned();
            ApiError::Rejected(VersionRejection::ResourceNotFound { arn })
        })?;
    }
    let arn = arn.to_owned();
    Err(ApiError::Rejected(VersionRejection::ConcurrentChange { arn }))
}
