//! `StartExecution`, `StartSyncExecution`.

pub(crate) mod input;

use std::sync::Arc;

use asl::Definition;
use model::{
    Execution, ExecutionFacts, ExecutionId, FramePath, MachineType, MessageKind, Payload,
    QueueMessage, Record, RecordNumber, ResourceName, StartedByTask, StateMachine, StateMachineArn,
    Timestamp, WrittenBy,
};
use uuid::Builder;

use crate::{
    ApiError, EngineContext, Fault, LabelledArn, NoStateMachine, StartRejection, TypeNotSupported,
    nested::is_started_by,
    ports::{
        Clock, ExecutionCreation, ExecutionStore, MessageQueue, RandomSource, StateMachineStore,
    },
    wake::{queue_of_state, schedule_execution_timeout},
};

/// What a caller asks for.
///
/// Spec: API reference, `StartExecution`.
#[derive(Clone, Debug)]
pub struct StartExecution {
    /// Of which machine.
    pub state_machine_arn: String,
    /// The execution's name; a UUID if there is none.
    pub name: Option<String>,
    /// A JSON text; `{}` if there is none.
    pub input: Option<String>,
    /// The X-Ray header, given back by `DescribeExecution`.
    pub trace_header: Option<String>,
}

/// The execution runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedExecution {
    /// Its ARN.
    pub arn: String,
    /// When it started: of a repeated start, the first time.
    pub started_at: Timestamp,
}

/// Starts an execution. Once this returns, the start is durable and its messages are sent.
///
/// The name makes it idempotent: a repeat with the same input gives the answer of the first call
/// for as long as the execution runs, and sends its messages again in case that call's process died
/// before it could.
pub async fn start_execution<P>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
) -> Result<StartedExecution, ApiError<StartRejection>>
where
    P: StateMachineStore + ExecutionStore + MessageQueue + Clock + RandomSource + Sync,
{
    start_for_task(ports, context, request, None).await
}

/// Starts an execution for a task. What the same attempt of the task has started before is found
/// again, however it has ended.
pub(crate) async fn start_for_task<P>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
    starter: Option<StartedByTask>,
) -> Result<StartedExecution, ApiError<StartRejection>>
where
    P: StateMachineStore + ExecutionStore + MessageQueue + Clock + RandomSource + Sync,
{
    let order = StartOrder::check_start(ports, context, request).await?;
    if order.machine.machine_type == MachineType::Express {
        return Err(ApiError::Rejected(StartRejection::Express));
    }
    let name = order.name.unwrap_or_else(|| random_name(ports));
    let id = ExecutionId::from_names(&order.machine.name, &name);
    let revision = &order.machine.revision;
    let definition = context.definitions.load_definition(ports, &id, &revision.id).await?;
    let facts = Arc::new(ExecutionFacts {
        revision: revision.id.clone(),
        role_arn: revision.role_arn.clone(),
        started_at: ports.now(),
        last_redrive: None,
        started_by: starter.clone(),
    });
    let first = first_record(&definition, &facts, order.input.clone());
    let execution = Execution {
        facts: Arc::clone(&facts),
        input: order.input.clone(),
        trace_header: order.trace_header,
        end: None,
    };
    let arn = context.account_region.execution_arn(&id);
    let (facts, definition) = match ports.create_execution(&id, execution, first).await? {
        ExecutionCreation::Done => (facts, definition),
        ExecutionCreation::Exists(earlier)
            if earlier.end.is_none() && earlier.input.has_same_text(&order.input) =>
        {
            let facts = Arc::clone(&earlier.facts);
            let definition =
                context.definitions.load_definition(ports, &id, &facts.revision).await?;
            (facts, definition)
        }
        ExecutionCreation::Exists(earlier)
            if earlier.end.is_some() && is_started_by(&earlier, starter.as_ref()) =>
        {
            return Ok(StartedExecution { arn, started_at: earlier.facts.started_at });
        }
        ExecutionCreation::Exists(_) => {
            return Err(ApiError::Rejected(StartRejection::AlreadyExists { arn }));
        }
    };
    send_first_messages(ports, &id, &definition, &facts).await?;
    Ok(StartedExecution { arn, started_at: facts.started_at })
}

/// `StartSyncExecution`: for Express machines only, whose executions are not supported yet, so
/// that every answer is a rejection.
pub async fn start_sync_execution<P>(
    ports: &P,
    context: &EngineContext,
    request: StartExecution,
) -> Result<StartedExecution, ApiError<StartRejection>>
where
    P: StateMachineStore + Sync,
{
    let order = StartOrder::check_start(ports, context, request).await?;
    Err(ApiError::Rejected(match order.machine.machine_type {
        MachineType::Standard => StartRejection::Type(TypeNotSupported),
        MachineType::Express => StartRejection::Express,
    }))
}

/// A request in order.
struct StartOrder {
    machine: Arc<StateMachine>,
    name: Option<ResourceName>,
    input: Payload,
    trace_header: Option<String>,
}

