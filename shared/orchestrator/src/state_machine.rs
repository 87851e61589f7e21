//! `CreateStateMachine`, `UpdateStateMachine`, `DescribeStateMachine`, `DeleteStateMachine`.

use std::sync::Arc;

use asl::Definition;
use model::{
    MachineType, ResourceName, Revision, RevisionId, StateMachine, StateMachineArn, Timestamp,
};
use serde_json::{Value, json};
use uuid::Builder;

use crate::{
    ApiError, CreateRejection, DeleteRejection, EngineContext, LabelledArn, NoStateMachine,
    SettingsRejection, StateMachineRejection, TAGS_MAX, TooManyTags, UpdateRejection,
    ports::{Clock, MachineCreation, RandomSource, StateMachineStore},
    query::machine_here,
};

/// What a caller asks for.
///
/// Spec: API reference, `CreateStateMachine`.
#[derive(Clone, Debug)]
pub struct CreateStateMachine {
    /// The machine's name.
    pub name: String,
    /// Its type.
    pub machine_type: MachineType,
    /// The definition.
    pub definition: String,
    /// The role that executions assume.
    pub role_arn: String,
    /// The rest.
    pub settings: StateMachineSettings,
    /// Keys and values.
    pub tags: Vec<(String, String)>,
}

/// What a caller asks for; what is left out stays as it is.
///
/// Spec: API reference, `UpdateStateMachine`.
#[derive(Clone, Debug)]
pub struct UpdateStateMachine {
    /// Which machine.
    pub state_machine_arn: String,
    /// The definition.
    pub definition: Option<String>,
    /// The role that executions assume.
    pub role_arn: Option<String>,
    /// The rest.
    pub settings: StateMachineSettings,
}

/// What a machine has beside definition and role.
#[derive(Clone, Debug, Default)]
pub struct StateMachineSettings {
    /// `loggingConfiguration`
    pub logging: Option<LoggingConfiguration>,
    /// `tracingConfiguration`
    pub tracing: Option<TracingConfiguration>,
    /// `encryptionConfiguration`
    pub encryption: Option<EncryptionType>,
    /// Whether to publish a version, described so.
    pub version: Option<VersionRequest>,
}

/// `publish`, `versionDescription`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionRequest {
    /// A version is to be published.
    Publish,
    /// None is, but one is described.
    DescribeOnly,
}

/// `loggingConfiguration`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggingConfiguration {
    /// `ALL`, `ERROR`, `FATAL`, `OFF`; the protocol has checked it.
    pub level: String,
    /// Whether inputs and outputs are logged.
    pub include_execution_data: bool,
    /// ARNs of log groups.
    pub log_groups: Vec<String>,
}

/// `tracingConfiguration`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracingConfiguration {
    /// Whether executions are traced by X-Ray.
    pub enabled: bool,
}

/// `encryptionConfiguration`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionType {
    /// `AWS_OWNED_KEY`: as the store encrypts.
    Owned,
    /// `CUSTOMER_MANAGED_KMS_KEY`
    CustomerManaged,
}

/// The machine is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedStateMachine {
    /// Its ARN.
    pub arn: String,
    /// Since when.
    pub created_at: Timestamp,
}

/// The machine is up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatedStateMachine {
    /// Since when.
    pub updated_at: Timestamp,
    /// Its revision.
    pub revision: RevisionId,
}

/// Creates a state machine. Idempotent by name: a repeat that differs in nothing but role and tags
/// gives the first answer and changes nothing.
pub async fn create_state_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateStateMachine,
) -> Result<CreatedStateMachine, ApiError<CreateRejection>>
where
    P: StateMachineStore + Clock + RandomSource + Sync,
{
    let (machine, definition) = new_machine(ports, context, request).map_err(ApiError::Rejected)?;
    let arn = context.account_region.state_machine_arn(machine.name.as_str());
    match ports.create_machine(machine.clone()).await? {
        MachineCreation::Done => {
            context.definitions.insert(machine.revision.id, Arc::new(definition));
            Ok(CreatedStateMachine { arn, created_at: machine.created_at })
        }
        MachineCreation::Exists(earlier) if is_same(&earlier, &machine) => {
            Ok(CreatedStateMachine { arn, created_at: earlier.created_at })
        }
        MachineCreation::Exists(_) => {
            Err(ApiError::Rejected(CreateRejection::AlreadyExists { arn }))
        }
    }
}

