//! Starts an execution.

use std::sync::Arc;

use asl::Definition;
use model::{
    ArnError, Execution, ExecutionFacts, ExecutionId, ExecutionLogging, FramePath, MessageKind,
    Payload, QueueMessage, Record, ResourceName, ResourceNameError, StartedByTask, StateMachine,
    StateMachineArn, StateMachineType, Timestamp, WrittenBy,
};

use super::{
    StartedRevision, check_is_active, express::send_express_start, find_started_revision,
    load_machine_of_qualified_arn, parse_execution_input,
};
use crate::{
    ApiError, EngineContext, EngineSettings, ExceptionMember, Fault, LabelledArn, Rejection,
    StateMachineIsDeleting, StateMachineNotFound, TypeNotSupported,
    frames::{is_started_by, notify_start, schedule_execution_timeout},
    ports::{ExecutionCreation, MessageQueue, RandomSource, StateMachineStore},
    roles::StartRole,
};

/// A request to start an execution.
///
/// Spec: API reference, `StartExecution`.
#[derive(Clone, Debug)]
pub struct StartExecution {
    /// The machine to run.
    pub state_machine_arn: String,
    /// The execution's name; a random UUID if absent.
    pub name: Option<String>,
    /// The input as a JSON text; `{}` if absent.
    pub input: Option<String>,
    /// The X-Ray header, which `DescribeExecution` returns.
    pub trace_header: Option<String>,
    /// Whether the execution is a Standard or an Express one; as its machine says if absent.
    pub execution_type: Option<StateMachineType>,
}

/// An execution that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedExecution {
    /// The execution's ARN.
    pub arn: String,
    /// When it started; for a repeated start, when it started the first time.
    pub started_at: Timestamp,
}

/// Which starts with a name that is taken count as repeats and get the answer of the earlier start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatPolicy {
    /// As on AWS: a start with the same input, while the execution runs.
    WhileRunning,
    /// A start with the same input, even when the execution has ended: an event is delivered again.
    SameInput,
}

/// What a caller of `StartExecution` or `StartSyncExecution` did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartRejection {
    /// The machine's ARN is malformed: `InvalidArn`.
    #[error(transparent)]
    InvalidArn(ArnError),
    /// The ARN has a label: `ValidationException`, reason `API_DOES_NOT_SUPPORT_LABELED_ARNS`.
    #[error(transparent)]
    Labelled(LabelledArn),
    /// The execution's name is malformed: `InvalidName`.
    #[error(transparent)]
    InvalidName(ResourceNameError),
    /// The input is not JSON or too large: `InvalidExecutionInput`.
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidInput(String),
    /// There is no such machine: `StateMachineDoesNotExist`.
    #[error(transparent)]
    DoesNotExist(StateMachineNotFound),
    /// The machine is being deleted: `StateMachineDeleting`.
    #[error(transparent)]
    Deleting(StateMachineIsDeleting),
    /// The name is taken and this is not a repeat: `ExecutionAlreadyExists`.
    #[error("Execution Already Exists: '{arn}'")]
    AlreadyExists {
        /// The ARN of the execution that has the name.
        arn: String,
    },
    /// The operation is for Express machines only: `StateMachineTypeNotSupported`.
    #[error(transparent)]
    Type(TypeNotSupported),
    /// The definition has what no Express execution may have: `ValidationException`. AWS does not
    /// start executions of another type than their machine.
    #[error("This state machine has no Express executions: {0}")]
    Pattern(String),
}

impl Rejection for StartRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidArn(error) => error.exception_name(),
            Self::Labelled(arn) => arn.exception_name(),
            Self::InvalidName(error) => error.exception_name(),
            Self::InvalidInput(_) => "InvalidExecutionInput",
            Self::DoesNotExist(machine) => machine.exception_name(),
            Self::Deleting(machine) => machine.exception_name(),
            Self::AlreadyExists { .. } => "ExecutionAlreadyExists",
            Self::Type(_) => "StateMachineTypeNotSupported",
            Self::Pattern(_) => "ValidationException",
        }
    }

    fn exception_member(&self) -> Option<ExceptionMember> {
        match self {
            Self::Labelled(arn) => arn.exception_member(),
            Self::InvalidArn(_)
            | Self::InvalidName(_)
            | Self::InvalidInput(_)
            | Self::DoesNotExist(_)
            | Self::Deleting(_)
            | Self::AlreadyExists { .. }
            | Self::Type(_)
            | Self::Pattern(_) => None,
        }
    }
}

