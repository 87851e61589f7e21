//! `CreateStateMachine`, `UpdateStateMachine`, `DescribeStateMachine`,
//! `DescribeStateMachineForExecution`, `ListStateMachines`, `DeleteStateMachine`.

mod settings;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Revision, StateMachineType, StateName,
    limits::{DEFINITION_BYTES_MAX, NAME_CHARS_MAX, PAGE_TOKEN_CHARS_MAX},
};
use orchestrator::{
    EngineContext,
    api::{
        CreateStateMachine, UpdateStateMachine, create_state_machine, delete_state_machine,
        describe_state_machine, describe_state_machine_for_execution, list_state_machines,
        update_state_machine,
    },
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::settings::StateMachineSettingsInput;
use super::{
    IncludedData, OperationResult, check_next_token, empty_response, encryption::EncryptionOutput,
    print_response, read_request, tag::TagShape,
};
use crate::{
    api_exception::ApiException,
    page_token::PageTokenScope,
    request_constraints::{RequestConstraints, ValueSensitivity},
};

/// The definition in a response that shows metadata only.
const NO_DEFINITION: &str = "{}";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateStateMachineInput {
    name: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    r#type: Option<String>,
    tags: Option<Vec<TagShape>>,
    #[serde(flatten)]
    settings: StateMachineSettingsInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateStateMachineOutput<'a> {
    state_machine_arn: &'a str,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a str>,
}

impl TryFrom<CreateStateMachineInput> for CreateStateMachine {
    type Error = ApiException;

    fn try_from(request: CreateStateMachineInput) -> Result<Self, ApiException> {
        let CreateStateMachineInput { name, definition, role_arn, r#type, tags, settings } =
            request;
        let mut constraints = RequestConstraints::default();
        constraints.check_length(
            "name",
            name.as_deref(),
            1..=NAME_CHARS_MAX,
            ValueSensitivity::Public,
        );
        let name = constraints.require_member("name", name);
        check_definition(&mut constraints, definition.as_deref());
        let definition = constraints.require_member("definition", definition);
        let role_arn = constraints.require_arn("roleArn", role_arn);
        let machine_type = check_machine_type(&mut constraints, "type", r#type.as_deref());
        let tags = TagShape::check_tags(&mut constraints, tags.unwrap_or_default());
        let settings = settings.into_settings(&mut constraints);
        constraints.into_result()?;
        Ok(Self { name, machine_type, definition, role_arn, settings, tags })
    }
}

pub(super) fn check_machine_type(
    constraints: &mut RequestConstraints,
    member: &'static str,
    value: Option<&str>,
) -> StateMachineType {
    let types = [StateMachineType::Standard, StateMachineType::Express];
    constraints.check_enum_value(member, value, &types.map(StateMachineType::as_str));
    types.into_iter().find(|known| value == Some(known.as_str())).unwrap_or_default()
}

pub(super) fn check_definition(constraints: &mut RequestConstraints, definition: Option<&str>) {
    constraints.check_length(
        "definition",
        definition,
        1..=DEFINITION_BYTES_MAX,
        ValueSensitivity::Sensitive,
    );
}

pub(crate) async fn handle_create_state_machine<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request = read_request::<CreateStateMachineInput>(body)?.try_into()?;
    let created = create_state_machine(ports, context, request).await?;
    Ok(print_response(&CreateStateMachineOutput {
        state_machine_arn: &created.arn,
        creation_date: created.created_at.as_epoch_seconds(),
        state_machine_version_arn: created.version_arn.as_deref(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateStateMachineInput {
    state_machine_arn: Option<String>,
    definition: Option<String>,
    role_arn: Option<String>,
    #[serde(flatten)]
    settings: StateMachineSettingsInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdateStateMachineOutput<'a> {
    update_date: f64,
    revision_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a str>,
}

impl TryFrom<UpdateStateMachineInput> for UpdateStateMachine {
    type Error = ApiException;

    fn try_from(request: UpdateStateMachineInput) -> Result<Self, ApiException> {
        let UpdateStateMachineInput { state_machine_arn, definition, role_arn, settings } = request;
        let mut constraints = RequestConstraints::default();
        let state_machine_arn = constraints.require_arn("stateMachineArn", state_machine_arn);
        check_definition(&mut constraints, definition.as_deref());
        constraints.check_length("roleArn", role_arn.as_deref(), 1..=256, ValueSensitivity::Public);
        let settings = settings.into_settings(&mut constraints);
        constraints.into_result()?;
        Ok(Self { state_machine_arn, definition, role_arn, settings })
    }
}

pub(crate) async fn handle_update_state_machine<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request = read_request::<UpdateStateMachineInput>(body)?.try_into()?;
    let updated = update_state_machine(ports, context, request).await?;
    Ok(print_response(&UpdateStateMachineOutput {
        update_date: updated.updated_at.as_epoch_seconds(),
        revision_id: updated.revision.as_str(),
        state_machine_version_arn: updated.version_arn.as_deref(),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeStateMachineInput {
    state_machine_arn: Option<String>,
    included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeStateMachineOutput<'a> {
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'static str,
    definition: &'a str,
    role_arn: &'a str,
    r#type: &'static str,
    creation_date: f64,
    logging_configuration: &'a Value,
    tracing_configuration: &'a Value,
    encryption_configuration: EncryptionOutput<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variable_references: VariableReferences,
}

pub(crate) async fn handle_describe_state_machine<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let DescribeStateMachineInput { state_machine_arn, included_data } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let state_machine_arn = constraints.require_arn("stateMachineArn", state_machine_arn);
    let included = IncludedData::check_included_data(&mut constraints, included_data.as_deref());
    constraints.into_result()?;
    let described = describe_state_machine(ports, context, &state_machine_arn).await?;
    let (machine, revision) = (&described.machine, &described.revision);
    Ok(print_response(&DescribeStateMachineOutput {
        state_machine_arn: &state_machine_arn,
        name: machine.name.as_str(),
        status: machine.status.as_str(),
        definition: included_definition(&revision.definition, included),
        role_arn: &revision.role_arn,
        r#type: machine.machine_type.as_str(),
        creation_date: described.created_at.as_epoch_seconds(),
        logging_configuration: &revision.logging,
        tracing_configuration: &revision.tracing,
        encryption_configuration: EncryptionOutput(revision.encryption.as_ref()),
        revision_id: (!revision.initial).then(|| revision.id.as_str()),
        description: described.description.as_deref(),
        variable_references: variable_references(context, revision),
    }))
}

/// The variables that each state reads, by the states' names.
///
/// Spec: API reference, `DescribeStateMachine` § `variableReferences`.
type VariableReferences = BTreeMap<StateName, BTreeSet<String>>;

/// The variable references of a revision; empty if its definition cannot be parsed.
fn variable_references(context: &EngineContext, revision: &Revision) -> VariableReferences {
    let definition = context.definitions.parse_revision(revision).ok();
    definition.map(|definition| definition.variable_references.clone()).unwrap_or_default()
}

fn included_definition(text: &str, included: IncludedData) -> &str {
    match included {
        IncludedData::AllData => text,
        IncludedData::MetadataOnly => NO_DEFINITION,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DescribeStateMachineForExecutionInput {
    execution_arn: Option<String>,
    included_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeStateMachineForExecutionOutput<'a> {
    state_machine_arn: String,
    name: &'a str,
    definition: &'a str,
    role_arn: &'a str,
    update_date: f64,
    logging_configuration: &'a Value,
    tracing_configuration: &'a Value,
    encryption_configuration: EncryptionOutput<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    variable_references: VariableReferences,
}

pub(crate) async fn handle_describe_state_machine_for_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let DescribeStateMachineForExecutionInput { execution_arn, included_data } =
        read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let execution_arn = constraints.require_arn("executionArn", execution_arn);
    let included = IncludedData::check_included_data(&mut constraints, included_data.as_deref());
    constraints.into_result()?;
    let described = describe_state_machine_for_execution(ports, context, &execution_arn).await?;
    let (machine, revision) = (&described.machine, &described.revision);
    Ok(print_response(&DescribeStateMachineForExecutionOutput {
        state_machine_arn: context.settings.account_region.state_machine_arn(machine.name.as_str()),
        name: machine.name.as_str(),
        definition: included_definition(&revision.definition, included),
        role_arn: &revision.role_arn,
        update_date: revision.created_at.as_epoch_seconds(),
        logging_configuration: &revision.logging,
        tracing_configuration: &revision.tracing,
        encryption_configuration: EncryptionOutput(revision.encryption.as_ref()),
        revision_id: (!revision.initial).then(|| revision.id.as_str()),
        variable_references: variable_references(context, revision),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachinesInput {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListStateMachinesOutput<'a> {
    state_machines: Vec<StateMachineListItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StateMachineListItem<'a> {
    state_machine_arn: String,
    name: &'a str,
    r#type: &'static str,
    creation_date: f64,
}

pub(crate) async fn handle_list_state_machines<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    const SCOPE: PageTokenScope<'_> = PageTokenScope(&["ListStateMachines"]);
    let ListStateMachinesInput { max_results, next_token } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let limit = constraints.check_page_size(max_results);
    check_next_token(&mut constraints, next_token.as_deref(), PAGE_TOKEN_CHARS_MAX);
    constraints.into_result()?;
    let after = SCOPE.decode_name(next_token, ports.now())?;
    let page = list_state_machines(ports, limit, after.as_ref()).await?;
    let machines = page.machines.iter().map(|machine| StateMachineListItem {
        state_machine_arn: context.settings.account_region.state_machine_arn(machine.name.as_str()),
        name: machine.name.as_str(),
        r#type: machine.machine_type.as_str(),
        creation_date: machine.created_at.as_epoch_seconds(),
    });
    Ok(print_response(&ListStateMachinesOutput {
        state_machines: machines.collect(),
        next_token: page.next.map(|name| SCOPE.encode_page_token(name.as_str(), ports.now())),
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteStateMachineInput {
    state_machine_arn: Option<String>,
}

pub(crate) async fn handle_delete_state_machine<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let DeleteStateMachineInput { state_machine_arn } = read_request(body)?;
    let mut constraints = RequestConstraints::default();
    let state_machine_arn = constraints.require_arn("stateMachineArn", state_machine_arn);
    constraints.into_result()?;
    delete_state_machine(ports, context, &state_machine_arn).await?;
    Ok(empty_response())
}
