//! `StartExecution`, `StartSyncExecution`.

pub(crate) mod input;

use std::sync::Arc;

use asl::Definition;
use model::{
    Cue, Execution, ExecutionId, Facts, FramePath, MachineType, Message, Name, Payload, Record,
    RecordNumber, Starter, StateMachine, StateMachineArn, Timestamp, Via,
};
use uuid::Builder;

use crate::{
    Fault, LabelledArn, NoStateMachine, StartRejection, Tools, TypeNotSupported, Unanswered,
    nested::is_started_by,
    ports::{Chance, Clock, Created, Executions, Machines, Queue},
    wake::{expire_in_time, lane_of_state},
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
    tools: &Tools,
    request: StartExecution,
) -> Result<StartedExecution, Unanswered<StartRejection>>
where
    P: Machines + Executions + Queue + Clock + Chance + Sync,
{
    start_for(ports, tools, request, None).await
}

/// Starts an execution for a task. What the same attempt of the task has started before is found
/// again, however it has ended.
pub(crate) async fn start_for<P>(
    ports: &P,
    tools: &Tools,
    request: StartExecution,
    starter: Option<Starter>,
) -> Result<StartedExecution, Unanswered<StartRejection>>
where
    P: Machines + Executions + Queue + Clock + Chance + Sync,
{
    let order = Order::of(ports, tools, request).await?;
    if order.machine.machine_type == MachineType::Express {
        return Err(Unanswered::Rejected(StartRejection::Express));
    }
    let name = order.name.unwrap_or_else(|| random_name(ports));
    let id = ExecutionId::new(&order.machine.name, &name);
    let revision = &order.machine.revision;
    let definition = tools.definitions.get(ports, &id, &revision.id).await?;
    let facts = Arc::new(Facts {
        revision: revision.id.clone(),
        role_arn: revision.role_arn.clone(),
        started_at: ports.now(),
        redriven: None,
        starter: starter.clone(),
    });
    let first = first_record(&definition, &facts, order.input.clone());
    let execution = Execution {
        facts: Arc::clone(&facts),
        input: order.input.clone(),
        trace_header: order.trace_header,
        end: None,
    };
    let arn = tools.place.execution(&id);
    let (facts, definition) = match ports.create(&id, execution, first).await? {
        Created::Done => (facts, definition),
        Created::Exists(earlier) if earlier.end.is_none() && earlier.input.same(&order.input) => {
            let facts = Arc::clone(&earlier.facts);
            let definition = tools.definitions.get(ports, &id, &facts.revision).await?;
            (facts, definition)
        }
        Created::Exists(earlier)
            if earlier.end.is_some() && is_started_by(&earlier, starter.as_ref()) =>
        {
            return Ok(StartedExecution { arn, started_at: earlier.facts.started_at });
        }
        Created::Exists(_) => {
            return Err(Unanswered::Rejected(StartRejection::AlreadyExists { arn }));
        }
    };
    send_first_messages(ports, &id, &definition, &facts).await?;
    Ok(StartedExecution { arn, started_at: facts.started_at })
}

/// `StartSyncExecution`: for Express machines only, whose executions are not supported yet, so
/// that every answer is a rejection.
pub async fn start_sync_execution<P>(
    ports: &P,
    tools: &Tools,
    request: StartExecution,
) -> Result<StartedExecution, Unanswered<StartRejection>>
where
    P: Machines + Sync,
{
    let order = Order::of(ports, tools, request).await?;
    Err(Unanswered::Rejected(match order.machine.machine_type {
        MachineType::Standard => StartRejection::Type(TypeNotSupported),
        MachineType::Express => StartRejection::Express,
    }))
}

/// A request in order.
struct Order {
    machine: Arc<StateMachine>,
    name: Option<Name>,
    input: Payload,
    trace_header: Option<String>,
}

impl Order {
    async fn of<P>(
        ports: &P,
        tools: &Tools,
        request: StartExecution,
    ) -> Result<Self, Unanswered<StartRejection>>
    where
        P: Machines + Sync,
    {
        let StartExecution { state_machine_arn, name, input, trace_header } = request;
        let (machine, name, input) = check(tools, &state_machine_arn, name.as_deref(), input)
            .map_err(Unanswered::Rejected)?;
        let machine = match machine {
            Some(machine) => ports.machine(&machine).await?,
            None => None,
        };
        let machine =
            machine.ok_or(Unanswered::Rejected(StartRejection::DoesNotExist(NoStateMachine {
                arn: state_machine_arn,
            })))?;
        Ok(Self { machine, name, input, trace_header })
    }
}

