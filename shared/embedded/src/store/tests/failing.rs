//! Batches: commands gather, nothing is visible before the commit, and a batch fails as a whole.

use std::{
    error::Error as _,
    sync::mpsc::{Sender, channel},
};

use futures_util::FutureExt as _;
use model::{FramePath, FramePhase, QueueName, Record};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, ExecutionCreation, ExecutionStore, FanInStore, GateStore, RecordLog},
};
use tokio::task::JoinHandle;

use super::fixtures::{
    append_record, child_frame, execution_id, fork_shape, new_execution, parse_payload,
    ready_record, record_key, start_execution,
};
use crate::store::{SqliteStore, StoreError};

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_wait_together_are_committed_together() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 1).await;
    let before = store.commit_count();
    let mut appends = tokio::task::JoinSet::new();
    for index in 0..1000 {
        let (store, first) = (store.clone(), record_key(&id, &child_frame(1, index), 0));
        appends.spawn(async move { append_record(&store, &first, ready_record(2)).await });
    }
    assert!(appends.join_all().await.into_iter().all(|appended| appended));
    let commits = store.commit_count() - before;
    assert!((2..500).contains(&commits), "{commits} commits");
    store.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_neither_wait_for_the_writer_nor_see_what_is_not_durable() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 1).await;
    let next = record_key(&id, &FramePath::ROOT, 1);
    let (go_on, blocked) = block_writer(&store).await;
    let appended = tokio::spawn({
        let (store, next) = (store.clone(), next.clone());
        async move { append_record(&store, &next, ready_record(2)).await }
    });
    assert!(store.load_record(&next).await.expect("no fault").is_none());
    let head = store.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.number.as_u64(), 0);
    assert!(store.load_execution(&id).await.expect("no fault").is_some());
    go_on.send(()).expect("the writer waits");
    blocked.await.expect("no panic").expect("no fault");
    assert!(appended.await.expect("no panic"));
    assert!(store.load_record(&next).await.expect("no fault").is_some());
    store.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_record_of_a_start_in_progress_is_waited_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    start_execution(&store, "m", "before", 1).await;
    let (go_on, blocked) = block_writer(&store).await;
    let id = execution_id("m", "e");
    let mut started = Box::pin(store.create_execution(&id, new_execution(1), ready_record(1)));
    let first = record_key(&id, &FramePath::ROOT, 0);
    assert!(store.load_record(&first).await.expect("no fault").is_none(), "nobody has begun");
    assert!(started.as_mut().now_or_never().is_none());
    let mut loaded = Box::pin(store.load_record(&first));
    assert!(loaded.as_mut().now_or_never().is_none());
    go_on.send(()).expect("the writer waits");
    blocked.await.expect("no panic").expect("no fault");
    assert!(matches!(started.await, Ok(ExecutionCreation::Done)));
    assert!(loaded.await.expect("no fault").is_some());
    let other = execution_id("m", "given_up");
    let first = record_key(&other, &FramePath::ROOT, 0);
    let (go_on, blocked) = block_writer(&store).await;
    let mut started = Box::pin(store.create_execution(&other, new_execution(1), ready_record(1)));
    assert!(started.as_mut().now_or_never().is_none());
    drop(started);
    assert!(store.load_record(&first).await.expect("no fault").is_none(), "nobody waits for it");
    go_on.send(()).expect("the writer waits");
    blocked.await.expect("no panic").expect("no fault");
    store.shut_down().await;
}

