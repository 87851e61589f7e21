//! Batches: that they gather, that nothing shows before its time, and that they fail as one.

use std::{error::Error as _, sync::mpsc::channel};

use model::{FramePath, Phase, Record};
use orchestrator::{
    Fault,
    ports::{Append, Executions, Fans, Log},
};

use super::fixtures::{append, child, execution, execution_id, key, payload, record, start};
use crate::store::{Error, Store};

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_wait_together_are_committed_together() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let id = start(&store, "m", "e", 1).await;
    let before = store.commits();
    let mut appends = tokio::task::JoinSet::new();
    for index in 0..1000 {
        let (store, first) = (store.clone(), key(&id, &child(1, index), 0));
        appends.spawn(async move { append(&store, &first, record(2)).await });
    }
    assert!(appends.join_all().await.into_iter().all(|appended| appended));
    let commits = store.commits() - before;
    assert!((2..500).contains(&commits), "{commits} commits");
    store.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_neither_wait_for_the_writer_nor_see_what_is_not_durable() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    let id = start(&store, "m", "e", 1).await;
    let next = key(&id, &FramePath::ROOT, 1);
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = channel::<()>();
    let blocked = tokio::spawn({
        let store = store.clone();
        async move {
            let block = move |_: &mut super::super::Session<'_>| {
                begun.send(()).ok();
                may_go_on.recv().ok();
                Ok(())
            };
            store.write(0, block).await
        }
    });
    is_begun.await.expect("the writer is busy");
    let appended = tokio::spawn({
        let (store, next) = (store.clone(), next.clone());
        async move { append(&store, &next, record(2)).await }
    });
    assert!(store.load(&next).await.expect("no fault").is_none());
    let head = store.head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.number.get(), 0);
    assert!(store.execution(&id).await.expect("no fault").is_some());
    go_on.send(()).expect("the writer waits");
    blocked.await.expect("no panic").expect("no fault");
    assert!(appended.await.expect("no panic"));
    assert!(store.load(&next).await.expect("no fault").is_some());
    store.shut_down().await;
}

#[tokio::test]
async fn a_full_disk_is_a_fault_and_no_harm() {
    super::on_both(async |store| {
        let id = start(store, "m", "e", 1).await;
        limit_pages(store, 60).await;
        let next = key(&id, &FramePath::ROOT, 1);
        let fault = store.append(&next, large()).await.expect_err("it does not fit");
        assert!(matches!(error_of(&fault), Some(Error::Full(_))), "{fault:?}");
        assert_eq!(fault.to_string(), "store failed: the disk of the data directory is full");
        assert!(store.load(&next).await.expect("no fault").is_none());
        limit_pages(store, 1_000_000).await;
        assert!(append(store, &next, large()).await);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_fails_changes_nothing() {
    super::on_both(async |store| {
        let id = start(store, "m", "e", 1).await;
        let fork = key(&id, &FramePath::ROOT, 1);
        store.open(&fork, 5, 1).await.expect("no fault");
        let end = model::ChildEnd { record: model::RecordNumber::FIRST, failed: false };
        let first = model::ChildIndex::new(0);
        let started = execution_id("m", "never");
        let (doomed, never) = (fork.clone(), started.clone());
        let work = move |session: &mut super::super::Session<'_>| {
            super::super::fans::end_child(session, &doomed, first, end)?;
            super::super::fans::close(session, &doomed)?;
            let copy = super::super::executions::Start::new(&never, execution(1), record(1));
            super::super::executions::create(session, copy.expect("it prints"))?;
            assert!(session.execution(&never)?.is_some());
            Err::<(), _>(rusqlite::Error::InvalidQuery)
        };
        assert!(store.write(0, work).await.is_err());
        let fan = store.fan(&fork).await.expect("no fault").expect("it was opened");
        assert_eq!(*fan, model::Fan::open(5, 1));
        assert!(store.execution(&started).await.expect("no fault").is_none());
        let lost = store.append(&key(&started, &FramePath::ROOT, 1), record(2)).await;
        assert!(matches!(lost, Ok(Append::Lost)), "its row is not remembered");
        let update = store.end_child(&fork, first, end).await.expect("no fault");
        assert!(update.expect("it was opened").first);
    })
    .await;
}

async fn limit_pages(store: &Store, pages: u32) {
    let work = move |session: &mut super::super::Session<'_>| {
        session.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    };
    store.write(0, work).await.expect("no fault");
}

fn large() -> Record {
    let input = payload(&format!("\"{}\"", "x".repeat(400_000)));
    let mut record = record(2);
    record.frame.phase = Phase::Ready { input };
    record
}

fn error_of(fault: &Fault) -> Option<&Error> {
    fault.source()?.downcast_ref()
}