/// A start request that was checked, with the machine it names.
pub(crate) struct CheckedStart {
    pub(crate) machine: Arc<StateMachine>,
    pub(crate) revision: StartedRevision,
    /// That of the machine, unless the request asked for the other one.
    pub(crate) execution_type: StateMachineType,
    pub(super) name: Option<ResourceName>,
    pub(super) input: Payload,
    pub(super) trace_header: Option<String>,
}

/// Starts an execution. Once this returns, the start is durable and its messages are sent.
///
/// It sends before it writes, so an execution without messages cannot exist. What it sent is stale
/// if it dies before it writes, or if the name is taken.
///
/// The name makes it idempotent: a repeat, as `repeat` defines it, gets the answer of the first
/// call. A start that the same attempt of a task repeats finds its execution even when that has
/// ended.
pub(crate) async fn start<P: StartRole>(
    ports: &P,
    context: &EngineContext,
    checked: CheckedStart,
    started_by: Option<StartedByTask>,
    repeat: RepeatPolicy,
) -> Result<StartedExecution, ApiError<StartRejection>> {
    if checked.execution_type == StateMachineType::Express {
        return Ok(send_express_start(ports, context, checked).await?);
    }
    let CheckedStart { machine, revision, name, input, trace_header, .. } = checked;
    let name = name.unwrap_or_else(|| random_name(ports));
    let id = ExecutionId::from_names(&machine.name, &name);
    let StartedRevision { revision, version } = revision;
    let definition = context.definitions.load_definition(ports, &id, &revision.id).await?;
    let facts = Arc::new(ExecutionFacts {
        revision: revision.id.clone(),
        role_arn: revision.role_arn.clone(),
        started_at: ports.now(),
        timeout_seconds: definition.timeout_seconds,
        last_redrive: None,
        started_by: started_by.clone(),
        asynchronous_functions: machine.invokes_functions_asynchronously(),
        version,
        is_logged: ExecutionLogging::of_configuration(&revision.logging).is_some(),
    });
    let first = first_record(&definition, &facts, input.clone());
    send_first_messages(ports, &id, &first).await?;
    let started_at = facts.started_at;
    let execution = Execution { facts, input, trace_header, end: None };
    let arn = context.settings.account_region.execution_arn(&id);
    match ports.create_execution(&id, execution.clone(), first).await? {
        ExecutionCreation::Done => {
            notify_start(ports, &id, execution).await;
            Ok(StartedExecution { arn, started_at })
        }
        ExecutionCreation::Exists(earlier) => {
            let has_same_input = earlier.input.has_same_text(&execution.input);
            let is_running = earlier.end.is_none();
            let is_same_event = has_same_input && repeat == RepeatPolicy::SameInput;
            let is_same_task = started_by.is_some_and(|by| is_started_by(&earlier, &by));
            let is_repeat = if is_running { has_same_input } else { is_same_event || is_same_task };
            if is_repeat {
                Ok(StartedExecution { arn, started_at: earlier.facts.started_at })
            } else {
                Err(ApiError::Rejected(StartRejection::AlreadyExists { arn }))
            }
        }
    }
}

impl CheckedStart {
    /// Checks a request and loads its machine.
    pub(crate) async fn check_start<P>(
        ports: &P,
        settings: &EngineSettings,
        request: StartExecution,
    ) -> Result<Self, ApiError<StartRejection>>
    where
        P: StateMachineStore + RandomSource + Sync,
    {
        let StartExecution { state_machine_arn: text, name, input, trace_header, execution_type } =
            request;
        let (arn, name, input) = check_start_request(settings, &text, name.as_deref(), input)
            .map_err(ApiError::Rejected)?;
        let none = || {
            let none = StateMachineNotFound { arn: text.clone() };
            ApiError::Rejected(StartRejection::DoesNotExist(none))
        };
        let machine = load_machine_of_qualified_arn(ports, settings, &arn).await?;
        let machine = check_is_active(machine.ok_or_else(none)?, text.clone())
            .map_err(|deleting| ApiError::Rejected(StartRejection::Deleting(deleting)))?;
        let revision = find_started_revision(ports, &machine, arn.qualifier.as_ref()).await?;
        let revision = revision.ok_or_else(none)?;
        let execution_type = execution_type.unwrap_or(machine.machine_type);
        if execution_type != machine.machine_type {
            check_execution_type(execution_type, &revision.revision.definition)
                .map_err(ApiError::Rejected)?;
        }
        Ok(Self { machine, revision, execution_type, name, input, trace_header })
    }
}

