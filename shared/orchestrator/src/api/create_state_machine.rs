//! `CreateStateMachine`.

use std::sync::Arc;

use asl::Definition;
use model::{
    MachineVersions, ResourceName, ResourceNameError, Revision, StateMachine, StateMachineStatus,
    StateMachineType, Timestamp, VersionNumber,
};

use super::{
    TAGS_MAX, VersionRejection, VersionRequest,
    publish_version::publish_revision,
    state_machine_settings::{
        SettingsRejection, StateMachineSettings, TracingConfiguration, check_patterns_of_type,
        check_role, check_settings, default_logging, encryption_value, logging_value,
        parse_definition, random_revision, tracing_value,
    },
};
use crate::{
    ApiError, EngineContext, ExceptionMember, Rejection, StateMachineIsDeleting, TooManyTags,
    ports::{Clock, ComputePool, MachineCreation, RandomSource, StateMachineStore, TaskCaller},
};

/// A request to create a state machine.
///
/// Spec: API reference, `CreateStateMachine`.
#[derive(Clone, Debug)]
pub struct CreateStateMachine {
    /// The machine's name.
    pub name: String,
    /// Standard or Express.
    pub machine_type: StateMachineType,
    /// The definition, as ASL text.
    pub definition: String,
    /// The role that executions assume.
    pub role_arn: String,
    /// Logging, tracing, encryption, and whether to publish a version.
    pub settings: StateMachineSettings,
    /// The tags, as keys and values.
    pub tags: Vec<(String, String)>,
}

/// A state machine that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedStateMachine {
    /// The machine's ARN.
    pub arn: String,
    /// When it was created; for a repeated call, when it was created the first time.
    pub created_at: Timestamp,
    /// The ARN of its first version, if one was published.
    pub version_arn: Option<String>,
}

/// What a caller of `CreateStateMachine` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateRejection {
    /// The name is malformed: `InvalidName`.
    #[error(transparent)]
    InvalidName(ResourceNameError),
    /// A setting is invalid: `InvalidDefinition`, `InvalidArn`, `InvalidLoggingConfiguration`, …
    #[error(transparent)]
    Settings(SettingsRejection),
    /// A different machine has that name: `StateMachineAlreadyExists`.
    #[error("State Machine Already Exists: '{arn}'")]
    AlreadyExists {
        /// The ARN of the machine that has the name.
        arn: String,
    },
    /// A machine of that name is being deleted: `StateMachineDeleting`.
    #[error(transparent)]
    Deleting(StateMachineIsDeleting),
    /// The version cannot be published: `ConflictException`.
    #[error(transparent)]
    Version(VersionRejection),
    /// There are more than [`TAGS_MAX`] tags: `TooManyTags`.
    #[error(transparent)]
    TooManyTags(TooManyTags),
}

impl Rejection for CreateRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidName(error) => error.exception_name(),
            Self::Settings(settings) => settings.exception_name(),
            Self::AlreadyExists { .. } => "StateMachineAlreadyExists",
            Self::Deleting(machine) => machine.exception_name(),
            Self::Version(version) => version.exception_name(),
            Self::TooManyTags(tags) => tags.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::TooManyTags(tags) => tags.exception_member(),
            Self::Version(version) => version.exception_member(),
            Self::InvalidName(_)
            | Self::Settings(_)
            | Self::AlreadyExists { .. }
            | Self::Deleting(_) => None,
        }
    }
}