/// Updates a state machine. Executions that run keep their definition and role. An update that
/// changes nothing makes no revision, unless it is the first: the revision without an id is that of
/// a machine that was never updated.
pub async fn update_state_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: UpdateStateMachine,
) -> Result<UpdatedStateMachine, ApiError<UpdateRejection>>
where
    P: StateMachineStore + Clock + RandomSource + Sync,
{
    let (arn, definition) = check_update(&request).map_err(ApiError::Rejected)?;
    let UpdateStateMachine { state_machine_arn, definition: text, role_arn, settings } = request;
    let Some(machine) = machine_here(ports, context, &arn).await? else {
        return Err(ApiError::Rejected(UpdateRejection::DoesNotExist(NoStateMachine {
            arn: state_machine_arn,
        })));
    };
    let mut updated = StateMachine::clone(&machine);
    let revision = &mut updated.revision;
    revision.definition = text.map_or_else(|| Arc::clone(&revision.definition), Arc::from);
    revision.role_arn = role_arn.unwrap_or_else(|| revision.role_arn.clone());
    updated.logging = settings.logging.as_ref().map_or(updated.logging, logging_value);
    updated.tracing = settings.tracing.map_or(updated.tracing, tracing_value);
    updated.encryption = settings.encryption.map(encryption_value).or(updated.encryption);
    if updated != *machine || machine.revision.initial {
        updated.revision.id = random_revision(ports);
        updated.revision.initial = false;
        updated.revision.created_at = ports.now();
        ports.put_machine(updated.clone()).await?;
        if let Some(definition) = definition {
            context.definitions.insert(updated.revision.id.clone(), Arc::new(definition));
        }
    }
    let Revision { id, created_at, .. } = updated.revision;
    Ok(UpdatedStateMachine { updated_at: created_at, revision: id })
}

/// `DescribeStateMachine`
pub async fn describe_state_machine(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<Arc<StateMachine>, ApiError<StateMachineRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(StateMachineRejection::InvalidArn(error)))?;
    machine_here(ports, context, &arn).await?.ok_or_else(|| {
        let arn = state_machine_arn.to_owned();
        ApiError::Rejected(StateMachineRejection::DoesNotExist(NoStateMachine { arn }))
    })
}

/// `DeleteStateMachine`: a machine that is not there is deleted.
pub async fn delete_state_machine(
    ports: &impl StateMachineStore,
    context: &EngineContext,
    state_machine_arn: &str,
) -> Result<(), ApiError<DeleteRejection>> {
    let arn = StateMachineArn::parse(state_machine_arn)
        .map_err(|error| ApiError::Rejected(DeleteRejection::InvalidArn(error)))?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(ApiError::Rejected(DeleteRejection::Labelled(LabelledArn { arn })));
    }
    if arn.qualifier.is_none() && arn.account_region == context.account_region {
        ports.delete_machine(&arn.name).await?;
    }
    Ok(())
}

fn new_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateStateMachine,
) -> Result<(StateMachine, Definition), CreateRejection>
where
    P: Clock + RandomSource,
{
    let name = ResourceName::parse(&request.name).map_err(CreateRejection::InvalidName)?;
    if request.tags.len() > TAGS_MAX {
        let arn = context.account_region.state_machine_arn(name.as_str());
        return Err(CreateRejection::TooManyTags(TooManyTags { arn }));
    }
    check_role(&request.role_arn).map_err(CreateRejection::Settings)?;
    check_settings(&request.settings).map_err(CreateRejection::Settings)?;
    let definition = parse(&request.definition).map_err(CreateRejection::Settings)?;
    let now = ports.now();
    let machine = StateMachine {
        name,
        machine_type: request.machine_type,
        created_at: now,
        revision: Revision {
            id: random_revision(ports),
            initial: true,
            definition: request.definition.into(),
            role_arn: request.role_arn,
            created_at: now,
        },
        logging: request.settings.logging.as_ref().map_or_else(default_logging, logging_value),
        tracing: tracing_value(
            request.settings.tracing.unwrap_or(TracingConfiguration { enabled: false }),
        ),
        encryption: request.settings.encryption.map(encryption_value),
        tags: crate::tag::merge_tags(Vec::new(), request.tags),
    };
    Ok((machine, definition))
}

/// Spec: API reference, `CreateStateMachine` § idempotency.
fn is_same(one: &StateMachine, other: &StateMachine) -> bool {
    one.revision.definition == other.revision.definition
        && one.machine_type == other.machine_type
        && one.logging == other.logging
        && one.tracing == other.tracing
        && one.encryption == other.encryption
}

fn check_update(
    request: &UpdateStateMachine,
) -> Result<(StateMachineArn, Option<Definition>), UpdateRejection> {
    let UpdateStateMachine { state_machine_arn, definition, role_arn, settings } = request;
    let arn = StateMachineArn::parse(state_machine_arn).map_err(UpdateRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = state_machine_arn.clone();
        return Err(UpdateRejection::Labelled(LabelledArn { arn }));
    }
    let is_empty = definition.is_none()
        && role_arn.is_none()
        && settings.logging.is_none()
        && settings.tracing.is_none()
        && settings.encryption.is_none();
    if is_empty {
        return Err(UpdateRejection::NothingToUpdate);
    }
    role_arn.as_deref().map_or(Ok(()), check_role).map_err(UpdateRejection::Settings)?;
    check_settings(settings).map_err(UpdateRejection::Settings)?;
    let definition =
        definition.as_deref().map(parse).transpose().map_err(UpdateRejection::Settings)?;
    Ok((arn, definition))
}

