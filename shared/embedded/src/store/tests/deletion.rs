//! Executions after their machine was deleted.

use std::num::NonZeroU32;

use model::{ChildEnd, ChildIndex, FanInBucket, ForkShape, FramePath, RecordNumber};
use orchestrator::ports::{ExecutionStore, FanInStore, GateStore, RecordLog, StateMachineStore};

use super::fixtures::{
    append_record, child_frame, fork_shape, parse_name, parse_payload, ready_record, record_key,
    start_execution, state_machine, timestamp_at,
};

#[tokio::test]
async fn nothing_is_written_to_an_execution_that_is_gone() {
    super::check_both_stores(async |store| {
        store.create_machine(state_machine("m", "r")).await.expect("no fault");
        let id = start_execution(store, "m", "e", 1).await;
        let next = record_key(&id, &FramePath::ROOT, 1);
        store.delete_machine(&parse_name("m")).await.expect("no fault");
        assert!(!append_record(store, &next, ready_record(2)).await);
        let shape = fork_shape(2, 1);
        assert!(store.open_gate(&next, &shape).await.is_err());
        assert!(store.open_slots(&next, &shape, 0).await.is_err());
        store.close_gate(&next, &shape).await.expect("no fault");
        let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
        let ends = [(ChildIndex::new(0), end)];
        let bucket = store.add_child_ends(&next, 0, &ends, 0).await.expect("no fault");
        assert!(!bucket.has_ended(ChildIndex::new(0)));
        let outcome = model::FrameOutcome::Succeeded(parse_payload("1"));
        store.finish_execution(&id, None, (timestamp_at(3), &outcome)).await.expect("no fault");
        start_execution(store, "m", "e", 4).await;
        assert!(store.load_gate(&next).await.expect("no fault").is_none());
        let buckets = store.load_buckets(&next, 0..1).await.expect("no fault");
        assert_eq!(buckets, [FanInBucket::default()]);
        assert!(store.load_record(&next).await.expect("no fault").is_none());
        assert!(append_record(store, &next, ready_record(5)).await);
    })
    .await;
}

/// The machine has more rows than one commit of the sweep removes.
#[tokio::test]
async fn a_large_machine_is_gone_to_the_last_row() {
    super::check_both_stores(async |store| {
        let id = start_execution(store, "m", "e", 1).await;
        let fork = record_key(&id, &FramePath::ROOT, 1);
        let bucket_children = NonZeroU32::MIN;
        let shape = ForkShape { bucket_children, ..fork_shape(1_500, 1_500) };
        store.open_gate(&fork, &shape).await.expect("no fault");
        let children = (0..1_500).map(async |index| {
            let last = record_key(&id, &child_frame(1, index), 0);
            assert!(append_record(store, &last, ready_record(2)).await);
            let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
            let ends = [(ChildIndex::new(index), end)];
            store.add_child_ends(&fork, index, &ends, 0).await.expect("no fault");
        });
        futures_util::future::join_all(children).await;
        store.delete_machine(&parse_name("m")).await.expect("no fault");
        store.finish_sweep().await.expect("no fault");
        let rows = store.run_query(|connection| {
            let count = |table| {
                let all = format!("SELECT count(*) FROM {table}");
                connection.query_row(&all, [], |row| row.get::<_, i64>(0))
            };
            let tables = ["executions", "records", "fan_in_items", "deleted_machines"];
            Ok(tables.map(|table| count(table).expect("counts")))
        });
        assert_eq!(rows.await.expect("no fault"), [0; 4]);
    })
    .await;
}
