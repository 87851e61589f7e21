//! Small test data.

use std::sync::Arc;

use model::{
    ChildIndex, EventKind, Execution, ExecutionFacts, ExecutionId, ForkShape, Frame, FrameOutcome,
    FramePath, FramePhase, MachineVersions, Payload, QueueName, Record, RecordKey, RecordNumber,
    RecordedEvent, ResourceName, Revision, RevisionId, StateMachine, StateMachineStatus,
    StateMachineType, StateName, StateVisit, TaskCall, TaskResource, Timestamp, WrittenBy,
    limits::BUCKET_CHILDREN,
};
use orchestrator::ports::{AppendOutcome, ExecutionCreation, ExecutionStore, RecordLog};

pub(super) fn parse_name(text: &str) -> ResourceName {
    ResourceName::parse(text).expect("a name")
}

pub(super) fn execution_id(machine: &str, execution: &str) -> ExecutionId {
    ExecutionId::from_names(&parse_name(machine), &parse_name(execution))
}

pub(super) const fn timestamp_at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

pub(super) fn parse_payload(text: &str) -> Payload {
    Payload::parse(text).expect("JSON")
}

pub(super) fn execution_facts(started_at: i64) -> Arc<ExecutionFacts> {
    let revision = RevisionId::new("revision");
    let (role_arn, started_at) = ("role".to_owned(), timestamp_at(started_at));
    Arc::new(ExecutionFacts {
        revision,
        role_arn,
        started_at,
        timeout_seconds: None,
        last_redrive: None,
        started_by: None,
        asynchronous_functions: false,
        version: None,
        is_logged: false,
    })
}

/// A record whose input shows when it was written.
pub(super) fn ready_record(written_at: i64) -> Record {
    record_in_phase(
        written_at,
        FramePhase::Ready {
            input: parse_payload(&format!("{{ \"n\": {written_at}}}")),
            queue: QueueName::Steps,
        },
    )
}

/// A record that claims a call.
pub(super) fn claimed_record(written_at: i64) -> Record {
    let resource = TaskResource::LambdaFunction {
        arn: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
    };
    record_in_phase(
        written_at,
        FramePhase::Claimed {
            input: parse_payload("1"),
            visit: StateVisit {
                entered_at: timestamp_at(written_at),
                entered_event: 1,
                retries: Vec::new(),
            },
            call: TaskCall {
                resource,
                payload: parse_payload("1"),
                secret: None,
                credentials: None,
            },
            deadline: None,
            heartbeat_seconds: None,
        },
    )
}

pub(super) fn ended_record(written_at: i64, outcome: FrameOutcome) -> Record {
    record_in_phase(written_at, FramePhase::Ended(outcome))
}

fn record_in_phase(written_at: i64, phase: FramePhase) -> Record {
    let state = StateName::new("State");
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: timestamp_at(written_at),
        logical_clock: 7,
        facts: execution_facts(0),
        frame: Frame {
            state,
            phase,
            iteration: None,
            fork: None,
            variables: model::WorkflowVariables::default(),
            events_before: 0,
            events: 1,
        },
        events: vec![RecordedEvent::new_chained(EventKind::LambdaFunctionStarted)],
        left: None,
    }
}

pub(super) fn new_execution(started_at: i64) -> Execution {
    let input = ready_record(started_at).frame.held_payload().expect("it has data").clone();
    Execution { facts: execution_facts(started_at), input, trace_header: None, end: None }
}

pub(super) fn record_key(id: &ExecutionId, frame: &FramePath, number: u64) -> RecordKey {
    let (execution, frame) = (id.clone(), frame.clone());
    RecordKey { execution, frame, number: RecordNumber::new(number) }
}

pub(super) fn child_frame(number: u64, index: u32) -> FramePath {
    FramePath::ROOT.child_path(RecordNumber::new(number), ChildIndex::new(index))
}

/// Creates an execution with its record 0.
pub(super) async fn start_execution(
    store: &impl ExecutionStore,
    machine: &str,
    execution_name: &str,
    started_at: i64,
) -> ExecutionId {
    let id = execution_id(machine, execution_name);
    let created =
        store.create_execution(&id, new_execution(started_at), ready_record(started_at)).await;
    assert!(matches!(created, Ok(ExecutionCreation::Done)), "{created:?}");
    id
}

pub(super) async fn append_record(store: &impl RecordLog, key: &RecordKey, record: Record) -> bool {
    match store.append_record(key, record).await.expect("no fault") {
        AppendOutcome::Done(_) => true,
        AppendOutcome::Lost => false,
    }
}

pub(super) fn state_machine(machine_name: &str, revision: &str) -> StateMachine {
    StateMachine {
        name: parse_name(machine_name),
        machine_type: StateMachineType::Standard,
        status: StateMachineStatus::Active,
        created_at: timestamp_at(1),
        revision: Revision {
            id: RevisionId::new(revision),
            initial: true,
            definition: "{ \"StartAt\": \"A\" }".into(),
            role_arn: "role".to_owned(),
            created_at: timestamp_at(2),
            logging: serde_json::json!({"level": "OFF"}),
            tracing: serde_json::json!({"enabled": false}),
            encryption: None,
        },
        tags: vec![("b".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())],
        created_with_version: None,
        versions: Arc::new(MachineVersions::of_new_machine(timestamp_at(1))),
    }
}

/// The shape of a fork with buckets as large as they are in a deployment.
pub(super) const fn fork_shape(children: u32, concurrency: u32) -> ForkShape {
    let bucket_children = BUCKET_CHILDREN;
    ForkShape { children, concurrency, bucket_children, tolerated_failures: 0 }
}