/// Judges what can be judged without looking anything up. No machine: the ARN names none here.
fn check(
    tools: &Tools,
    state_machine_arn: &str,
    name: Option<&str>,
    input: Option<String>,
) -> Result<(Option<Name>, Option<Name>, Payload), StartRejection> {
    let arn = StateMachineArn::parse(state_machine_arn).map_err(StartRejection::InvalidArn)?;
    if arn.label.is_some() {
        let arn = state_machine_arn.to_owned();
        return Err(StartRejection::Labelled(LabelledArn { arn }));
    }
    let name = name.map(Name::parse).transpose().map_err(StartRejection::InvalidName)?;
    let input = match input {
        Some(text) => input::parse(&text, tools.limits).map_err(StartRejection::InvalidInput)?,
        None => Payload::empty_object(),
    };
    let machine = (arn.qualifier.is_none() && arn.place == tools.place).then_some(arn.name);
    Ok((machine, name, input))
}

/// A version 4 UUID.
///
/// # Panics
/// Never: a UUID is a name.
fn random_name(chance: &impl Chance) -> Name {
    let uuid = Builder::from_random_bytes(chance.seed().to_be_bytes()).into_uuid();
    Name::parse(&uuid.to_string()).expect("36 hexadecimal digits and hyphens are a name")
}

fn first_record(definition: &Definition, facts: &Arc<Facts>, input: Payload) -> Record {
    let first = engine::begin(definition, input, &facts.role_arn);
    Record {
        via: Via::Start,
        at: facts.started_at,
        clock: 0,
        facts: Arc::clone(facts),
        frame: first.frame,
        events: first.events,
    }
    .sharing_payloads(None)
}

/// The timeout goes first: as long as record 0 is the head, whoever wakes a forgotten execution
/// knows that neither may have been sent; afterwards both have been.
pub(crate) async fn send_first_messages(
    queue: &impl Queue,
    execution: &ExecutionId,
    definition: &Definition,
    facts: &Facts,
) -> Result<(), Fault> {
    expire_in_time(queue, execution, definition, facts).await?;
    let cue = Cue::Take(RecordNumber::FIRST);
    let first = Message { execution: execution.clone(), frame: FramePath::ROOT, cue };
    queue.send(first, lane_of_state(definition, &definition.workflow.start_at), None).await
}

#[cfg(test)]
mod tests {
    use model::Place;

    use super::*;

    const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:orders";

    fn tools() -> Tools {
        Tools::new(Place {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "000000000000".into(),
        })
    }

    #[test]
    fn a_start_without_input_has_an_empty_object() {
        let (machine, name, input) = check(&tools(), MACHINE, None, None).expect("in order");
        assert_eq!(machine, Name::parse("orders").ok());
        assert_eq!(name, None);
        assert_eq!(input.text(), "{}");
    }

    #[test]
    fn a_version_and_a_machine_elsewhere_are_not_here() {
        for arn in [&format!("{MACHINE}:1"), &MACHINE.replace("us-east-1", "eu-west-1")] {
            assert!(matches!(check(&tools(), arn, None, None), Ok((None, None, _))), "{arn}");
        }
    }

    #[test]
    fn a_labelled_arn_is_refused_by_itself() {
        let arn = format!("{MACHINE}/each");
        let labelled = StartRejection::Labelled(LabelledArn { arn: arn.clone() });
        assert_eq!(check(&tools(), &arn, None, None).err(), Some(labelled));
    }

    #[test]
    fn a_bad_name_is_quoted() {
        let refused = check(&tools(), MACHINE, Some("a b"), None).err();
        assert_eq!(
            refused.map(|rejection| rejection.to_string()),
            Some("Invalid Name: 'a b'".to_owned())
        );
    }

    #[test]
    fn a_random_name_is_a_version_4_uuid() {
        struct Always;
        impl Chance for Always {
            fn seed(&self) -> u128 {
                u128::MAX
            }
        }
        assert_eq!(random_name(&Always).as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
