//! Tests of the in-memory store.

use futures_util::FutureExt;
use model::{
    ChildIndex, ExecutionFacts, ExecutionStatus, Failure, ForkShape, Frame, FrameOutcome,
    FramePhase, Payload, QueueName, StateMachineStatus, StateMachineType, StateName,
    WorkflowVariables, WrittenBy, limits::BUCKET_CHILDREN,
};
use orchestrator::ports::{
    AppendOutcome, ExecutionCreation, ExecutionFilter, ExecutionStore, FanInStore, GateStore,
    HistoryReader, MachineCreation, RecordLog, StateMachineStore,
};

use super::*;

const fn shape(children: u32, concurrency: u32) -> ForkShape {
    let bucket_children = BUCKET_CHILDREN;
    ForkShape { children, concurrency, bucket_children, tolerated_failures: 0 }
}

/// Returns the result of a call. Every future of this store is ready at once.
fn resolve_ready<T>(call: impl Future<Output = Result<T, Fault>>) -> T {
    call.now_or_never().expect("nothing waits here").expect("no fault")
}

const fn timestamp_at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn name(text: &str) -> ResourceName {
    ResourceName::parse(text).expect("a name")
}

fn id(execution: &str) -> ExecutionId {
    ExecutionId::from_names(&name("m"), &name(execution))
}

fn key(execution: &str, number: u64) -> RecordKey {
    RecordKey { number: RecordNumber::new(number), ..first_record_key(&id(execution)) }
}

