//! What the store promises.

use futures_util::FutureExt;
use model::{
    ChildEnd, ChildIndex, Facts, Failure, Frame, MachineType, Outcome, Payload, Phase, StateName,
    Status, Variables, Via,
};
use orchestrator::ports::{
    Append, Created, CreatedMachine, Executions, Fans, History, Log, Machines,
};

use super::*;

const END: ChildEnd = ChildEnd { record: RecordNumber::FIRST, failed: false };

/// What a call gives; every future of this store is ready at once.
fn now<T>(call: impl Future<Output = Result<T, Fault>>) -> T {
    call.now_or_never().expect("nothing waits here").expect("no fault")
}

const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn id(execution: &str) -> ExecutionId {
    ExecutionId::new(&name("m"), &name(execution))
}

fn key(execution: &str, number: u64) -> RecordKey {
    RecordKey { number: RecordNumber::new(number), ..first_key(&id(execution)) }
}

fn facts(started_at: i64) -> Arc<Facts> {
    let revision = RevisionId::new("r");
    let (role_arn, started_at) = ("role".to_owned(), at(started_at));
    Arc::new(Facts { revision, role_arn, started_at, redriven: None, starter: None })
}

fn record(written_at: i64) -> Record {
    let frame = Frame {
        state: StateName::new("S"),
        phase: Phase::Ready { input: Payload::empty_object() },
        iteration: None,
        variables: Variables::default(),
        events_before: 0,
        events: 1,
    };
    let facts = facts(0);
    Record { via: Via::Start, at: at(written_at), clock: 0, facts, frame, events: Vec::new() }
}

fn machine(machine_name: &str, revision: &str) -> StateMachine {
    StateMachine {
        name: name(machine_name),
        machine_type: MachineType::Standard,
        created_at: at(1),
        revision: Revision {
            id: RevisionId::new(revision),
            initial: true,
            definition: "{}".into(),
            role_arn: "role".to_owned(),
            created_at: at(1),
        },
        logging: serde_json::Value::Null,
        tracing: serde_json::Value::Null,
        encryption: None,
        tags: Vec::new(),
    }
}

fn start(store: &MemoryStore, execution: &str, started_at: i64) -> Created {
    let input = Payload::empty_object();
    let started = Execution { facts: facts(started_at), input, trace_header: None, end: None };
    now(store.create(&id(execution), started, record(started_at)))
}

fn append(store: &MemoryStore, key: &RecordKey, written_at: i64) -> bool {
    matches!(now(store.append(key, record(written_at))), Append::Done(_))
}

fn listed(store: &MemoryStore, status: Option<Status>, limit: u32) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = now(store.list(&name("m"), status, limit, after.as_deref()));
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
    assert!(matches!(start(&store, "e", 10), Created::Done));
    let Created::Exists(existing) = start(&store, "e", 20) else { panic!("started twice") };
    assert_eq!(existing.facts.started_at, at(10));
    let outcome = Outcome::Succeeded(Payload::empty_object());
    now(store.finish(&id("e"), None, (at(30), &outcome)));
    now(store.finish(&id("e"), None, (at(40), &Outcome::Failed(Failure::named("E")))));
    now(store.finish(&id("gone"), None, (at(40), &outcome)));
    let ended = now(store.execution(&id("e"))).expect("it is there");
    assert_eq!(ended.end, Some((at(30), outcome)));
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
    let loaded = now(store.load_all(&keys));
    assert_eq!(loaded.iter().map(|record| record.at).collect::<Vec<_>>(), [at(12), at(10)]);
    assert_eq!(now(store.records(&id("e"))).len(), 2);
    assert!(now(store.load(&key("e", 9))).is_none());
}

#[test]
fn a_lease_is_the_later_of_both_and_ends_with_the_next_record() {
    let store = MemoryStore::new();
    start(&store, "e", 10);
    let lease = || now(store.head(&id("e"), &FramePath::ROOT)).expect("it has one").lease;
    for (until, expected) in [(5, 10), (900_000, 900_000), (800_000, 900_000)] {
        now(store.renew(&key("e", 0), at(until)));
        assert_eq!(lease(), at(expected));
    }
    append(&store, &key("e", 1), 20);
    now(store.renew(&key("e", 0), at(950_000)));
    assert_eq!(lease(), at(20));
}

