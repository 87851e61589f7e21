//! `CreateStateMachine`.

use std::sync::Arc;

use asl::Definition;
use model::{
    ResourceName, ResourceNameError, Revision, StateMachine, StateMachineStatus, StateMachineType,
    Timestamp,
};

use super::{
    TAGS_MAX,
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
            Self::TooManyTags(tags) => tags.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::TooManyTags(tags) => tags.exception_member(),
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
    match ports.create_machine(machine.clone()).await? {
        MachineCreation::Done => {
            context.definitions.insert(machine.revision.id, Arc::new(definition));
            Ok(CreatedStateMachine { arn, created_at: machine.created_at })
        }
        MachineCreation::Exists(earlier) if earlier.status == StateMachineStatus::Deleting => {
            let deleting = StateMachineIsDeleting { arn };
            Err(ApiError::Rejected(CreateRejection::Deleting(deleting)))
        }
        MachineCreation::Exists(earlier) if is_same(&earlier, &machine) => {
            Ok(CreatedStateMachine { arn, created_at: earlier.created_at })
        }
        MachineCreation::Exists(_) => {
            Err(ApiError::Rejected(CreateRejection::AlreadyExists { arn }))
        }
    }
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
    let now = ports.now();
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
            created_at: now,
        },
        logging: request.settings.logging.as_ref().map_or_else(default_logging, logging_value),
        tracing: tracing_value(
            request.settings.tracing.unwrap_or(TracingConfiguration { enabled: false }),
        ),
        encryption: request.settings.encryption.map(encryption_value),
        tags: super::tag_resource::merge_tags(Vec::new(), request.tags),
    };
    Ok((machine, definition))
}

/// Whether creating one machine repeats the creation of the other.
///
/// Spec: API reference, `CreateStateMachine` § idempotency.
fn is_same(one: &StateMachine, other: &StateMachine) -> bool {
    one.revision.definition == other.revision.definition
        && one.machine_type == other.machine_type
        && one.logging == other.logging
        && one.tracing == other.tracing
        && one.encryption == other.encryption
}
