//! Test data for the contracts.

use std::sync::Arc;

use model::{
    ChildEnd, ChildIndex, EventKind, Execution, ExecutionFacts, ExecutionId, ForkShape, Frame,
    FrameOutcome, FramePath, FramePhase, MachineVersions, Payload, QueueName, QueuedTask, Record,
    RecordKey, RecordNumber, RecordedEvent, RedriveDetails, ResourceName, Revision, RevisionId,
    StateMachine, StateMachineStatus, StateMachineType, StateName, StateVisit, TaskCall,
    TaskResource, TaskSecret, Timestamp, WorkflowVariables, WrittenBy, limits::BUCKET_CHILDREN,
};
use orchestrator::ports::{AppendOutcome, ExecutionCreation, ExecutionStore, RecordLog};

pub(crate) fn parse_name(text: &str) -> ResourceName {
    ResourceName::parse(text).expect("a name")
}

pub(crate) fn execution_id(machine: &str, execution: &str) -> ExecutionId {
    ExecutionId::from_names(&parse_name(machine), &parse_name(execution))
}

pub(crate) const fn timestamp_at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

pub(crate) fn parse_payload(text: &str) -> Payload {
    Payload::parse(text).expect("JSON")
}

fn execution_facts(started_at: i64) -> Arc<ExecutionFacts> {
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

/// A record whose input contains its timestamp.
pub(crate) fn record_at(written_at: i64) -> Record {
    record_with_input(written_at, parse_payload(&format!("{{ \"n\": {written_at}}}")))
}

pub(crate) fn record_with_input(written_at: i64, input: Payload) -> Record {
    with_phase(written_at, FramePhase::Ready { input, queue: QueueName::Steps })
}

/// A claim.
pub(crate) fn claim_record(written_at: i64) -> Record {
    let resource = TaskResource::LambdaFunction {
        arn: "arn:aws:lambda:us-east-1:000000000000:function:f".to_owned(),
    };
    with_phase(
        written_at,
        FramePhase::Claimed {
            input: parse_payload("1"),
            visit: state_visit(written_at),
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

/// A record of a task that waits for its token.
pub(crate) fn submitted_record(written_at: i64, heartbeat_seconds: Option<u64>) -> Record {
    with_phase(
        written_at,
        FramePhase::Submitted {
            input: parse_payload("1"),
            visit: state_visit(written_at),
            secret: TaskSecret::from_bits(7),
            deadline: None,
            heartbeat_seconds,
            job: None,
            queued: None,
            poll_at: None,
        },
    )
}

/// A record of a task that waits for a worker of an activity, whose input is long enough to be stored
/// once.
pub(crate) fn queued_record(written_at: i64) -> Record {
    let mut record = submitted_record(written_at, None);
    if let FramePhase::Submitted { queued, .. } = &mut record.frame.phase {
        *queued = Some(QueuedTask {
            activity: parse_name("work"),
            scheduled_at: timestamp_at(written_at),
            input: parse_payload(&format!("\"{}\"", "long".repeat(100))),
            heartbeat_seconds: Some(5),
        });
    }
    record
}

fn state_visit(entered_at: i64) -> StateVisit {
    StateVisit { entered_at: timestamp_at(entered_at), entered_event: 1, retries: Vec::new() }
}

pub(crate) fn redrive_number(count: u32, redriven_at: i64) -> RedriveDetails {
    RedriveDetails {
        count,
        requested_at: timestamp_at(redriven_at),
        client_token: Some(format!("token-{count}")),
        earlier_tokens: Vec::new(),
    }
}

/// A record that ends its log.
pub(crate) fn last_record(written_at: i64, outcome: FrameOutcome) -> Record {
    with_phase(written_at, FramePhase::Ended(outcome))
}

fn with_phase(written_at: i64, phase: FramePhase) -> Record {
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: timestamp_at(written_at),
        logical_clock: 7,
        facts: execution_facts(0),
        frame: Frame {
            state: StateName::new("State"),
            phase,
            iteration: None,
            fork: None,
            variables: WorkflowVariables::default(),
            events_before: 0,
            events: 1,
        },
        events: vec![RecordedEvent::new_chained(EventKind::LambdaFunctionStarted)],
        left: None,
    }
}

/// An execution with the input of [`record_at`].
pub(crate) fn new_execution(started_at: i64) -> Execution {
    let input = record_at(started_at).frame.held_payload().expect("it has data").clone();
    Execution { facts: execution_facts(started_at), input, trace_header: None, end: None }
}

pub(crate) fn record_key(id: &ExecutionId, frame: &FramePath, number: u64) -> RecordKey {
    let (execution, frame) = (id.clone(), frame.clone());
    RecordKey { execution, frame, number: RecordNumber::new(number) }
}

pub(crate) fn root_key(id: &ExecutionId, number: u64) -> RecordKey {
    record_key(id, &FramePath::ROOT, number)
}

pub(crate) fn child_path(number: u64, index: u32) -> FramePath {
    FramePath::ROOT.child_path(RecordNumber::new(number), ChildIndex::new(index))
}

pub(crate) const fn succeeded_child() -> ChildEnd {
    ChildEnd { record: RecordNumber::FIRST, failed: false }
}

/// The shape of a fork with buckets as large as they are in a deployment.
pub(crate) const fn fork_shape(children: u32, concurrency: u32) -> ForkShape {
    let bucket_children = BUCKET_CHILDREN;
    ForkShape { children, concurrency, bucket_children, tolerated_failures: 0 }
}

/// Creates an execution with its record 0.
pub(crate) async fn start_execution(
    store: &impl ExecutionStore,
    machine: &str,
    execution_name: &str,
    started_at: i64,
) -> ExecutionId {
    let id = execution_id(machine, execution_name);
    let created =
        store.create_execution(&id, new_execution(started_at), record_at(started_at)).await;
    assert!(matches!(created, Ok(ExecutionCreation::Done)), "{created:?}");
    id
}

/// Appends a record; false if the append lost to an earlier one.
pub(crate) async fn append(store: &impl RecordLog, key: &RecordKey, record: Record) -> bool {
    match store.append_record(key, record).await.expect("no fault") {
        AppendOutcome::Done(_) => true,
        AppendOutcome::Lost => false,
    }
}

pub(crate) fn new_state_machine(machine_name: &str, revision: &str) -> StateMachine {
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
