//! `CreateStateMachineAlias`, `UpdateStateMachineAlias`, `DescribeStateMachineAlias`,
//! `DeleteStateMachineAlias`.

use std::sync::Arc;

use model::{
    AliasName, AliasRouting, ArnQualifier, StateMachine, StateMachineAlias, StateMachineArn,
    Timestamp, VersionConflict,
};

use super::{
    RoutingRejection, VersionRejection, change_versions::change_versions,
    unlabelled_arn::parse_unlabelled_arn,
};
use crate::{
    ApiError, EngineContext,
    executions::load_machine_of_qualified_arn,
    ports::{Clock, StateMachineStore},
};

/// One item of a `routingConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedRoute {
    /// The version's ARN.
    pub version_arn: String,
    /// How many of a hundred starts it gets: 0–100, which the crate `protocol` has checked.
    pub weight: i64,
}

/// A request to create an alias.
///
/// Spec: API reference, `CreateStateMachineAlias`.
#[derive(Clone, Debug)]
pub struct CreateAlias {
    /// The alias's name.
    pub name: AliasName,
    /// Its description.
    pub description: Option<String>,
    /// One or two routes.
    pub routes: Vec<RequestedRoute>,
}

/// A request to update an alias. What is absent stays as it is.
///
/// Spec: API reference, `UpdateStateMachineAlias`.
#[derive(Clone, Debug)]
pub struct UpdateAlias {
    /// The alias's ARN.
    pub alias_arn: String,
    /// Its description.
    pub description: Option<String>,
    /// One or two routes.
    pub routes: Option<Vec<RequestedRoute>>,
}

/// An alias that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedAlias {
    /// The alias's ARN.
    pub arn: String,
    /// When it was created; for a repeated call, when it was created the first time.
    pub created_at: Timestamp,
}

/// An alias with the names in its ARN.
#[derive(Clone, Debug)]
pub struct DescribedAlias {
    /// The machine that has it.
    pub machine: Arc<StateMachine>,
    /// The alias's name.
    pub name: AliasName,
    /// The alias.
    pub alias: StateMachineAlias,
}

/// Creates an alias. Idempotent by name, description and routes.
pub async fn create_state_machine_alias<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateAlias,
) -> Result<CreatedAlias, ApiError<VersionRejection>>
where
    P: StateMachineStore + Clock + Sync,
{
    let CreateAlias { name, description, routes } = request;
    let (arn, routing) = parse_routes(&routes).map_err(ApiError::Rejected)?;
    let version_arn = arn.to_string();
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| no_resource(&version_arn))?;
    let alias_arn = context.settings.account_region.alias_arn(machine.name.as_str(), &name);
    let at = ports.now();
    let alias = StateMachineAlias { description, routing, created_at: at, updated_at: at };
    let created_at = change_versions(ports, &version_arn, machine, |versions| {
        versions.create_alias(name.clone(), alias.clone())
    });
    let created_at = created_at.await?;
    Ok(CreatedAlias { arn: alias_arn, created_at })
}

/// Updates an alias, and returns when it was last changed. An update that changes nothing leaves it
/// as it is.
pub async fn update_state_machine_alias<P>(
    ports: &P,
    context: &EngineContext,
    request: UpdateAlias,
) -> Result<Timestamp, ApiError<VersionRejection>>
where
    P: StateMachineStore + Clock + Sync,
{
    let UpdateAlias { alias_arn, description, routes } = request;
    let (arn, name) = parse_alias_arn(&alias_arn).map_err(ApiError::Rejected)?;
    if description.is_none() && routes.is_none() {
        return Err(ApiError::Rejected(VersionRejection::NothingToUpdate));
    }
    let routing = match &routes {
        Some(routes) => {
            let (of, routing) = parse_routes(routes).map_err(ApiError::Rejected)?;
            if (&of.account_region, &of.name) != (&arn.account_region, &arn.name) {
                let other = RoutingRejection::OtherMachine(version_arns(routes));
                return Err(ApiError::Rejected(VersionRejection::Routing(other)));
            }
            Some(routing)
        }
        None => None,
    };
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| no_resource(&alias_arn))?;
    let at = ports.now();
    change_versions(ports, &alias_arn, machine, |versions| {
        versions.update_alias(&name, description.clone(), routing, at)
    })
    .await
}

