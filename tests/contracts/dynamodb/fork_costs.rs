//! What a fork costs: the write units of whole executions, whose use cases run on the table.

use std::collections::BTreeMap;

use aws::DynamoDbTable;
use model::{
    AccountRegion, ChildEnd, ChildIndex, EndedChild, ExecutionStatus, ForkShape, RecordNumber,
    Revision, StateMachine, limits::BUCKET_CHILDREN,
};
use orchestrator::{
    Disposition, EngineContext, EngineSettings, RepeatPolicy, StartExecution,
    api::start_execution,
    handle_step_message,
    ports::{Clock, ExecutionStore, FanInStore, GateStore, StateMachineStore},
};
use system_clock::SystemClock;

use super::start_dynamodb;
use crate::{
    data::{execution_id, new_state_machine, root_key, start_execution as begin},
    store_ports::StorePorts,
};

/// Runs a Map over so many items, each of which passes one state. Returns the write units by
/// operation, and how many messages were handled.
async fn run_map(children: u32, concurrency: u32) -> (BTreeMap<String, usize>, usize) {
    let (table, service) = start_dynamodb().await;
    let definition = format!(
        r#"{{"StartAt":"Each","States":{{"Each":{{"Type":"Map","MaxConcurrency":{concurrency},
            "End":true,"ItemProcessor":{{"StartAt":"Item","States":{{
                "Item":{{"Type":"Pass","End":true}}}}}}}}}}}}"#
    );
    let machine = new_state_machine("m", "r");
    let revision = Revision { definition: definition.into(), ..machine.revision.clone() };
    table.create_machine(StateMachine { revision, ..machine }).await.expect("no fault");
    let account_region = AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "000000000000".into(),
    };
    let state_machine_arn = account_region.state_machine_arn("m");
    let context = EngineContext::new(EngineSettings::new(account_region));
    let ports = StorePorts::with_store(&table);
    service.take_write_units();
    let items: Vec<u32> = (0..children).collect();
    let request = StartExecution {
        state_machine_arn,
        name: Some("e".to_owned()),
        input: Some(serde_json::to_string(&items).expect("numbers print")),
        trace_header: None,
        execution_type: None,
    };
    start_execution(&ports, &context, request, RepeatPolicy::WhileRunning)
        .await
        .expect("it starts");
    let messages = handle_all_messages(&ports, &context).await;
    let ended = ports.store.load_execution(&execution_id("m", "e")).await.expect("no fault");
    let ended = ended.expect("it was started");
    assert_eq!(ended.status(), ExecutionStatus::Succeeded);
    (service.take_write_units(), messages)
}

async fn handle_all_messages(ports: &StorePorts<DynamoDbTable>, context: &EngineContext) -> usize {
    let mut messages = 0;
    while let Some(received) = ports.queue.receive_due(SystemClock.now()) {
        messages += 1;
        let handled = handle_step_message(ports, context, &received.delivery).await;
        assert!(matches!(handled, Ok(Disposition::Acknowledge)), "{handled:?}");
    }
    messages
}

/// A record for each child, an update of its bucket, an update of the gate for each bucket, and some
/// that do not depend on the number of children, except that the records of the parent hold its input
/// and its output.
#[tokio::test]
async fn the_end_of_a_child_costs_a_record_and_a_unit() {
    for children in [100, 1_000] {
        let (units, messages) = run_map(children, 0).await;
        let (children, buckets) = (children as usize, (children as usize).div_ceil(64));
        assert!((children..=children + 20).contains(&units["PutItem"]), "{units:?}");
        let updates = units["UpdateItem"];
        assert!((children..=children + buckets + 10).contains(&updates), "{units:?}");
        assert!(messages <= children + 5, "{messages} messages");
    }
}

/// Moving on the slot is one more unit for each child.
#[tokio::test]
async fn the_end_of_a_child_that_held_a_slot_costs_one_unit_more() {
    for (children, concurrency) in [(100, 40), (300, 64), (300, 100)] {
        let (units, messages) = run_map(children, concurrency).await;
        let (children, buckets) = (children as usize, (children as usize).div_ceil(64));
        assert!((children..=children + 20).contains(&units["PutItem"]), "{units:?}");
        let updates = units["UpdateItem"];
        assert!((children..=2 * children + buckets + 10).contains(&updates), "{units:?}");
        assert!(messages <= children + 5, "{messages} messages");
    }
}

/// With names as long as they mostly are at most, and 100,000 children that each have 100,000 records.
#[tokio::test]
async fn the_items_of_many_children_are_billed_as_one_unit() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, &"m".repeat(40), &"e".repeat(36), 1).await;
    let fork = root_key(&id, 1_000);
    let shape = ForkShape {
        children: 100_000,
        concurrency: 1_000,
        bucket_children: BUCKET_CHILDREN,
        tolerated_failures: 0,
    };
    table.open_gate(&fork, &shape).await.expect("no fault");
    let last_shard = shape.shard_count() - 2;
    table.open_slots(&fork, &shape, last_shard).await.expect("no fault");
    let first_slot = shape.shard_slots(last_shard).start;
    let bucket = shape.bucket_count() - 2;
    for (child, slot) in shape.bucket_range(bucket).zip(first_slot..) {
        let holder = shape.shard_children(last_shard).start + slot - first_slot;
        let next = table.advance_slot(&fork, &shape, slot, ChildIndex::new(holder)).await;
        assert!(next.expect("no fault").is_some());
        let end = ChildEnd { record: RecordNumber::new(100_000), failed: true };
        table
            .add_child_ends(&fork, bucket, &[(ChildIndex::new(child), end)], 100)
            .await
            .expect("no fault");
    }
    let failed = EndedChild { child: ChildIndex::new(99_999), record: RecordNumber::new(100_000) };
    table.add_failed_child(&fork, failed).await.expect("no fault");
    assert_eq!(service.take_write_units()["UpdateItem"], 64 + 64 + 1);
}
