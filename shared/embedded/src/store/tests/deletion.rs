//! What is asked of an execution after its machine was deleted.

use model::{ChildEnd, ChildIndex, FramePath, RecordNumber};
use orchestrator::ports::{Executions, Fans, Log, Machines};

use super::fixtures::{append, at, child, key, machine, name, payload, record, start};

#[tokio::test]
async fn nothing_is_written_to_an_execution_that_is_gone() {
    super::on_both(async |store| {
        store.create_machine(machine("m", "r")).await.expect("no fault");
        let id = start(store, "m", "e", 1).await;
        let next = key(&id, &FramePath::ROOT, 1);
        store.delete_machine(&name("m")).await.expect("no fault");
        assert!(!append(store, &next, record(2)).await);
        assert!(store.open(&next, 1, 1).await.is_err());
        store.close(&next).await.expect("no fault");
        let outcome = model::Outcome::Succeeded(payload("1"));
        store.finish(&id, None, (at(3), &outcome)).await.expect("no fault");
        start(store, "m", "e", 4).await;
        assert!(store.fan(&next).await.expect("no fault").is_none());
        assert!(store.load(&next).await.expect("no fault").is_none());
        assert!(append(store, &next, record(5)).await);
    })
    .await;
}

/// More rows than one commit of the clearing away takes.
#[tokio::test]
async fn a_large_machine_is_gone_to_the_last_row() {
    super::on_both(async |store| {
        let id = start(store, "m", "e", 1).await;
        let fork = key(&id, &FramePath::ROOT, 1);
        store.open(&fork, 3_000, 3_000).await.expect("no fault");
        let children = (0..1_500).map(async |index| {
            let last = key(&id, &child(1, index), 0);
            assert!(append(store, &last, record(2)).await);
            let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
            store.end_child(&fork, ChildIndex::new(index), end).await.expect("no fault");
        });
        futures_util::future::join_all(children).await;
        store.delete_machine(&name("m")).await.expect("no fault");
        let rows = store.read(|connection| {
            let count = |table| {
                let all = format!("SELECT count(*) FROM {table}");
                connection.query_row(&all, [], |row| row.get::<_, i64>(0))
            };
            let tables = ["executions", "records", "fans", "fan_children", "deleted_machines"];
            Ok(tables.map(|table| count(table).expect("counts")))
        });
        assert_eq!(rows.await.expect("no fault"), [0; 5]);
    })
    .await;
}