#[tokio::test]
async fn a_full_disk_is_a_fault_and_no_harm() {
    super::check_both_stores(async |store| {
        let id = start_execution(store, "m", "e", 1).await;
        limit_pages(store, 60).await;
        let next = record_key(&id, &FramePath::ROOT, 1);
        let fault = store.append_record(&next, large_record()).await.expect_err("it does not fit");
        assert!(matches!(error_of(&fault), Some(StoreError::Full(_))), "{fault:?}");
        assert_eq!(fault.to_string(), "store failed: the disk of the data directory is full");
        assert!(store.load_record(&next).await.expect("no fault").is_none());
        limit_pages(store, 1_000_000).await;
        assert!(append_record(store, &next, large_record()).await);
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_fails_changes_nothing() {
    super::check_both_stores(async |store| {
        let id = start_execution(store, "m", "e", 1).await;
        let fork = record_key(&id, &FramePath::ROOT, 1);
        let shape = fork_shape(5, 1);
        store.open_gate(&fork, &shape).await.expect("no fault");
        let end = model::ChildEnd { record: model::RecordNumber::FIRST, failed: false };
        let first = model::ChildIndex::new(0);
        let started = execution_id("m", "never");
        let (doomed, never) = (fork.clone(), started.clone());
        let work = move |session: &mut super::super::WriteSession<'_>| {
            super::super::fan_ins::add_child_ends(session, &doomed, 0, &[(first, end)], 0)?;
            super::super::fan_ins::close_gate(session, &doomed, shape)?;
            let copy = super::super::executions::PreparedExecution::new(
                &never,
                new_execution(1),
                ready_record(1),
            );
            super::super::executions::insert_execution(session, copy.expect("it prints"))?;
            assert!(session.execution_row_id(&never)?.is_some());
            Err::<(), _>(rusqlite::Error::InvalidQuery)
        };
        assert!(store.run_command(0, work).await.is_err());
        let gate = store.load_gate(&fork).await.expect("no fault").expect("it was opened");
        assert_eq!(*gate, model::FanInGate::of_shape(shape));
        assert!(store.load_execution(&started).await.expect("no fault").is_none());
        let lost =
            store.append_record(&record_key(&started, &FramePath::ROOT, 1), ready_record(2)).await;
        assert!(matches!(lost, Ok(AppendOutcome::Lost)), "its row is not remembered");
        let other = (model::ChildIndex::new(1), end);
        let bucket = store.add_child_ends(&fork, 0, &[other], 0).await.expect("no fault");
        assert!(bucket.child_ends().eq([other]), "the writer does not remember the first end");
        assert_eq!(store.open_gate(&fork, &shape).await.expect("no fault"), *gate);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_fails_only_the_command_that_reads_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 1).await;
    let (fork, shape) = (record_key(&id, &FramePath::ROOT, 1), fork_shape(5, 1));
    store.open_gate(&fork, &shape).await.expect("no fault");
    store.shut_down().await;
    let database = rusqlite::Connection::open(directory.path().join("statewright.sqlite"));
    let changed = database.expect("opens").execute("UPDATE fan_in_items SET body = '[]'", []);
    assert_eq!(changed, Ok(1));

    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let (go_on, blocked) = block_writer(&store).await;
    let next = record_key(&id, &FramePath::ROOT, 1);
    let mut unread = Box::pin(store.open_gate(&fork, &shape));
    assert!(unread.as_mut().now_or_never().is_none(), "it waits for the writer");
    let mut appended = Box::pin(append_record(&store, &next, ready_record(2)));
    assert!(appended.as_mut().now_or_never().is_none(), "it waits for the writer");
    go_on.send(()).expect("the writer waits");
    blocked.await.expect("no panic").expect("no fault");
    let fault = unread.await.expect_err("it cannot be read");
    assert!(matches!(&fault, Fault::Unreadable { execution, .. } if execution == id.as_str()));
    assert!(appended.await, "it was in the same batch");
    store.shut_down().await;
}

/// Keeps the writer in a batch until something is sent.
async fn block_writer(store: &SqliteStore) -> (Sender<()>, JoinHandle<Result<(), Fault>>) {
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = channel::<()>();
    let store = store.clone();
    let blocked = tokio::spawn(async move {
        let block = move |_: &mut super::super::WriteSession<'_>| {
            begun.send(()).ok();
            may_go_on.recv().ok();
            Ok(())
        };
        store.run_command(0, block).await
    });
    is_begun.await.expect("the writer is busy");
    (go_on, blocked)
}

async fn limit_pages(store: &SqliteStore, pages: u32) {
    let work = move |session: &mut super::super::WriteSession<'_>| {
        session.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
    };
    store.run_command(0, work).await.expect("no fault");
}

fn large_record() -> Record {
    let input = parse_payload(&format!("\"{}\"", "x".repeat(400_000)));
    let mut record = ready_record(2);
    record.frame.phase = FramePhase::Ready { input, queue: QueueName::Steps };
    record
}

fn error_of(fault: &Fault) -> Option<&StoreError> {
    fault.source()?.downcast_ref()
}