#[test]
fn a_fan_is_opened_once_and_one_that_was_not_is_open() {
    let store = MemoryStore::new();
    let fork = key("e", 1);
    let refused = Fans::open(&store, &fork, 2, 2).now_or_never();
    assert!(matches!(refused, Some(Err(Fault::Broken { .. }))), "there is no such execution");
    start(&store, "e", 1);
    assert!(now(store.all_open(std::slice::from_ref(&fork))));
    assert_eq!(now(store.end_child(&fork, ChildIndex::new(0), END)), None);
    let opened = now(store.open(&fork, 2, 1));
    assert_eq!(now(store.open(&fork, 9, 9)), opened);
    let update = now(store.end_child(&fork, ChildIndex::new(0), END)).expect("it is open");
    assert_eq!(update.starts, Some(ChildIndex::new(1)));
    now(store.close(&fork));
    now(store.close(&key("e", 2)));
    assert!(!now(store.all_open(&[fork])));
    assert!(!now(store.open(&key("e", 2), 3, 3)).is_open());
}

#[test]
fn a_list_is_newest_first_in_pages_of_any_size() {
    let store = MemoryStore::new();
    for number in 0..6 {
        start(&store, &format!("e{number}"), 100 + number);
    }
    let outcome = Outcome::Succeeded(Payload::empty_object());
    for (number, ended_at) in [(3, 200), (1, 300), (5, 104)] {
        now(store.finish(&id(&format!("e{number}")), None, (at(ended_at), &outcome)));
    }
    let all = ["e1", "e3", "e5", "e4", "e2", "e0"];
    for limit in [1, 2, 3, 100] {
        assert_eq!(listed(&store, None, limit), all);
        assert_eq!(listed(&store, Some(Status::Running), limit), ["e4", "e2", "e0"]);
    }
    let refused = store.list(&name("m"), None, 1, Some("no token")).now_or_never();
    assert!(matches!(refused, Some(Err(Fault::Port { .. }))));
    assert!(now(store.list(&name("nobody"), None, 1, None)).executions.is_empty());
}

#[test]
fn machines_are_created_once_kept_by_revision_and_listed_by_name() {
    let store = MemoryStore::new();
    for machine_name in ["b", "é", "a", "B"] {
        let created = now(store.create_machine(machine(machine_name, machine_name)));
        assert!(matches!(created, CreatedMachine::Done));
    }
    let created = now(store.create_machine(machine("a", "other")));
    assert!(matches!(created, CreatedMachine::Exists(_)));
    assert!(now(store.revision(&RevisionId::new("other"))).is_none());
    now(store.put_machine(machine("a", "newer")));
    let newest = now(store.machine(&name("a"))).expect("it is there");
    assert_eq!(newest.revision.id, RevisionId::new("newer"));
    assert!(now(store.revision(&RevisionId::new("a"))).is_some());
    let names = |limit, after: Option<&str>| {
        let listed = now(store.machines(limit, after.map(name).as_ref()));
        listed.iter().map(|machine| machine.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(2, None), ["B", "a"]);
    assert_eq!(names(9, Some("a")), ["b", "é"]);
}

#[test]
fn a_deleted_machine_takes_all_along() {
    let store = MemoryStore::new();
    for machine_name in ["m", "mm"] {
        now(store.create_machine(machine(machine_name, machine_name)));
    }
    start(&store, "e", 1);
    now(store.open(&key("e", 1), 2, 2));
    let other = ExecutionId::new(&name("mm"), &name("e"));
    let input = Payload::empty_object();
    let started = Execution { facts: facts(1), input, trace_header: None, end: None };
    now(store.create(&other, started, record(1)));
    now(store.delete_machine(&name("m")));
    now(store.delete_machine(&name("m")));
    assert!(now(store.machine(&name("m"))).is_none());
    assert!(now(store.revision(&RevisionId::new("m"))).is_none());
    assert!(now(store.execution(&id("e"))).is_none());
    assert!(now(store.records(&id("e"))).is_empty());
    assert!(now(store.fan(&key("e", 1))).is_none());
    assert!(listed(&store, None, 9).is_empty());
    assert!(!append(&store, &key("e", 1), 2));
    now(store.close(&key("e", 1)));
    start(&store, "e", 1);
    assert!(now(store.fan(&key("e", 1))).is_none());
    assert_eq!(now(store.records(&other)).len(), 1);
    assert!(now(store.machine(&name("mm"))).is_some());
}
