//! Machines, their revisions, and their end.

use model::{ChildEnd, ChildIndex, FramePath, RecordNumber, RevisionId};
use orchestrator::ports::{CreatedMachine, Executions, Fans, History, Log, Machines};

use crate::store::tests::fixtures::{append, child, key, machine, name, record, start};

pub(in crate::store::tests) async fn a_machine_is_created_once(store: &impl Machines) {
    let created = store.create_machine(machine("m", "r1")).await.expect("no fault");
    assert!(matches!(created, CreatedMachine::Done));
    let created = store.create_machine(machine("m", "r2")).await.expect("no fault");
    let CreatedMachine::Exists(existing) = created else { panic!("it was created twice") };
    assert_eq!(*existing, machine("m", "r1"));
    assert!(store.revision(&RevisionId::new("r2")).await.expect("no fault").is_none());
}

pub(in crate::store::tests) async fn a_replaced_one_keeps_revisions(store: &impl Machines) {
    let first = machine("m", "r1");
    store.create_machine(first.clone()).await.expect("no fault");
    store.put_machine(machine("m", "r2")).await.expect("no fault");
    let newest = store.machine(&name("m")).await.expect("no fault");
    assert_eq!(newest.as_deref(), Some(&machine("m", "r2")));
    let earlier = store.revision(&RevisionId::new("r1")).await.expect("no fault");
    assert_eq!(earlier.as_deref(), Some(&first.revision));
    assert!(store.machine(&name("other")).await.expect("no fault").is_none());
}

pub(in crate::store::tests) async fn machines_are_listed_by_name(
    store: &(impl Machines + Executions),
) {
    for machine_name in ["b", "é", "a", "B", "c"] {
        store.create_machine(machine(machine_name, machine_name)).await.expect("no fault");
    }
    start(store, "an-execution-without-a-machine", "e", 1).await;
    let names = async |limit, after: Option<&str>| {
        let after = after.map(name);
        let listed = store.machines(limit, after.as_ref()).await.expect("no fault");
        listed.iter().map(|machine| machine.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(2, None).await, ["B", "a"]);
    assert_eq!(names(9, Some("a")).await, ["b", "c", "é"]);
}

pub(in crate::store::tests) async fn a_deleted_one_takes_all_along<S>(store: &S)
where
    S: Machines + Executions + Log + History + Fans,
{
    for machine_name in ["m", "mm"] {
        store.create_machine(machine(machine_name, machine_name)).await.expect("no fault");
        for execution in ["e", "f"] {
            let id = start(store, machine_name, execution, 1).await;
            let fork = key(&id, &FramePath::ROOT, 1);
            store.open(&fork, 400, 400).await.expect("no fault");
            for index in 0..150 {
                let last = key(&id, &child(1, index), 0);
                assert!(append(store, &last, record(2)).await);
                let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
                store.end_child(&fork, ChildIndex::new(index), end).await.expect("no fault");
            }
        }
    }
    store.delete_machine(&name("m")).await.expect("no fault");
    store.delete_machine(&name("m")).await.expect("no fault");

    assert!(store.machine(&name("m")).await.expect("no fault").is_none());
    let id = model::ExecutionId::new(&name("m"), &name("e"));
    let (first, fork) = (key(&id, &FramePath::ROOT, 0), key(&id, &FramePath::ROOT, 1));
    let none = (
        store.execution(&id).await.expect("no fault"),
        store.load(&first).await.expect("no fault"),
        store.fan(&fork).await.expect("no fault"),
    );
    assert!(matches!(none, (None, None, None)));
    assert!(store.records(&id).await.expect("no fault").is_empty());
    assert!(!append(store, &fork, record(3)).await, "it is lost");
    store
        .finish(&id, None, (record(3).at, &model::Outcome::Failed(model::Failure::named("E"))))
        .await
        .expect("no fault");
    assert!(store.list(&name("m"), None, 9, None).await.expect("no fault").executions.is_empty());

    store.create_machine(machine("m", "again")).await.expect("no fault");
    assert!(store.list(&name("m"), None, 9, None).await.expect("no fault").executions.is_empty());
    start(store, "m", "e", 1).await;
    assert!(store.fan(&fork).await.expect("no fault").is_none());
    assert_eq!(store.records(&id).await.expect("no fault").len(), 1);

    let other = model::ExecutionId::new(&name("mm"), &name("e"));
    assert_eq!(store.records(&other).await.expect("no fault").len(), 151);
}