fn parse(definition: &str) -> Result<Definition, SettingsRejection> {
    asl::parse_definition(definition).map_err(SettingsRejection::InvalidDefinition)
}

/// `arn:<partition>:iam::<account>:role/<path and name>`
pub(crate) fn check_role(role_arn: &str) -> Result<(), SettingsRejection> {
    let parts: Vec<&str> = role_arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", _, resource]
            if partition.starts_with("aws") && resource.starts_with("role/") =>
        {
            Ok(())
        }
        _ => Err(SettingsRejection::InvalidRoleArn(role_arn.to_owned())),
    }
}

fn check_settings(settings: &StateMachineSettings) -> Result<(), SettingsRejection> {
    let StateMachineSettings { logging, tracing: _, encryption, version } = settings;
    match version {
        Some(VersionRequest::Publish) => return Err(SettingsRejection::Publish),
        Some(VersionRequest::DescribeOnly) => {
            return Err(SettingsRejection::DescriptionWithoutPublish);
        }
        None => {}
    }
    if let Some(LoggingConfiguration { level, log_groups, .. }) = logging {
        let is_off = level == "OFF" && log_groups.is_empty();
        if !is_off && log_groups.len() != 1 {
            return Err(SettingsRejection::LogDestination);
        }
    }
    match encryption {
        Some(EncryptionType::CustomerManaged) => Err(SettingsRejection::CustomerManagedKey),
        Some(EncryptionType::Owned) | None => Ok(()),
    }
}

fn default_logging() -> Value {
    let level = "OFF".to_owned();
    logging_value(&LoggingConfiguration {
        level,
        include_execution_data: false,
        log_groups: Vec::new(),
    })
}

fn logging_value(logging: &LoggingConfiguration) -> Value {
    let LoggingConfiguration { level, include_execution_data, log_groups } = logging;
    let mut value = json!({ "level": level, "includeExecutionData": include_execution_data });
    if !log_groups.is_empty() {
        let destinations: Vec<Value> = log_groups
            .iter()
            .map(|arn| json!({ "cloudWatchLogsLogGroup": { "logGroupArn": arn } }))
            .collect();
        value["destinations"] = destinations.into();
    }
    value
}

fn tracing_value(tracing: TracingConfiguration) -> Value {
    json!({ "enabled": tracing.enabled })
}

fn encryption_value(encryption: EncryptionType) -> Value {
    match encryption {
        EncryptionType::Owned => json!({ "type": "AWS_OWNED_KEY" }),
        EncryptionType::CustomerManaged => json!({ "type": "CUSTOMER_MANAGED_KMS_KEY" }),
    }
}

fn random_revision(chance: &impl RandomSource) -> RevisionId {
    let uuid = Builder::from_random_bytes(chance.random_seed().to_be_bytes()).into_uuid();
    RevisionId::new(&uuid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(level: &str, log_groups: &[&str]) -> StateMachineSettings {
        StateMachineSettings {
            logging: Some(LoggingConfiguration {
                level: level.to_owned(),
                include_execution_data: false,
                log_groups: log_groups.iter().copied().map(str::to_owned).collect(),
            }),
            ..StateMachineSettings::default()
        }
    }

    #[test]
    fn logging_needs_exactly_one_destination_unless_it_is_off() {
        assert_eq!(check_settings(&logging("OFF", &[])), Ok(()));
        assert_eq!(check_settings(&logging("OFF", &["a"])), Ok(()));
        assert_eq!(check_settings(&logging("ALL", &["a"])), Ok(()));
        for refused in [logging("ALL", &[]), logging("ALL", &["a", "b"])] {
            assert_eq!(check_settings(&refused), Err(SettingsRejection::LogDestination));
        }
    }

    #[test]
    fn logging_is_described_as_it_was_given() {
        assert_eq!(default_logging(), json!({ "level": "OFF", "includeExecutionData": false }));
        let given = logging("ALL", &["arn"]).logging.expect("given");
        let destination = json!({ "cloudWatchLogsLogGroup": { "logGroupArn": "arn" } });
        assert_eq!(logging_value(&given)["destinations"], json!([destination]));
    }

    #[test]
    fn a_role_is_named_by_its_arn() {
        assert_eq!(check_role("arn:aws:iam::000000000000:role/service-role/r"), Ok(()));
        for bad in ["role", "arn:aws:iam::000000000000:user/u", "arn:aws:states:::role/r"] {
            assert_eq!(check_role(bad), Err(SettingsRejection::InvalidRoleArn(bad.to_owned())));
        }
    }

    #[test]
    fn an_update_updates_something() {
        let request = UpdateStateMachine {
            state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
            definition: None,
            role_arn: None,
            settings: StateMachineSettings::default(),
        };
        assert_eq!(check_update(&request).err(), Some(UpdateRejection::NothingToUpdate));
    }
}
