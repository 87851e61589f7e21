//! `DeleteStateMachineVersion`.

use model::ArnQualifier;

use super::{
    VersionRejection, change_versions::change_versions, unlabelled_arn::parse_unlabelled_arn,
};
use crate::{
    ApiError, EngineContext, executions::load_machine_of_qualified_arn, ports::StateMachineStore,
};

/// Deletes a version. Does nothing if it does not exist. Its executions go on.
pub async fn delete_state_machine_version<P>(
    ports: &P,
    context: &EngineContext,
    version_arn: &str,
) -> Result<(), ApiError<VersionRejection>>
where
    P: StateMachineStore + Sync,
{
    let arn = parse_unlabelled_arn(version_arn)
        .map_err(|error| ApiError::Rejected(VersionRejection::Arn(error)))?;
    let Some(ArnQualifier::Version(number)) = arn.qualifier else {
        let arn = version_arn.to_owned();
        return Err(ApiError::Rejected(VersionRejection::NotAVersion { arn }));
    };
    match load_machine_of_qualified_arn(ports, &context.settings, &arn).await? {
        Some(machine) => {
            let delete = |versions: &mut model::MachineVersions| versions.delete_version(number);
            change_versions(ports, version_arn, machine, delete).await
        }
        None => Ok(()),
    }
}
