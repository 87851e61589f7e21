//! What a store holds after it is opened again.

use model::{
    ChildEnd, ChildIndex, EndedChild, Failure, FanInBucket, FrameOutcome, FramePath,
    MessageIdentity, RecordNumber, Timestamp, WrittenBy, limits::LEASE_MILLISECONDS,
};
use orchestrator::ports::{
    DeathCount, DeathCounter, ExecutionStore, FanInStore, GateStore, MachineCreation, RecordLog,
    StateMachineStore,
};

use super::fixtures::{
    append_record, claimed_record as claiming, ended_record, fork_shape, parse_name, parse_payload,
    ready_record, record_key, start_execution, state_machine, timestamp_at,
};
use crate::store::{LastEnd, SqliteStore};

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    assert!(matches!(
        store.create_machine(state_machine("m", "r")).await,
        Ok(MachineCreation::Done)
    ));
    let id = start_execution(&store, "m", "e", 10).await;
    let outcome = FrameOutcome::Succeeded(parse_payload("{\"a\":  1}"));
    let last = ended_record(20, outcome.clone());
    assert!(append_record(&store, &record_key(&id, &FramePath::ROOT, 1), last.clone()).await);
    store.finish_execution(&id, None, (timestamp_at(20), &outcome)).await.expect("no fault");
    let failed = start_execution(&store, "m", "f", 10).await;
    let failure = FrameOutcome::Failed(Failure::new("E", "cause"));
    store.finish_execution(&failed, None, (timestamp_at(30), &failure)).await.expect("no fault");
    let before = store.load_execution(&id).await.expect("no fault");
    store.shut_down().await;

    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    assert_eq!(store.load_execution(&id).await.expect("no fault"), before);
    let ended = store.load_execution(&failed).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((timestamp_at(30), failure)));
    let loaded = store.load_record(&record_key(&id, &FramePath::ROOT, 1)).await.expect("no fault");
    assert_eq!(loaded.as_deref(), Some(&last));
    let found = store.load_machine(&parse_name("m")).await.expect("no fault");
    assert_eq!(found.as_deref(), Some(&state_machine("m", "r")));
    let revision =
        store.load_revision(&state_machine("m", "r").revision.id).await.expect("no fault");
    assert_eq!(revision.as_deref(), Some(&state_machine("m", "r").revision));
    assert!(!append_record(&store, &record_key(&id, &FramePath::ROOT, 1), ready_record(30)).await);
    store.shut_down().await;
}

#[tokio::test]
async fn a_claim_of_an_earlier_process_has_no_lease() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 10).await;
    let claim = record_key(&id, &FramePath::ROOT, 1);
    assert!(append_record(&store, &claim, claiming(20)).await);
    store.renew_lease(&claim, timestamp_at(900_000)).await.expect("no fault");
    assert_eq!(head_lease(&store, &claim.frame).await, timestamp_at(900_000));
    store.shut_down().await;

    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    assert_eq!(head_lease(&store, &claim.frame).await, timestamp_at(0));
    assert!(append_record(&store, &record_key(&id, &FramePath::ROOT, 2), claiming(30)).await);
    assert_eq!(head_lease(&store, &claim.frame).await, timestamp_at(30 + LEASE_MILLISECONDS));
    store.shut_down().await;
}

async fn head_lease(store: &SqliteStore, frame: &FramePath) -> Timestamp {
    let id = super::fixtures::execution_id("m", "e");
    store.load_head(&id, frame).await.expect("no fault").expect("it has one").lease
}

#[tokio::test]
async fn a_fan_in_goes_on_where_it_was() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = SqliteStore::open_directory(directory.path()).expect("opens");
    let id = start_execution(&store, "m", "e", 1).await;
    let (fork, shape) = (record_key(&id, &FramePath::ROOT, 1), fork_shape(17, 3));
    let mut gate = store.open_gate(&fork, &shape).await.expect("no fault");
    let mut slots = store.open_slots(&fork, &shape, 0).await.expect("no fault");
    let mut bucket = FanInBucket::default();
    for round in 0..11 {
        let child = ChildIndex::new(round);
        let end = ChildEnd { record: RecordNumber::new(u64::from(round)), failed: round == 9 };
        let next = store.advance_slot(&fork, &shape, round % 3, child).await.expect("no fault");
        assert_eq!(next, slots.advance_slot(round % 3, child).starts_child);
        let ends = [(child, end)];
        bucket.add_child_ends(&[(child, end)], 0);
        assert_eq!(store.add_child_ends(&fork, 0, &ends, 0).await.expect("no fault"), bucket);
        if end.failed {
            let failed = EndedChild { child, record: end.record };
            gate.add_failed_child(failed);
            let stored = store.add_failed_child(&fork, failed).await.expect("no fault");
            assert_eq!(stored, Some(gate.clone()));
        }
        if round % 2 == 1 {
            store.shut_down().await;
            store = SqliteStore::open_directory(directory.path()).expect("opens");
        }
        let found = store.load_gate(&fork).await.expect("no fault");
        assert_eq!(found.as_deref(), Some(&gate));
    }
    assert_eq!(store.load_slots(&fork, &shape, 0..1).await.expect("no fault"), [Some(slots)]);
    assert_eq!(store.load_buckets(&fork, 0..1).await.expect("no fault"), [bucket]);
    store.shut_down().await;
}

#[tokio::test]
async fn the_next_process_knows_whether_the_last_one_closed_the_store() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    let store = SqliteStore::open_directory(path).expect("opens");
    assert_eq!(store.last_end(), LastEnd::Closed);
    store.shut_down().await;
    let store = SqliteStore::open_directory(path).expect("opens");
    assert_eq!(store.last_end(), LastEnd::Closed);
    // A copy of the folder is what a killed process leaves.
    let copy = tempfile::tempdir().expect("a directory");
    for file in std::fs::read_dir(path).expect("reads") {
        let file = file.expect("reads");
        std::fs::copy(file.path(), copy.path().join(file.file_name())).expect("copies");
    }
    let killed = SqliteStore::open_directory(copy.path()).expect("opens");
    assert_eq!(killed.last_end(), LastEnd::Died);
    killed.shut_down().await;
    store.shut_down().await;
}

#[tokio::test]
async fn deaths_of_an_earlier_process_have_nothing_to_wait_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let execution = start_execution(&store, "m", "e", 10).await;
    let (frame, kind) = (FramePath::ROOT, WrittenBy::StopExecution);
    let message = MessageIdentity { execution, frame, kind };
    let count = DeathCount { deaths: 2, last_at: timestamp_at(70) };
    store.put_deaths(&message, count).await.expect("no fault");
    assert_eq!(store.load_deaths(&message).await.expect("no fault"), Some(count));
    store.shut_down().await;
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let expected = DeathCount { last_at: timestamp_at(0), ..count };
    assert_eq!(store.load_deaths(&message).await.expect("no fault"), Some(expected));
    store.shut_down().await;
}