/// Returns an alias.
pub async fn describe_state_machine_alias<P>(
    ports: &P,
    context: &EngineContext,
    alias_arn: &str,
) -> Result<DescribedAlias, ApiError<VersionRejection>>
where
    P: StateMachineStore + Sync,
{
    let (arn, name) = parse_alias_arn(alias_arn).map_err(ApiError::Rejected)?;
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| no_resource(alias_arn))?;
    let alias = machine.versions.aliases.get(&name).cloned();
    let alias = alias.ok_or_else(|| no_resource(alias_arn))?;
    Ok(DescribedAlias { machine, name, alias })
}

/// Deletes an alias. The versions to which it routes stay.
pub async fn delete_state_machine_alias<P>(
    ports: &P,
    context: &EngineContext,
    alias_arn: &str,
) -> Result<(), ApiError<VersionRejection>>
where
    P: StateMachineStore + Sync,
{
    let (arn, name) = parse_alias_arn(alias_arn).map_err(ApiError::Rejected)?;
    let machine = load_machine_of_qualified_arn(ports, &context.settings, &arn).await?;
    let machine = machine.ok_or_else(|| no_resource(alias_arn))?;
    change_versions(ports, alias_arn, machine, |versions| {
        versions.aliases.remove(&name).map(|_| ()).ok_or(VersionConflict::NoSuchAlias)
    })
    .await
}

fn no_resource(arn: &str) -> ApiError<VersionRejection> {
    ApiError::Rejected(VersionRejection::ResourceNotFound { arn: arn.to_owned() })
}

fn parse_alias_arn(text: &str) -> Result<(StateMachineArn, AliasName), VersionRejection> {
    let arn = parse_unlabelled_arn(text).map_err(VersionRejection::Arn)?;
    match &arn.qualifier {
        Some(ArnQualifier::Alias(name)) => {
            let name = name.clone();
            Ok((arn, name))
        }
        Some(ArnQualifier::Version(_)) | None => {
            Err(VersionRejection::ResourceNotFound { arn: text.to_owned() })
        }
    }
}

/// Checks routes in AWS's order. Returns the ARN of the first version, and the routing.
fn parse_routes(
    routes: &[RequestedRoute],
) -> Result<(StateMachineArn, AliasRouting), VersionRejection> {
    let refuse = |rejection| Err(VersionRejection::Routing(rejection));
    let mut versions = Vec::new();
    for RequestedRoute { version_arn, .. } in routes {
        let arn = parse_unlabelled_arn(version_arn).map_err(VersionRejection::Arn)?;
        match arn.qualifier {
            Some(ArnQualifier::Version(number)) => versions.push((arn, number)),
            Some(ArnQualifier::Alias(_)) | None => {
                return refuse(RoutingRejection::NotVersions(version_arns(routes)));
            }
        }
    }
    if let [(one, _), (other, _)] = versions.as_slice() {
        if one == other {
            return refuse(RoutingRejection::NotDistinct(version_arns(routes)));
        }
        if (&one.account_region, &one.name) != (&other.account_region, &other.name) {
            return refuse(RoutingRejection::OtherMachine(version_arns(routes)));
        }
    }
    let weights: Vec<i64> = routes.iter().map(|route| route.weight).collect();
    let numbers: Vec<_> = versions.iter().map(|(_, number)| *number).collect();
    let routing = match (weights.iter().sum(), numbers.as_slice()) {
        (100, [one]) => Some(AliasRouting::to_one(*one)),
        (100, [one, other]) => {
            let weight = u8::try_from(weights[0]).ok();
            weight.and_then(|weight| AliasRouting::to_two((*one, weight), *other))
        }
        _ => None,
    };
    match (versions.into_iter().next(), routing) {
        (Some((arn, _)), Some(routing)) => Ok((arn, routing)),
        (None, _) | (_, None) => refuse(RoutingRejection::WeightSum(weights)),
    }
}

fn version_arns(routes: &[RequestedRoute]) -> Vec<String> {
    routes.iter().map(|route| route.version_arn.clone()).collect()
}