fn facts(started_at: i64) -> Arc<ExecutionFacts> {
    let revision = RevisionId::new("r");
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

fn record(written_at: i64) -> Record {
    let frame = Frame {
        state: StateName::new("S"),
        phase: FramePhase::Ready { input: Payload::empty_object(), queue: QueueName::Steps },
        iteration: None,
        fork: None,
        variables: WorkflowVariables::default(),
        events_before: 0,
        events: 1,
    };
    let facts = facts(0);
    Record {
        written_by: WrittenBy::StartFrame,
        written_at: timestamp_at(written_at),
        logical_clock: 0,
        facts,
        frame,
        events: Vec::new(),
        left: None,
    }
}

fn machine(machine_name: &str, revision: &str) -> StateMachine {
    StateMachine {
        name: name(machine_name),
        machine_type: StateMachineType::Standard,
        status: StateMachineStatus::Active,
        created_at: timestamp_at(1),
        revision: Revision {
            id: RevisionId::new(revision),
            initial: true,
            definition: "{}".into(),
            role_arn: "role".to_owned(),
            created_at: timestamp_at(1),
            logging: serde_json::Value::Null,
            tracing: serde_json::Value::Null,
            encryption: None,
        },
        tags: Vec::new(),
        created_with_version: None,
        versions: Arc::default(),
    }
}

fn start(store: &MemoryStore, execution: &str, started_at: i64) -> ExecutionCreation {
    let input = Payload::empty_object();
    let started = Execution { facts: facts(started_at), input, trace_header: None, end: None };
    resolve_ready(store.create_execution(&id(execution), started, record(started_at)))
}

fn append(store: &MemoryStore, key: &RecordKey, written_at: i64) -> bool {
    matches!(resolve_ready(store.append_record(key, record(written_at))), AppendOutcome::Done(_))
}

fn listed(store: &MemoryStore, status: Option<ExecutionStatus>, limit: u32) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = resolve_ready(store.list_executions(
            &name("m"),
            ExecutionFilter { status, ..ExecutionFilter::default() },
            limit,
            after.as_deref(),
        ));
        assert!(page.executions.len() <= limit as usize);
        names.extend(page.executions.iter().map(|listed| listed.id.as_str()[2..].to_owned()));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

#[test]
fn a_name_is_started_once_and_ends_once() {
    let store = MemoryStore::new();
    assert!(matches!(start(&store, "e", 10), ExecutionCreation::Done));
    let ExecutionCreation::Exists(existing) = start(&store, "e", 20) else {
        panic!("started twice")
    };
    assert_eq!(existing.facts.started_at, timestamp_at(10));
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    resolve_ready(store.finish_execution(&id("e"), None, (timestamp_at(30), &outcome)));
    resolve_ready(store.finish_execution(
        &id("e"),
        None,
        (timestamp_at(40), &FrameOutcome::Failed(Failure::with_error_name("E"))),
    ));
    resolve_ready(store.finish_execution(&id("gone"), None, (timestamp_at(40), &outcome)));
    let ended = resolve_ready(store.load_execution(&id("e"))).expect("it is there");
    assert_eq!(ended.end, Some((timestamp_at(30), outcome)));
}

#[test]
fn an_append_wins_once_and_only_where_there_is_an_execution() {
    let store = MemoryStore::new();
    assert!(!append(&store, &key("e", 0), 5));
    start(&store, "e", 10);
    assert!(!append(&store, &key("e", 0), 11), "the start has written record 0");
    assert!(append(&store, &key("e", 1), 12));
    assert!(!append(&store, &key("e", 1), 13));
    let keys = [key("e", 1), key("e", 9), key("e", 0)];
    let loaded = resolve_ready(store.load_records(&keys));
    assert_eq!(
        loaded.iter().map(|record| record.written_at).collect::<Vec<_>>(),
        [timestamp_at(12), timestamp_at(10)]
    );
    assert_eq!(resolve_ready(store.load_all_records(&id("e"))).len(), 2);
    assert!(resolve_ready(store.load_record(&key("e", 9))).is_none());
}

#[test]
fn a_lease_is_the_later_of_both_and_ends_with_the_next_record() {
    let store = MemoryStore::new();
    start(&store, "e", 10);
    let lease =
        || resolve_ready(store.load_head(&id("e"), &FramePath::ROOT)).expect("it has one").lease;
    for (until, expected) in [(5, 10), (900_000, 900_000), (800_000, 900_000)] {
        resolve_ready(store.renew_lease(&key("e", 0), timestamp_at(until)));
        assert_eq!(lease(), timestamp_at(expected));
    }
    append(&store, &key("e", 1), 20);
    resolve_ready(store.renew_lease(&key("e", 0), timestamp_at(950_000)));
    assert_eq!(lease(), timestamp_at(20));
}

#[test]
fn a_gate_is_opened_once_and_one_that_was_not_is_open() {
    let store = MemoryStore::new();
    let fork = key("e", 1);
    let refused = store.open_gate(&fork, &shape(2, 2)).now_or_never();
    assert!(matches!(refused, Some(Err(Fault::Broken { .. }))), "there is no such execution");
    start(&store, "e", 1);
    assert!(resolve_ready(store.are_gates_open(std::slice::from_ref(&fork))));
    let first = ChildIndex::new(0);
    assert_eq!(resolve_ready(store.advance_slot(&fork, &shape(2, 1), 0, first)), None);
    let opened = resolve_ready(store.open_gate(&fork, &shape(2, 1)));
    assert_eq!(resolve_ready(store.open_gate(&fork, &shape(9, 9))), opened);
    resolve_ready(store.open_slots(&fork, &shape(2, 1), 0));
    let next = resolve_ready(store.advance_slot(&fork, &shape(2, 1), 0, first));
    assert_eq!(next, Some(ChildIndex::new(1)));
    resolve_ready(store.close_gate(&fork, &shape(2, 1)));
    resolve_ready(store.close_gate(&key("e", 2), &shape(3, 3)));
    assert!(!resolve_ready(store.are_gates_open(&[fork])));
    assert!(!resolve_ready(store.open_gate(&key("e", 2), &shape(3, 3))).is_open());
}

#[test]
fn a_list_is_newest_first_in_pages_of_any_size() {
    let store = MemoryStore::new();
    for number in 0..6 {
        start(&store, &format!("e{number}"), 100 + number);
    }
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    for (number, ended_at) in [(3, 200), (1, 300), (5, 104)] {
        resolve_ready(store.finish_execution(
            &id(&format!("e{number}")),
            None,
            (timestamp_at(ended_at), &outcome),
        ));
    }
    let all = ["e1", "e3", "e5", "e4", "e2", "e0"];
    for limit in [1, 2, 3, 100] {
        assert_eq!(listed(&store, None, limit), all);
        assert_eq!(listed(&store, Some(ExecutionStatus::Running), limit), ["e4", "e2", "e0"]);
    }
    let refused = store
        .list_executions(&name("m"), ExecutionFilter::default(), 1, Some("no token"))
        .now_or_never();
    assert!(matches!(refused, Some(Err(Fault::Port { .. }))));
    assert!(
        resolve_ready(store.list_executions(&name("nobody"), ExecutionFilter::default(), 1, None))
            .executions
            .is_empty()
    );
}

#[test]
fn machines_are_created_once_kept_by_revision_and_listed_by_name() {
    let store = MemoryStore::new();
    for machine_name in ["b", "é", "a", "B"] {
        let created = resolve_ready(store.create_machine(machine(machine_name, machine_name)));
        assert!(matches!(created, MachineCreation::Done));
    }
    let created = resolve_ready(store.create_machine(machine("a", "other")));
    assert!(matches!(created, MachineCreation::Exists(_)));
    assert!(resolve_ready(store.load_revision(&RevisionId::new("other"))).is_none());
    resolve_ready(store.put_machine(machine("a", "newer")));
    let newest = resolve_ready(store.load_machine(&name("a"))).expect("it is there");
    assert_eq!(newest.revision.id, RevisionId::new("newer"));
    assert!(resolve_ready(store.load_revision(&RevisionId::new("a"))).is_some());
    let names = |limit, after: Option<&str>| {
        let listed = resolve_ready(store.list_machines(limit, after.map(name).as_ref()));
        listed.iter().map(|machine| machine.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(2, None), ["B", "a"]);
    assert_eq!(names(9, Some("a")), ["b", "é"]);
}

#[test]
fn a_deleted_machine_takes_all_along() {
    let store = MemoryStore::new();
    for machine_name in ["m", "mm"] {
        resolve_ready(store.create_machine(machine(machine_name, machine_name)));
    }
    start(&store, "e", 1);
    resolve_ready(store.open_gate(&key("e", 1), &shape(2, 2)));
    let other = ExecutionId::from_names(&name("mm"), &name("e"));
    let input = Payload::empty_object();
    let started = Execution { facts: facts(1), input, trace_header: None, end: None };
    resolve_ready(store.create_execution(&other, started, record(1)));
    resolve_ready(store.delete_machine(&name("m")));
    resolve_ready(store.delete_machine(&name("m")));
    assert!(resolve_ready(store.load_machine(&name("m"))).is_none());
    assert!(resolve_ready(store.load_revision(&RevisionId::new("m"))).is_none());
    assert!(resolve_ready(store.load_execution(&id("e"))).is_none());
    assert!(resolve_ready(store.load_all_records(&id("e"))).is_empty());
    assert!(resolve_ready(store.load_gate(&key("e", 1))).is_none());
    assert!(listed(&store, None, 9).is_empty());
    assert!(!append(&store, &key("e", 1), 2));
    resolve_ready(store.close_gate(&key("e", 1), &shape(2, 2)));
    start(&store, "e", 1);
    assert!(resolve_ready(store.load_gate(&key("e", 1))).is_none());
    assert_eq!(resolve_ready(store.load_all_records(&other)).len(), 1);
    assert!(resolve_ready(store.load_machine(&name("mm"))).is_some());
}
