//! What a store knows when it is opened again.

use std::collections::BTreeSet;

use model::{
    ChildEnd, ChildIndex, Failure, Fan, FramePath, Outcome, RecordNumber, Timestamp,
    limits::LEASE_MILLISECONDS,
};
use orchestrator::ports::{CreatedMachine, Executions, Fans, Log, Machines};

use super::fixtures::{
    append, at, child, claim as claiming, key, last_record, machine, name, payload, record, start,
};
use crate::store::{RunningHead, Store};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    assert!(matches!(store.create_machine(machine("m", "r")).await, Ok(CreatedMachine::Done)));
    let id = start(&store, "m", "e", 10).await;
    let outcome = Outcome::Succeeded(payload("{\"a\":  1}"));
    let last = last_record(20, outcome.clone());
    assert!(append(&store, &key(&id, &FramePath::ROOT, 1), last.clone()).await);
    store.finish(&id, None, (at(20), &outcome)).await.expect("no fault");
    let failed = start(&store, "m", "f", 10).await;
    let failure = Outcome::Failed(Failure::new("E", "cause"));
    store.finish(&failed, None, (at(30), &failure)).await.expect("no fault");
    let before = store.execution(&id).await.expect("no fault");
    store.shut_down().await;

    let store = Store::open(directory.path()).expect("opens");
    assert_eq!(store.execution(&id).await.expect("no fault"), before);
    let ended = store.execution(&failed).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((at(30), failure)));
    let loaded = store.load(&key(&id, &FramePath::ROOT, 1)).await.expect("no fault");
    assert_eq!(loaded.as_deref(), Some(&last));
    let found = store.machine(&name("m")).await.expect("no fault");
    assert_eq!(found.as_deref(), Some(&machine("m", "r")));
    let revision = store.revision(&machine("m", "r").revision.id).await.expect("no fault");
    assert_eq!(revision.as_deref(), Some(&machine("m", "r").revision));
    assert!(!append(&store, &key(&id, &FramePath::ROOT, 1), record(30)).await);
    store.shut_down().await;
}

#[tokio::test]
async fn a_claim_of_an_earlier_process_has_no_lease() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let id = start(&store, "m", "e", 10).await;
    let claim = key(&id, &FramePath::ROOT, 1);
    assert!(append(&store, &claim, claiming(20)).await);
    store.renew(&claim, at(900_000)).await.expect("no fault");
    assert_eq!(lease(&store, &claim.frame).await, at(900_000));
    store.shut_down().await;

    let store = Store::open(directory.path()).expect("opens");
    assert_eq!(lease(&store, &claim.frame).await, at(0));
    assert!(append(&store, &key(&id, &FramePath::ROOT, 2), claiming(30)).await);
    assert_eq!(lease(&store, &claim.frame).await, at(30 + LEASE_MILLISECONDS));
    store.shut_down().await;
}

async fn lease(store: &Store, frame: &FramePath) -> Timestamp {
    let id = super::fixtures::execution_id("m", "e");
    store.head(&id, frame).await.expect("no fault").expect("it has one").lease
}

#[tokio::test]
async fn a_fan_goes_on_where_it_was() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = Store::open(directory.path()).expect("opens");
    let id = start(&store, "m", "e", 1).await;
    let forks = [(17, 3), (40, 40), (11, 1)];
    let mut fans = forks.map(|(children, concurrency)| Fan::open(children, concurrency));
    let fork = |at| key(&id, &FramePath::ROOT, at);
    for (at, (children, concurrency)) in (0..).zip(forks) {
        store.open(&fork(at), children, concurrency).await.expect("no fault");
    }
    for round in 0..11 {
        for (at, fan) in (0..).zip(&mut fans) {
            // Eleven of the children, in no order, some of them twice.
            let child = ChildIndex::new(round * 7 % 11 / 2 * 2 + 1);
            let failed = at == 2 && round == 8;
            let end = ChildEnd { record: RecordNumber::new(u64::from(round)), failed };
            let update = store.end_child(&fork(at), child, end).await.expect("no fault");
            assert_eq!(update, Some(fan.end_child(child, end)));
        }
        if round == 9 {
            store.close(&fork(1)).await.expect("no fault");
            fans[1].close();
        }
        if round % 2 == 1 {
            store.shut_down().await;
            store = Store::open(directory.path()).expect("opens");
        }
        for (at, fan) in (0..).zip(&fans) {
            let found = store.fan(&fork(at)).await.expect("no fault");
            assert_eq!(found.as_deref(), Some(fan));
        }
    }
    store.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_head_of_a_running_execution_is_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let outcome = Outcome::Succeeded(payload("1"));
    for number in 0..40 {
        let id = start(&store, "m", &format!("e{number}"), 1).await;
        assert!(append(&store, &key(&id, &FramePath::ROOT, 1), record(2)).await);
        if number % 4 == 0 {
            store.finish(&id, None, (at(3), &outcome)).await.expect("no fault");
        }
    }
    start(&store, "deleted", "e", 1).await;
    store.delete_machine(&name("deleted")).await.expect("no fault");
    let id = super::fixtures::execution_id("m", "e1");
    let mut appends = tokio::task::JoinSet::new();
    for index in 0..300 {
        let (store, last) = (store.clone(), key(&id, &child(1, index), 0));
        let ended = last_record(4, outcome.clone());
        appends.spawn(async move { append(&store, &last, ended).await });
    }
    assert!(appends.join_all().await.into_iter().all(|appended| appended));
    store.shut_down().await;

    let store = Store::open(directory.path()).expect("opens");
    let (mut heads, mut found) = (store.running_heads(), Vec::new());
    while let Some(page) = heads.next().await.expect("no fault") {
        found.extend(page);
    }
    store.shut_down().await;
    let name_of = |head: &RunningHead| format!("{} {}", head.execution, head.frame);
    assert_eq!(found.iter().map(name_of).collect::<BTreeSet<_>>().len(), found.len());
    let roots: Vec<_> = found.iter().filter(|head| head.frame == FramePath::ROOT).collect();
    assert_eq!((found.len(), roots.len()), (330, 30));
    assert!(roots.iter().all(|head| head.number.get() == 1 && *head.record == record(2)));
    let ended = found.iter().filter(|head| head.record.frame.outcome().is_some());
    assert_eq!(ended.count(), 300);
}
