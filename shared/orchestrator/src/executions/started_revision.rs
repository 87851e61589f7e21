//! Which revision of a machine a start gets.

use std::sync::Arc;

use model::{
    ArnQualifier, MachineVersions, Revision, StartedVersion, StateMachine, StateMachineVersion,
    VersionNumber,
};

use crate::{
    Fault,
    ports::{RandomSource, StateMachineStore},
};

/// The revision that an execution is started with.
#[derive(Clone, Debug)]
pub(crate) struct StartedRevision {
    /// The revision.
    pub(crate) revision: Arc<Revision>,
    /// The version that it is; none if the ARN named none.
    pub(crate) version: Option<StartedVersion>,
}

/// Finds what the qualifier of an ARN names. An alias draws one of its versions. Returns none if there
/// is no such version or alias.
pub(crate) async fn find_started_revision<P>(
    ports: &P,
    machine: &StateMachine,
    qualifier: Option<&ArnQualifier>,
) -> Result<Option<StartedRevision>, Fault>
where
    P: StateMachineStore + RandomSource + Sync,
{
    let version = match qualifier {
        None => {
            let revision = Arc::new(machine.revision.clone());
            return Ok(Some(StartedRevision { revision, version: None }));
        }
        Some(ArnQualifier::Version(number)) => StartedVersion { number: *number, alias: None },
        Some(ArnQualifier::Alias(name)) => match machine.versions.aliases.get(name) {
            Some(alias) => StartedVersion {
                number: alias.routing.choose_version(ports.random_seed()),
                alias: Some(name.clone()),
            },
            None => return Ok(None),
        },
    };
    let loaded = load_version(ports, &machine.versions, version.number).await?;
    Ok(loaded.map(|(_, revision)| StartedRevision { revision, version: Some(version) }))
}

/// Loads a version and its revision. Returns none if there is no such version.
pub(crate) async fn load_version<'v>(
    machines: &impl StateMachineStore,
    versions: &'v MachineVersions,
    number: VersionNumber,
) -> Result<Option<(&'v StateMachineVersion, Arc<Revision>)>, Fault> {
    let Some(version) = versions.versions.get(&number) else { return Ok(None) };
    let revision = machines.load_revision(&version.revision).await?;
    // Without its revision, the machine has been deleted since.
    Ok(revision.map(|revision| (version, revision)))
}
