//! `CreateStateMachineAlias`, `UpdateStateMachineAlias`, `DescribeStateMachineAlias`,
//! `DeleteStateMachineAlias`, `ListStateMachineAliases`.

use model::{
    AliasName, AliasRoute, StateMachineArn,
    limits::{NAME_CHARS_MAX, PAGE_TOKEN_CHARS_MAX},
};
use orchestrator::{
    EngineContext,
    api::{
        CreateAlias, RequestedRoute, UpdateAlias, create_state_machine_alias,
        delete_state_machine_alias, describe_state_machine_alias, list_state_machine_aliases,
        update_state_machine_alias,
    },
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    OperationResult, check_next_token, empty_response, print_response, read_request,
    version::check_description,
};
use crate::{
    page_token::{PageTokenScope, invalid_page_token},
    request_constraints::{RequestConstraints, ValueSensitivity},
};

/// Spec: API reference, `CreateStateMachineAlias` § routingConfiguration.
const ROUTES_MAX: usize = 2;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateStateMachineAliasInput {
    description: Option<String>,
    name: Option<String>,
    routing_configuration: Option<Vec<RouteInput>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RouteInput {
    state_machine_version_arn: Option<String>,
    weight: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AliasShape {
    state_machine_alias_arn: String,
    creation_date: f64,
}

/// Checks the items of `routingConfiguration`.
fn check_routes(
    constraints: &mut RequestConstraints,
    routes: Vec<RouteInput>,
) -> Vec<RequestedRoute> {
    const AT: &str = "routingConfiguration";
    constraints.check_item_count(AT, routes.len(), 1..=ROUTES_MAX, || print_routes(&routes));
    let mut checked = Vec::new();
    for (position, RouteInput { state_machine_version_arn, weight }) in (1..).zip(routes) {
        let at = |member: &str| format!("{AT}.{position}.member.{member}");
        let version_arn =
            constraints.require_arn(&at("stateMachineVersionArn"), state_machine_version_arn);
        constraints.check_range(&at("weight"), weight, 0..=100);
        let weight = constraints.require_member(&at("weight"), weight);
        checked.push(RequestedRoute { version_arn, weight });
    }
    checked
}

/// Prints routes as AWS does where it quotes them.
fn print_routes(routes: &[RouteInput]) -> String {
    let print = |RouteInput { state_machine_version_arn: arn, weight }: &RouteInput| {
        let arn = arn.as_deref().unwrap_or("null");
        let weight = weight.map_or_else(|| "null".to_owned(), |weight| weight.to_string());
        format!("RoutingConfigurationListItem(stateMachineVersionArn={arn}, weight={weight})")
    };
    format!("[{}]", routes.iter().map(print).collect::<Vec<_>>().join(", "))
}

pub(crate) async fn handle_create_state_machine_alias<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let CreateStateMachineAliasInput { description, name, routing_configuration } =
        read_request(body)?;
    let mut constraints = RequestConstraints::default();
    check_description(&mut constraints, description.as_deref());
    let at = "name";
    constraints.check_length(at, name.as_deref(), 1..=NAME_CHARS_MAX, ValueSensitivity::Public);
    let follows = AliasName::has_valid_chars;
    constraints.check_pattern(at, name.as_deref(), follows, AliasName::PATTERN);
    let name = constraints.require_member(at, name);
    let routes = match routing_configuration {
        Some(routes) => check_routes(&mut constraints, routes),
        None => constraints.require_member("routingConfiguration", None),
    };
    constraints.into_result()?;
    let name = AliasName::parse(&name).expect("its length and its characters were checked");
    let created =
        create_state_machine_alias(ports, context, CreateAlias { name, description, routes })
            .await?;
    Ok(print_response(&AliasShape {
        state_machine_alias_arn: created.arn,
        creation_date: created.created_at.as_epoch_seconds(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateStateMachineAliasInput {
    state_machine_alias_arn: Option<String>,
    description: Option<String>,
    routing_configuration: Option<Vec<RouteInput>>,
}

pub(crate) async fn handle_update_state_machine_alias<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let UpdateStateMachineAliasInput {
        state_machine_alias_arn,
        description,
        routing_configuration,
    } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let alias_arn = constraints.require_arn("stateMachineAliasArn", state_machine_alias_arn);
    check_description(&mut constraints, description.as_deref());
    let routes = routing_configuration.map(|routes| check_routes(&mut constraints, routes));
    constraints.into_result()?;
    let request = UpdateAlias { alias_arn, description, routes };
    let updated_at = update_state_machine_alias(ports, context, request).await?;
    Ok(print_response(&json!({ "updateDate": updated_at.as_epoch_seconds() })))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StateMachineAliasInput {
    state_machine_alias_arn: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeStateMachineAliasOutput<'a> {
    state_machine_alias_arn: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    routing_configuration: Vec<RouteOutput>,
    creation_date: f64,
    update_date: f64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RouteOutput {
    state_machine_version_arn: String,
    weight: u8,
}

pub(crate) async fn handle_describe_state_machine_alias<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let alias_arn = read_alias_arn(body)?;
    let described = describe_state_machine_alias(ports, context, &alias_arn).await?;
    let (machine, alias) = (described.machine.name.as_str(), &described.alias);
    let account_region = &context.settings.account_region;
    let route = |AliasRoute { version, weight }| RouteOutput {
        state_machine_version_arn: account_region.version_arn(machine, version),
        weight,
    };
    Ok(print_response(&DescribeStateMachineAliasOutput {
        state_machine_alias_arn: &alias_arn,
        name: described.name.as_str(),
        description: alias.description.as_deref(),
        routing_configuration: alias.routing.routes().map(route).collect(),
        creation_date: alias.created_at.as_epoch_seconds(),
        update_date: alias.updated_at.as_epoch_seconds(),
    }))
}

pub(crate) async fn handle_delete_state_machine_alias<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let alias_arn = read_alias_arn(body)?;
    delete_state_machine_alias(ports, context, &alias_arn).await?;
    Ok(empty_response())
}

fn read_alias_arn(body: &[u8]) -> Result<String, crate::api_exception::ApiException> {
    let StateMachineAliasInput { state_machine_alias_arn } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = constraints.require_arn("stateMachineAliasArn", state_machine_alias_arn);
    constraints.into_result()?;
    Ok(arn)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachineAliasesInput {
    state_machine_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachineAliasesOutput {
    state_machine_aliases: Vec<AliasShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(crate) async fn handle_list_state_machine_aliases<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request: ListStateMachineAliasesInput = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let arn = constraints.require_arn("stateMachineArn", request.state_machine_arn);
    let limit = constraints.check_page_size(request.max_results);
    check_next_token(&mut constraints, request.next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    let scope = ["ListStateMachineAliases", &arn];
    let scope = PageTokenScope(&scope);
    let after = match request.next_token {
        Some(token) => {
            let name = AliasName::parse(&scope.decode_page_token(&token, ports.now())?);
            Some(name.ok_or_else(invalid_page_token)?)
        }
        None => None,
    };
    let page = list_state_machine_aliases(ports, context, &arn, limit, after).await?;
    let machine = StateMachineArn::parse(&arn).map(|arn| arn.name.to_string()).unwrap_or_default();
    let aliases = page.aliases.iter().map(|(name, created_at)| AliasShape {
        state_machine_alias_arn: context.settings.account_region.alias_arn(&machine, name),
        creation_date: created_at.as_epoch_seconds(),
    });
    Ok(print_response(&ListStateMachineAliasesOutput {
        state_machine_aliases: aliases.collect(),
        next_token: page.next.map(|name| scope.encode_page_token(name.as_str(), ports.now())),
    }))
}
