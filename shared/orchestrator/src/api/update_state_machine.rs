//! `UpdateStateMachine`.

use std::sync::Arc;

use asl::Definition;
use model::{ArnError, Revision, RevisionId, StateMachine, StateMachineArn, Timestamp};

use super::{
    VersionRejection, VersionRequest,
    publish_version::publish_revision,
    state_machine_settings::{
        SettingsRejection, StateMachineSettings, check_patterns_of_type, check_role,
        check_settings, encryption_value, logging_value, parse_definition, random_revision,
        tracing_value,
    },
};
use crate::{
    ApiError, EngineContext, ExceptionMember, LabelledArn, Rejection, StateMachineIsDeleting,
    StateMachineNotFound,
    executions::{check_is_active, load_machine_by_arn},
    ports::{Clock, ComputePool, RandomSource, StateMachineStore, TaskCaller},
};

/// A request to update a state machine. What is absent stays as it is.
///
/// Spec: API reference, `UpdateStateMachine`.
#[derive(Clone, Debug)]
pub struct UpdateStateMachine {
    /// The machine's ARN.
    pub state_machine_arn: String,
    /// The definition, as ASL text.
    pub definition: Option<String>,
    /// The role that executions assume.
    pub role_arn: Option<String>,
    /// Logging, tracing, encryption, and whether to publish a version.
    pub settings: StateMachineSettings,
}

/// A state machine that was updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdatedStateMachine {
    /// When its newest revision was made.
    pub updated_at: Timestamp,
    /// The id of its newest revision.
    pub revision: RevisionId,
    /// The ARN of the version of that revision, if it was to be published.
    pub version_arn: Option<String>,
}

/// What a caller of `UpdateStateMachine` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRejection {
    /// The ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// The ARN has a label: `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`.
    #[error(transparent)]
    Labelled(LabelledArn),
    /// The request changes nothing: `MissingRequiredParameter`.
    #[error(
        "Either the definition, the role ARN, the LoggingConfiguration, or the \
         TracingConfiguration must be specified"
    )]
    NothingToUpdate,
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
    /// It is being deleted: `StateMachineDeleting`.
    #[error(transparent)]
    Deleting(StateMachineIsDeleting),
    /// A setting is invalid: `InvalidDefinition`, `InvalidArn`, `InvalidLoggingConfiguration`, …
    #[error(transparent)]
    Settings(SettingsRejection),
    /// The version cannot be published: `ServiceQuotaExceededException`, `ConflictException`.
    #[error(transparent)]
    Version(VersionRejection),
}

impl Rejection for UpdateRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::Labelled(arn) => arn.exception_name(),
            Self::NothingToUpdate => "MissingRequiredParameter",
            Self::DoesNotExist(machine) => machine.exception_name(),
            Self::Deleting(machine) => machine.exception_name(),
            Self::Settings(settings) => settings.exception_name(),
            Self::Version(version) => version.exception_name(),
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::Labelled(arn) => arn.exception_member(),
            Self::Version(version) => version.exception_member(),
            Self::InvalidArn(_)
            | Self::NothingToUpdate
            | Self::DoesNotExist(_)
            | Self::Deleting(_)
            | Self::Settings(_) => None,
        }
    }
}

/// Updates a state machine. Running executions keep their definition and role. An update that
/// changes nothing makes no revision, unless it is the first update: the API shows no revision id
/// only for a machine that was never updated.
pub async fn update_state_machine<P>(
    ports: &P,
    context: &EngineContext,
    request: UpdateStateMachine,
) -> Result<UpdatedStateMachine, ApiError<UpdateRejection>>
where
    P: StateMachineStore + TaskCaller + Clock + RandomSource + ComputePool + Sync,
{
    let checked = ports.read_definition(|| check_update(ports, &request)).await?;
    let (arn, definition) = checked.map_err(ApiError::Rejected)?;
    let UpdateStateMachine { state_machine_arn, definition: text, role_arn, settings } = request;
    let Some(machine) = load_machine_by_arn(ports, &context.settings, &arn).await? else {
        return Err(ApiError::Rejected(UpdateRejection::DoesNotExist(StateMachineNotFound {
            arn: state_machine_arn,
        })));
    };
    let machine = check_is_active(machine, state_machine_arn.clone())
        .map_err(|deleting| ApiError::Rejected(UpdateRejection::Deleting(deleting)))?;
    if let Some(text) = &text {
        check_patterns_of_type(machine.machine_type, text)
            .map_err(|refused| ApiError::Rejected(UpdateRejection::Settings(refused)))?;
    }
    let publication = settings.version.clone().and_then(VersionRequest::into_publication);
    let mut updated = StateMachine::clone(&machine);
    updated.revision = updated_revision(updated.revision, text, role_arn, settings);
    if updated != *machine || machine.revision.initial {
        updated.revision.id = random_revision(ports);
        updated.revision.initial = false;
        updated.revision.created_at = ports.now();
        ports.put_machine(updated.clone()).await?;
        if let Some(definition) = definition {
            context.definitions.insert(updated.revision.id.clone(), Arc::new(definition));
        }
    }
    let (revision, updated_at) = (updated.revision.id.clone(), updated.revision.created_at);
    let version_arn = match publication {
        Some(publication) => {
            let arn = state_machine_arn.as_str();
            let published = publish_revision(ports, arn, Arc::new(updated), publication).await;
            let (number, _) =
                published.map_err(|error| error.map_rejection(UpdateRejection::Version))?;
            Some(format!("{arn}:{number}"))
        }
        None => None,
    };
    Ok(UpdatedStateMachine { updated_at, revision, version_arn })
}

/// The revision with what is given, under its old id.
fn updated_revision(
    revision: Revision,
    definition: Option<String>,
    role_arn: Option<String>,
    settings: StateMachineSettings,
) -> Revision {
    let StateMachineSettings { logging, tracing, encryption, version: _ } = settings;
    Revision {
        definition: definition.map_or(revision.definition, Arc::from),
        role_arn: role_arn.unwrap_or(revision.role_arn),
        logging: logging.as_ref().map_or(revision.logging, logging_value),
        tracing: tracing.map_or(revision.tracing, tracing_value),
        encryption: encryption.map(encryption_value).or(revision.encryption),
        ..revision
    }
}

fn check_update(
    caller: &impl TaskCaller,
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
    let definition = definition
        .as_deref()
        .map(|definition| parse_definition(caller, definition))
        .transpose()
        .map_err(UpdateRejection::Settings)?;
    Ok((arn, definition))
}

#[cfg(test)]
mod tests {
    use model::TaskResource;

    use super::*;
    use crate::ports::{CallOutcome, CallRequest};

    struct NoCaller;

    impl TaskCaller for NoCaller {
        fn can_call(&self, _: &TaskResource) -> bool {
            false
        }

        async fn make_call(&self, _: CallRequest<'_>) -> Option<CallOutcome> {
            None
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
        assert_eq!(check_update(&NoCaller, &request).err(), Some(UpdateRejection::NothingToUpdate));
    }
}