/// Creates a state machine. Idempotent by name: a repeat that differs only in role and tags gets
/// the first answer and changes nothing.
pub async fn create_state_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateStateMachine,
) -> Result<CreatedStateMachine, ApiError<CreateRejection>>
where
    P: StateMachineStore + TaskCaller + Clock + RandomSource + ComputePool + Sync,
{
    let read = || new_machine(ports, context, request);
    let (machine, definition) = ports.read_definition(read).await?.map_err(ApiError::Rejected)?;
    let arn = context.settings.account_region.state_machine_arn(machine.name.as_str());
    let created = match ports.create_machine(machine.clone()).await? {
        MachineCreation::Done => {
            context.definitions.insert(machine.revision.id.clone(), Arc::new(definition));
            Arc::new(machine)
        }
        MachineCreation::Exists(earlier) if earlier.status == StateMachineStatus::Deleting => {
            let deleting = StateMachineIsDeleting { arn };
            return Err(ApiError::Rejected(CreateRejection::Deleting(deleting)));
        }
        MachineCreation::Exists(earlier) if is_same(&earlier, &machine) => earlier,
        MachineCreation::Exists(_) => {
            return Err(ApiError::Rejected(CreateRejection::AlreadyExists { arn }));
        }
    };
    let created_at = created.created_at;
    let version = publish_first_version(ports, &arn, created).await?;
    let version_arn = version.map(|number| format!("{arn}:{number}"));
    Ok(CreatedStateMachine { arn, created_at, version_arn })
}

/// Publishes the first version of a machine, if it was created with one. A repeat of the creation
/// finds the version, or publishes it if the creator died before it did.
async fn publish_first_version<P>(
    ports: &P,
    arn: &str,
    machine: Arc<StateMachine>,
) -> Result<Option<VersionNumber>, ApiError<CreateRejection>>
where
    P: StateMachineStore + Clock + Sync,
{
    let Some(publication) = machine.created_with_version.clone() else { return Ok(None) };
    let published = machine.versions.version_of_revision(&machine.revision.id);
    if let Some((number, _)) = published {
        return Ok(Some(number));
    }
    if machine.versions.last_number.is_some() {
        // Whoever created the machine has deleted the version.
        return Ok(None);
    }
    let published = publish_revision(ports, arn, machine, publication).await;
    let (number, _) = published.map_err(|error| error.map_rejection(CreateRejection::Version))?;
    Ok(Some(number))
}

fn new_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: CreateStateMachine,
) -> Result<(StateMachine, Definition), CreateRejection>
where
    P: TaskCaller + Clock + RandomSource,
{
    let name = ResourceName::parse(&request.name).map_err(CreateRejection::InvalidName)?;
    if request.tags.len() > TAGS_MAX {
        let arn = context.settings.account_region.state_machine_arn(name.as_str());
        return Err(CreateRejection::TooManyTags(TooManyTags { arn }));
    }
    check_role(&request.role_arn).map_err(CreateRejection::Settings)?;
    check_settings(&request.settings).map_err(CreateRejection::Settings)?;
    let definition =
        parse_definition(ports, &request.definition).map_err(CreateRejection::Settings)?;
    check_patterns_of_type(request.machine_type, &request.definition)
        .map_err(CreateRejection::Settings)?;
    let (now, settings) = (ports.now(), request.settings);
    let machine = StateMachine {
        name,
        machine_type: request.machine_type,
        status: StateMachineStatus::Active,
        created_at: now,
        revision: Revision {
            id: random_revision(ports),
            initial: true,
            definition: request.definition.into(),
            role_arn: request.role_arn,
            logging: settings.logging.as_ref().map_or_else(default_logging, logging_value),
            tracing: tracing_value(
                settings.tracing.unwrap_or(TracingConfiguration { enabled: false }),
            ),
            encryption: settings.encryption.map(encryption_value),
            created_at: now,
        },
        tags: super::tag_resource::merge_tags(Vec::new(), request.tags),
        created_with_version: settings.version.and_then(VersionRequest::into_publication),
        versions: Arc::new(MachineVersions::of_new_machine(now)),
    };
    Ok((machine, definition))
}

/// Whether creating one machine repeats the creation of the other.
///
/// Spec: API reference, `CreateStateMachine` § idempotency.
fn is_same(one: &StateMachine, other: &StateMachine) -> bool {
    one.revision.definition == other.revision.definition
        && one.machine_type == other.machine_type
        && one.revision.logging == other.revision.logging
        && one.revision.tracing == other.revision.tracing
        && one.revision.encryption == other.revision.encryption
        && one.created_with_version == other.created_with_version
}
