//! Small data for the contracts.

use std::sync::Arc;

use model::{
    Call, CallTarget, ChildEnd, ChildIndex, Event, EventKind, Execution, ExecutionId, Facts, Frame,
    FramePath, MachineType, Name, Outcome, Payload, Phase, Record, RecordKey, RecordNumber,
    Redriven, Revision, RevisionId, Secret, StateMachine, StateName, Timestamp, Variables, Via,
    Visit,
};
use orchestrator::ports::{Append, Created, Executions, Log};

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(crate) fn execution_id(machine: &str, execution: &str) -> ExecutionId {
    ExecutionId::new(&name(machine), &name(execution))
}

pub(crate) const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

pub(crate) fn payload(text: &str) -> Payload {
    Payload::parse(text).expect("JSON")
}

fn facts(started_at: i64) -> Arc<Facts> {
    let revision = RevisionId::new("revision");
    let (role_arn, started_at) = ("role".to_owned(), at(started_at));
    Arc::new(Facts { revision, role_arn, started_at, redriven: None, starter: None })
}

/// A record that says when it was written.
pub(crate) fn record(written_at: i64) -> Record {
    record_of(written_at, payload(&format!("{{ \"n\": {written_at}}}")))
}

/// A record that holds this.
pub(crate) fn record_of(written_at: i64, input: Payload) -> Record {
    with_phase(written_at, Phase::Ready { input })
}

/// A record that claims a call.
pub(crate) fn claim(written_at: i64) -> Record {
    let target = CallTarget::LambdaFunction { arn: "arn".to_owned() };
    with_phase(
        written_at,
        Phase::Claimed {
            input: payload("1"),
            visit: visit(written_at),
            call: Call { target, payload: payload("1"), secret: None, client_token: None },
            deadline: None,
            heartbeat_seconds: None,
        },
    )
}

/// A record of a task whose answer comes from elsewhere.
pub(crate) fn submitted(written_at: i64, heartbeat_seconds: Option<u64>) -> Record {
    with_phase(
        written_at,
        Phase::Submitted {
            input: payload("1"),
            visit: visit(written_at),
            secret: Secret::new(7),
            deadline: None,
            heartbeat_seconds,
            job: None,
            look_at: None,
        },
    )
}

fn visit(entered_at: i64) -> Visit {
    Visit { entered_at: at(entered_at), entered_event: 1, retries: Vec::new() }
}

/// The redrive of that number.
pub(crate) fn redriven(count: u32, redriven_at: i64) -> Redriven {
    Redriven { count, at: at(redriven_at), client_token: Some(format!("token-{count}")) }
}

/// The last record of a log.
pub(crate) fn last_record(written_at: i64, outcome: Outcome) -> Record {
    with_phase(written_at, Phase::Ended(outcome))
}

fn with_phase(written_at: i64, phase: Phase) -> Record {
    Record {
        via: Via::Start,
        at: at(written_at),
        clock: 7,
        facts: facts(0),
        frame: Frame {
            state: StateName::new("State"),
            phase,
            iteration: None,
            variables: Variables::default(),
            events_before: 0,
            events: 1,
        },
        events: vec![Event::chained(EventKind::LambdaFunctionStarted)],
    }
}

/// An execution whose input is that of [`record`].
pub(crate) fn execution(started_at: i64) -> Execution {
    let input = record(started_at).frame.data().expect("it has data").clone();
    Execution { facts: facts(started_at), input, trace_header: None, end: None }
}

pub(crate) fn key(id: &ExecutionId, frame: &FramePath, number: u64) -> RecordKey {
    let (execution, frame) = (id.clone(), frame.clone());
    RecordKey { execution, frame, number: RecordNumber::new(number) }
}

pub(crate) fn root(id: &ExecutionId, number: u64) -> RecordKey {
    key(id, &FramePath::ROOT, number)
}

pub(crate) fn child(number: u64, index: u32) -> FramePath {
    FramePath::ROOT.child(RecordNumber::new(number), ChildIndex::new(index))
}

pub(crate) const fn succeeded() -> ChildEnd {
    ChildEnd { record: RecordNumber::FIRST, failed: false }
}

/// An execution with its record 0.
pub(crate) async fn start(
    store: &impl Executions,
    machine: &str,
    execution_name: &str,
    started_at: i64,
) -> ExecutionId {
    let id = execution_id(machine, execution_name);
    let created = store.create(&id, execution(started_at), record(started_at)).await;
    assert!(matches!(created, Ok(Created::Done)), "{created:?}");
    id
}

/// Whether the append was done.
pub(crate) async fn append(store: &impl Log, key: &RecordKey, record: Record) -> bool {
    match store.append(key, record).await.expect("no fault") {
        Append::Done(_) => true,
        Append::Lost => false,
    }
}

pub(crate) fn machine(machine_name: &str, revision: &str) -> StateMachine {
    StateMachine {
        name: name(machine_name),
        machine_type: MachineType::Standard,
        created_at: at(1),
        revision: Revision {
            id: RevisionId::new(revision),
            initial: true,
            definition: "{ \"StartAt\": \"A\" }".into(),
            role_arn: "role".to_owned(),
            created_at: at(2),
        },
        logging: serde_json::json!({"level": "OFF"}),
        tracing: serde_json::json!({"enabled": false}),
        encryption: None,
        tags: vec![("b".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())],
    }
}