impl StartOrder {
    async fn check_start<P>(
        ports: &P,
        context: &EngineContext,
        request: StartExecution,
    ) -> Result<Self, ApiError<StartRejection>>
    where
        P: StateMachineStore + Sync,
    {
        let StartExecution { state_machine_arn, name, input, trace_header } = request;
        let (machine, name, input) =
            check_start_request(context, &state_machine_arn, name.as_deref(), input)
                .map_err(ApiError::Rejected)?;
        let machine = match machine {
            Some(machine) => ports.load_machine(&machine).await?,
            None => None,
        };
        let machine =
            machine.ok_or(ApiError::Rejected(StartRejection::DoesNotExist(NoStateMachine {
                arn: state_machine_arn,
            })))?;
        Ok(Self { machine, name, input, trace_header })
    }
}

/// Judges what can be judged without looking anything up. No machine: the ARN names none here.
fn check_start_request(
    context: &EngineContext,
    state_machine_arn: &str,
    name: Option<&str>,
    input: Option<String>,
) -> Result<(Option<ResourceName>, Option<ResourceName>, Payload), StartRejection> {
    let arn = StateMachineArn::parse(state_machine_arn).map_err(StartRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(StartRejection::Labelled(LabelledArn { arn }));
    }
    let name = name.map(ResourceName::parse).transpose().map_err(StartRejection::InvalidName)?;
    let input = match input {
        Some(text) => input::parse_execution_input(&text, context.limits)
            .map_err(StartRejection::InvalidInput)?,
        None => Payload::empty_object(),
    };
    let machine = (arn.qualifier.is_none() && arn.account_region == context.account_region)
        .then_some(arn.name);
    Ok((machine, name, input))
}

/// A version 4 UUID.
///
/// # Panics
/// Never: a UUID is a name.
fn random_name(chance: &impl RandomSource) -> ResourceName {
    let uuid = Builder::from_random_bytes(chance.random_seed().to_be_bytes()).into_uuid();
    ResourceName::parse(&uuid.to_string()).expect("36 hexadecimal digits and hyphens are a name")
}

fn first_record(definition: &Definition, facts: &Arc<ExecutionFacts>, input: Payload) -> Record {
    let first = engine::start_execution(definition, input, &facts.role_arn);
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: facts.started_at,
        logical_clock: 0,
        facts: Arc::clone(facts),
        frame: first.frame,
        events: first.events,
    }
    .with_shared_payloads(None)
}

/// The timeout goes first: as long as record 0 is the head, whoever wakes a forgotten execution
/// knows that neither may have been sent; afterwards both have been.
pub(crate) async fn send_first_messages(
    queue: &impl MessageQueue,
    execution: &ExecutionId,
    definition: &Definition,
    facts: &ExecutionFacts,
) -> Result<(), Fault> {
    schedule_execution_timeout(queue, execution, definition, facts).await?;
    let kind = MessageKind::AdvanceFrame(RecordNumber::FIRST);
    let first = QueueMessage { execution: execution.clone(), frame: FramePath::ROOT, kind: kind };
    queue.send_message(first, queue_of_state(definition, &definition.workflow.start_at), None).await
}

#[cfg(test)]
mod tests {
    use model::AccountRegion;

    use super::*;

    const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:orders";

    fn context() -> EngineContext {
        EngineContext::new(AccountRegion {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        })
    }

    #[test]
    fn a_start_without_input_has_an_empty_object() {
        let (machine, name, input) =
            check_start_request(&context(), MACHINE, None, None).expect("in order");
        assert_eq!(machine, ResourceName::parse("orders").ok());
        assert_eq!(name, None);
        assert_eq!(input.json_text(), "{}");
    }

    #[test]
    fn a_version_and_a_machine_elsewhere_are_not_here() {
        for arn in [&format!("{MACHINE}:1"), &MACHINE.replace("us-east-1", "eu-west-1")] {
            assert!(
                matches!(check_start_request(&context(), arn, None, None), Ok((None, None, _))),
                "{arn}"
            );
        }
    }

    #[test]
    fn a_labelled_arn_is_refused_by_itself() {
        let arn = format!("{MACHINE}/each");
        let labelled = StartRejection::Labelled(LabelledArn { arn: arn.clone() });
        assert_eq!(check_start_request(&context(), &arn, None, None).err(), Some(labelled));
    }

    #[test]
    fn a_bad_name_is_quoted() {
        let refused = check_start_request(&context(), MACHINE, Some("a b"), None).err();
        assert_eq!(
            refused.map(|rejection| rejection.to_string()),
            Some("Invalid Name: 'a b'".to_owned())
        );
    }

    #[test]
    fn a_random_name_is_a_version_4_uuid() {
        struct Always;
        impl RandomSource for Always {
            fn random_seed(&self) -> u128 {
                u128::MAX
            }
        }
        assert_eq!(random_name(&Always).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
