//! `ListStateMachineVersions`.

use model::{Timestamp, VersionNumber};

use super::{VersionRejection, unlabelled_arn::parse_unlabelled_arn};
use crate::{ApiError, EngineContext, executions::load_machine_by_arn, ports::StateMachineStore};

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// The numbers of the versions and when they were published, newest first.
    pub versions: Vec<(VersionNumber, Timestamp)>,
    /// The version after which the next page begins; none on the last page.
    pub next: Option<VersionNumber>,
}

/// Returns at most `limit` versions, those older than `after`. As on AWS, a machine that does not
/// exist has an empty list.
///
/// Spec: API reference, `ListStateMachineVersions` § Errors: `StateMachineDoesNotExist` is none.
pub async fn list_state_machine_versions<P>(
    ports: &P,
    context: &EngineContext,
    state_machine_arn: &str,
    limit: u32,
    after: Option<VersionNumber>,
) -> Result<VersionPage, ApiError<VersionRejection>>
where
    P: StateMachineStore + Sync,
{
    let arn = parse_unlabelled_arn(state_machine_arn)
        .map_err(|error| ApiError::Rejected(VersionRejection::Arn(error)))?;
    let Some(machine) = load_machine_by_arn(ports, &context.settings, &arn).await? else {
        return Ok(VersionPage::default());
    };
    let newest_first = machine.versions.versions.iter().rev();
    let mut rest = newest_first.filter(|(number, _)| after.is_none_or(|after| **number < after));
    let page = rest.by_ref().take(limit as usize);
    let versions: Vec<_> = page.map(|(number, version)| (*number, version.created_at)).collect();
    let next = rest.next().and_then(|_| versions.last()).map(|(number, _)| *number);
    Ok(VersionPage { versions, next })
}
