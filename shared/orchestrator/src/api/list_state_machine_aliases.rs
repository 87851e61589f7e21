//! `ListStateMachineAliases`.

use model::{AliasName, ArnQualifier, StateMachineArn, Timestamp};

use super::VersionRejection;
use crate::{
    ApiError, EngineContext, StateMachineNotFound,
    executions::{check_is_active, load_machine_of_qualified_arn},
    ports::StateMachineStore,
};

/// A page of aliases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AliasPage {
    /// The names of the aliases and when they were created, by name.
    pub aliases: Vec<(AliasName, Timestamp)>,
    /// The alias after which the next page begins; none on the last page.
    pub next: Option<AliasName>,
}

/// Returns at most `limit` aliases of a machine, or of those that route to a version if the ARN is
/// that of a version; those after the one named `after`.
pub async fn list_state_machine_aliases<P>(
    ports: &P,
    context: &EngineContext,
    state_machine_arn: &str,
    limit: u32,
    after: Option<AliasName>,
) -> Result<AliasPage, ApiError<VersionRejection>>
where
    P: StateMachineStore + Sync,
{
    let text = || state_machine_arn.to_owned();
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(VersionRejection::invalid_arn(error)))?;
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| {
        let none = StateMachineNotFound { arn: text() };
        ApiError::Rejected(VersionRejection::DoesNotExist(none))
    })?;
    let machine = check_is_active(machine, text())
        .map_err(|deleting| ApiError::Rejected(VersionRejection::Deleting(deleting)))?;
    let versions = &machine.versions;
    let version = match &arn.qualifier {
        None => None,
        Some(ArnQualifier::Version(number)) if versions.versions.contains_key(number) => {
            Some(*number)
        }
        Some(ArnQualifier::Version(_) | ArnQualifier::Alias(_)) => {
            return Err(ApiError::Rejected(VersionRejection::ResourceNotFound { arn: text() }));
        }
    };
    let mut rest = versions.aliases.iter().filter(|(name, alias)| {
        after.as_ref().is_none_or(|after| *name > after)
            && version.is_none_or(|number| alias.routing.routes_to(number))
    });
    let page = rest.by_ref().take(limit as usize);
    let aliases: Vec<_> = page.map(|(name, alias)| (name.clone(), alias.created_at)).collect();
    let next = rest.next().and_then(|_| aliases.last()).map(|(name, _)| name.clone());
    Ok(AliasPage { aliases, next })
}
