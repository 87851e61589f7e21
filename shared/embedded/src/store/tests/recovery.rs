//! What a store knows when it is opened again.

use std::collections::BTreeSet;

use model::{Failure, FramePath, Outcome, Timestamp, limits::LEASE_MILLISECONDS};
use orchestrator::ports::{CreatedMachine, Executions, Log, Machines};

use super::{
    contract::fans::{Dice, Model},
    fixtures::{
        append, at, child, claim as claiming, key, last_record, machine, name, payload, record,
        start,
    },
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
    for seed in 100..108 {
        let directory = tempfile::tempdir().expect("a directory");
        let mut store = Store::open(directory.path()).expect("opens");
        start(&store, "m", "e", 1).await;
        let (mut model, mut dice) = (Model::default(), Dice::new(seed));
        for _ in 0..8 {
            for _ in 0..=dice.below(12) {
                model.step(&store, &mut dice).await;
            }
            store.shut_down().await;
            store = Store::open(directory.path()).expect("opens");
        }
        store.shut_down().await;
    }
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
