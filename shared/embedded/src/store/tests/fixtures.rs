//! Small data for the contracts.

use std::sync::Arc;

use model::{
    Call, CallTarget, ChildIndex, Event, EventKind, Execution, ExecutionId, Facts, Frame,
    FramePath, MachineType, Name, Outcome, Payload, Phase, Record, RecordKey, RecordNumber,
    Revision, RevisionId, StateMachine, StateName, Timestamp, Via, Visit,
};
use orchestrator::ports::{Append, Created, Executions, Log};

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(super) fn execution_id(machine: &str, execution: &str) -> ExecutionId {
    ExecutionId::new(&name(machine), &name(execution))
}

pub(super) const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

pub(super) fn payload(text: &str) -> Payload {
    Payload::parse(text).expect("JSON")
}

pub(super) fn facts(started_at: i64) -> Arc<Facts> {
    let revision = RevisionId::new("revision");
    let (role_arn, started_at) = ("role".to_owned(), at(started_at));
    Arc::new(Facts { revision, role_arn, started_at, redriven: None, starter: None })
}

/// A record that says when it was written.
pub(super) fn record(written_at: i64) -> Record {
    ending(written_at, Phase::Ready { input: payload(&format!("{{ \"n\": {written_at}}}")) })
}

/// A record that claims a call.
pub(super) fn claim(written_at: i64) -> Record {
    let target = CallTarget::LambdaFunction { arn: "arn".to_owned() };
    ending(
        written_at,
        Phase::Claimed {
            input: payload("1"),
            visit: Visit { entered_at: at(written_at), entered_event: 1, retries: Vec::new() },
            call: Call { target, payload: payload("1"), secret: None, client_token: None },
            deadline: None,
            heartbeat_seconds: None,
        },
    )
}

pub(super) fn last_record(written_at: i64, outcome: Outcome) -> Record {
    ending(written_at, Phase::Ended(outcome))
}

fn ending(written_at: i64, phase: Phase) -> Record {
    let state = StateName::new("State");
    Record {
        via: Via::Start,
        at: at(written_at),
        clock: 7,
        facts: facts(0),
        frame: Frame {
            state,
            phase,
            iteration: None,
            variables: model::Variables::default(),
            events_before: 0,
            events: 1,
        },
        events: vec![Event::chained(EventKind::LambdaFunctionStarted)],
    }
}

pub(super) fn execution(started_at: i64) -> Execution {
    let input = record(started_at).frame.data().expect("it has data").clone();
    Execution { facts: facts(started_at), input, trace_header: None, end: None }
}

pub(super) fn key(id: &ExecutionId, frame: &FramePath, number: u64) -> RecordKey {
    let (execution, frame) = (id.clone(), frame.clone());
    RecordKey { execution, frame, number: RecordNumber::new(number) }
}

pub(super) fn child(number: u64, index: u32) -> FramePath {
    FramePath::ROOT.child(RecordNumber::new(number), ChildIndex::new(index))
}

/// An execution with its record 0.
pub(super) async fn start(
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

pub(super) async fn append(store: &impl Log, key: &RecordKey, record: Record) -> bool {
    match store.append(key, record).await.expect("no fault") {
        Append::Done(_) => true,
        Append::Lost => false,
    }
}

pub(super) fn machine(machine_name: &str, revision: &str) -> StateMachine {
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