/// Checks whether a machine of the other type can have executions of this one.
fn check_execution_type(
    execution_type: StateMachineType,
    definition: &str,
) -> Result<(), StartRejection> {
    let refusal = match execution_type {
        StateMachineType::Standard => None,
        StateMachineType::Express => asl::express_refusals(definition).into_iter().next(),
    };
    refusal.map_or(Ok(()), |found| {
        let at = found.location.map_or(String::new(), |location| format!(" at {location}"));
        Err(StartRejection::Pattern(format!("{}{at}", found.message)))
    })
}

/// Checks what can be checked without reading from a store. Returns the parsed ARN, the execution's
/// name, and the input.
fn check_start_request(
    settings: &EngineSettings,
    state_machine_arn: &str,
    name: Option<&str>,
    input: Option<String>,
) -> Result<(StateMachineArn, Option<ResourceName>, Payload), StartRejection> {
    let arn = StateMachineArn::parse(state_machine_arn).map_err(StartRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(StartRejection::Labelled(LabelledArn { arn }));
    }
    let name = name.map(ResourceName::parse).transpose().map_err(StartRejection::InvalidName)?;
    let input = match input {
        Some(text) => {
            parse_execution_input(&text, settings.limits).map_err(StartRejection::InvalidInput)?
        }
        None => Payload::empty_object(),
    };
    Ok((arn, name, input))
}

/// # Panics
/// Never: a UUID is a name.
pub(super) fn random_name(source: &impl RandomSource) -> ResourceName {
    ResourceName::parse(&source.random_uuid())
        .expect("36 hexadecimal digits and hyphens are a name")
}

/// The record of an execution that has only started.
pub(crate) fn first_record(
    definition: &Definition,
    facts: &Arc<ExecutionFacts>,
    input: Payload,
) -> Record {
    let first = engine::start_execution(definition, input, &facts.role_arn);
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: facts.started_at,
        logical_clock: 0,
        facts: Arc::clone(facts),
        frame: first.frame,
        events: first.events,
        left: None,
    }
}

/// Sends the timeout of an execution and the message that advances its first record.
async fn send_first_messages(
    queue: &impl MessageQueue,
    execution: &ExecutionId,
    first: &Record,
) -> Result<(), Fault> {
    schedule_execution_timeout(queue, execution, &first.facts).await?;
    let kind = MessageKind::StartExecution { started_at: first.facts.started_at };
    let message = QueueMessage { execution: execution.clone(), frame: FramePath::ROOT, kind };
    queue.send_message(message, first.frame.queue(), None).await
}

#[cfg(test)]
mod tests {
    use model::AccountRegion;

    use super::*;

    const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:orders";

    fn settings() -> EngineSettings {
        EngineSettings::new(AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        })
    }

    #[test]
    fn a_start_without_input_has_an_empty_object() {
        let (arn, name, input) =
            check_start_request(&settings(), MACHINE, None, None).expect("in order");
        assert_eq!(arn.to_string(), MACHINE);
        assert_eq!(name, None);
        assert_eq!(input.json_text(), "{}");
    }

    #[test]
    fn a_labelled_arn_is_refused_by_itself() {
        let arn = format!("{MACHINE}/each");
        let labelled = StartRejection::Labelled(LabelledArn { arn: arn.clone() });
        assert_eq!(check_start_request(&settings(), &arn, None, None).err(), Some(labelled));
    }

    #[test]
    fn a_bad_name_is_quoted() {
        let refused = check_start_request(&settings(), MACHINE, Some("a b"), None).err();
        assert_eq!(
            refused.map(|rejection| rejection.to_string()),
            Some("Invalid Name: 'a b'".to_owned())
        );
    }
}
