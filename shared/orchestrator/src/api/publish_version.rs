//! `PublishStateMachineVersion`.

use std::sync::Arc;

use model::{
    RevisionId, StateMachine, StateMachineVersion, Timestamp, VersionNumber, VersionPublication,
};

use super::{
    VersionRejection, change_versions::change_versions, unlabelled_arn::parse_unlabelled_arn,
};
use crate::{
    ApiError, EngineContext, StateMachineNotFound,
    executions::{check_is_active, load_machine_by_arn},
    ports::{Clock, StateMachineStore},
};

/// The `revisionId` of a revision that was never updated.
///
/// Spec: API reference, `PublishStateMachineVersion` § revisionId.
const INITIAL: &str = "INITIAL";

/// A request to publish the newest revision of a state machine.
///
/// Spec: API reference, `PublishStateMachineVersion`.
#[derive(Clone, Debug)]
pub struct PublishVersion {
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// The revision that must be the newest one, if given.
    pub revision: Option<RevisionId>,
    /// The version's description.
    pub publication: VersionPublication,
}

/// A version that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    /// The version's ARN.
    pub arn: String,
    /// When it was published; for a repeated call, when it was published the first time.
    pub created_at: Timestamp,
}

/// Publishes the newest revision. A revision that has a version keeps it, with its description.
pub async fn publish_state_machine_version<P>(
    ports: &P,
    context: &EngineContext,
    request: PublishVersion,
) -> Result<PublishedVersion, ApiError<VersionRejection>>
where
    P: StateMachineStore + Clock + Sync,
{
    let PublishVersion { state_machine_arn, revision, publication } = request;
    let arn = parse_unlabelled_arn(&state_machine_arn)
        .map_err(|error| ApiError::Rejected(VersionRejection::Arn(error)))?;
    let machine = load_machine_by_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| {
        let none = StateMachineNotFound { arn: state_machine_arn.clone() };
        ApiError::Rejected(VersionRejection::DoesNotExist(none))
    })?;
    let machine = check_is_active(machine, state_machine_arn.clone())
        .map_err(|deleting| ApiError::Rejected(VersionRejection::Deleting(deleting)))?;
    let newest = &machine.revision;
    let shown = if newest.initial { RevisionId::new(INITIAL) } else { newest.id.clone() };
    if let Some(asked) = revision
        && asked != shown
    {
        let changed = VersionRejection::revision_has_changed(&asked, &shown);
        return Err(ApiError::Rejected(changed));
    }
    let (number, created_at) =
        publish_revision(ports, &state_machine_arn, machine, publication).await?;
    Ok(PublishedVersion { arn: format!("{state_machine_arn}:{number}"), created_at })
}

/// Publishes the revision of a machine, unless it has a version. Returns the number of its version,
/// and when that was published.
pub(super) async fn publish_revision<P>(
    ports: &P,
    arn: &str,
    machine: Arc<StateMachine>,
    publication: VersionPublication,
) -> Result<(VersionNumber, Timestamp), ApiError<VersionRejection>>
where
    P: StateMachineStore + Clock + Sync,
{
    let version = StateMachineVersion {
        revision: machine.revision.id.clone(),
        description: publication.description,
        created_at: ports.now(),
    };
    change_versions(ports, arn, machine, |versions| {
        let number = versions.publish_version(version.clone())?;
        let published = versions.versions.get(&number);
        Ok((number, published.map_or(version.created_at, |published| published.created_at)))
    })
    .await
}
