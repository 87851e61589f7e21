//! The number of requests of each operation, as in the table in the docs of the crate `aws`.

use model::{
    ChildIndex, ChildStart, EndedChild, ExecutionStatus, Failure, FrameOutcome, FramePath,
    MachineVersions, MessageIdentity, MessageKind, QueueMessage, RecordNumber, RevisionId,
    WrittenBy,
};
use orchestrator::ports::{
    ActivityStore, ActivityTaskQueue, Clock, DeathCount, DeathCounter, ExecutionFilter,
    ExecutionStore, FanInStore, GateStore, HistoryReader, MessageQueue, QueueName, RecordLog,
    StateMachineStore,
};
use serde_json::json;

use super::{DynamoDbDouble, start_dynamodb};
use crate::{
    activities::{new_activity, waiting_task},
    data::{
        append, child_path, execution_id, fork_shape, new_state_machine, parse_name, parse_payload,
        record_at, record_key, record_with_input, redrive_number, root_key,
        start_execution as begin, succeeded_child, timestamp_at,
    },
    queues::{NEVER, PausedClock},
    random::ContractRandom,
};

fn assert_requests(service: &DynamoDbDouble, expected: &[(&str, usize)]) {
    let asked = service.take_request_counts();
    let asked: Vec<_> = asked.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn a_log_costs_a_request_an_operation() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_requests(&service, &[("PutItem", 1)]);
    assert!(append(&table, &root_key(&id, 1), record_at(2)).await);
    assert_requests(&service, &[("PutItem", 1)]);
    assert!(!append(&table, &root_key(&id, 1), record_at(2)).await);
    assert_requests(&service, &[("PutItem", 1)]);
    table.load_record(&root_key(&id, 1)).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.load_head(&id, &FramePath::ROOT).await.expect("no fault");
    assert_requests(&service, &[("Query", 1)]);
    table.renew_lease(&root_key(&id, 1), timestamp_at(900_000)).await.expect("no fault");
    assert_requests(&service, &[("UpdateItem", 1)]);
    table.load_all_records(&id).await.expect("no fault");
    assert_requests(&service, &[("Query", 1)]);
    table.load_outlines(&id, None).await.expect("no fault");
    assert_requests(&service, &[("Query", 1)]);
    let keys: Vec<_> = (0..150).map(|index| record_key(&id, &child_path(1, index), 0)).collect();
    table.load_records(&keys).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 2)]);
}

#[tokio::test]
async fn a_fan_in_costs_a_request_an_operation() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_requests(&service, &[("PutItem", 1)]);
    let (fork, shape) = (root_key(&id, 1), fork_shape(4, 2));
    let child = ChildIndex::new(0);
    for _ in 0..2 {
        table.open_gate(&fork, &shape).await.expect("no fault");
        assert_requests(&service, &[("PutItem", 1)]);
        table.open_slots(&fork, &shape, 0).await.expect("no fault");
        assert_requests(&service, &[("PutItem", 1)]);
    }
    for _ in 0..2 {
        table.advance_slot(&fork, &shape, 0, child).await.expect("no fault");
        assert_requests(&service, &[("UpdateItem", 1)]);
        let ends = [(child, succeeded_child())];
        table.add_child_ends(&fork, 0, &ends, 1).await.expect("no fault");
        assert_requests(&service, &[("UpdateItem", 1)]);
        let failed = EndedChild { child, record: RecordNumber::FIRST };
        table.add_failed_child(&fork, failed).await.expect("no fault");
        assert_requests(&service, &[("UpdateItem", 1)]);
        table.add_full_bucket(&fork, 0, 1).await.expect("no fault");
        assert_requests(&service, &[("UpdateItem", 1)]);
    }
    table.load_gate(&fork).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.are_gates_open(&[fork.clone(), root_key(&id, 2)]).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 1)]);
    table.load_slots(&fork, &shape, 0..9).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 1)]);
    table.load_buckets(&fork, 0..150).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 2)]);
    table.close_gate(&fork, &shape).await.expect("no fault");
    assert_requests(&service, &[("UpdateItem", 1)]);
}

#[tokio::test]
async fn a_count_of_deaths_costs_a_request_an_operation() {
    let (table, service) = start_dynamodb().await;
    let (execution, frame) = (execution_id("m", "e"), FramePath::ROOT);
    let message = MessageIdentity { execution, frame, kind: WrittenBy::StopExecution };
    let count = DeathCount { deaths: 1, last_at: timestamp_at(1) };
    table.put_deaths(&message, count).await.expect("no fault");
    assert_requests(&service, &[("PutItem", 1)]);
    table.load_deaths(&message).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.clear_deaths(&message).await.expect("no fault");
    assert_requests(&service, &[("DeleteItem", 1)]);
}

#[tokio::test]
async fn an_execution_costs_a_request_an_operation() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_requests(&service, &[("PutItem", 1)]);
    table.load_execution(&id).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table
        .finish_execution(&id, None, (timestamp_at(2), &FrameOutcome::Aborted(Failure::default())))
        .await
        .expect("no fault");
    assert_requests(&service, &[("UpdateItem", 1)]);
    table.reopen_execution(&id, &redrive_number(1, 3)).await.expect("no fault");
    assert_requests(&service, &[("UpdateItem", 1)]);
    table
        .list_executions(
            &parse_name("m"),
            ExecutionFilter::of_status(ExecutionStatus::Running),
            10,
            None,
        )
        .await
        .expect("no fault");
    assert_requests(&service, &[("Query", 4)]);
    table
        .list_executions(&parse_name("m"), ExecutionFilter::default(), 10, None)
        .await
        .expect("no fault");
    assert_requests(&service, &[("Query", 20)]);
}

#[tokio::test]
async fn a_machine_costs_what_the_docs_say() {
    let (table, service) = start_dynamodb().await;
    table.create_machine(new_state_machine("m", "r1")).await.expect("no fault");
    assert_requests(&service, &[("TransactWriteItems", 1)]);
    table.put_machine(new_state_machine("m", "r2")).await.expect("no fault");
    assert_requests(&service, &[("PutItem", 1), ("UpdateItem", 1)]);
    let created = new_state_machine("m", "r1").versions;
    let next = MachineVersions { changes: created.changes + 1, ..(*created).clone() };
    assert!(table.replace_versions(&parse_name("m"), next).await.expect("no fault"));
    assert_requests(&service, &[("UpdateItem", 1)]);
    table.load_machine(&parse_name("m")).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 2)]);
    table.load_machine(&parse_name("m")).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.load_revision(&RevisionId::new("r2")).await.expect("no fault");
    assert_requests(&service, &[]);
    table.load_revision(&RevisionId::new("r1")).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.list_machines(10, None).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 1), ("Query", 1)]);
    begin(&table, "m", "e", 1).await;
    assert_requests(&service, &[("PutItem", 1)]);
    let ended = FrameOutcome::Failed(Failure::with_error_name("E"));
    let end = (record_at(2).written_at, &ended);
    table.finish_execution(&execution_id("m", "e"), None, end).await.expect("no fault");
    service.take_request_counts();
    table.delete_machine(&parse_name("m")).await.expect("no fault");
    assert_requests(&service, &[("UpdateItem", 1)]);
    assert_eq!(table.list_deleting_machines(9).await.expect("no fault"), [parse_name("m")]);
    assert_requests(&service, &[("Query", 1)]);
    assert!(table.sweep_deleting_machine(&parse_name("m"), NEVER).await.expect("no fault"));
    let asked = [("BatchWriteItem", 1), ("DeleteItem", 2), ("GetItem", 1), ("Query", 22)];
    assert_requests(&service, &asked);
}

#[tokio::test]
async fn an_activity_and_its_tasks_cost_a_request_an_operation() {
    let (table, service) = start_dynamodb().await;
    let (activity, task) = (new_activity("a"), waiting_task("a", 1, 1));
    table.create_activity(activity.clone()).await.expect("no fault");
    assert_requests(&service, &[("PutItem", 1)]);
    table.put_activity(activity.clone()).await.expect("no fault");
    assert_requests(&service, &[("PutItem", 1)]);
    table.load_activity(&activity.name).await.expect("no fault");
    assert_requests(&service, &[("GetItem", 1)]);
    table.list_activities(10, None).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 1), ("Query", 1)]);
    table.put_activity_task(task.clone()).await.expect("no fault");
    assert_requests(&service, &[("PutItem", 1)]);
    table.await_activity_tasks(&activity.name, 10, 60_000).await.expect("no fault");
    assert_requests(&service, &[("Query", 1)]);
    table.remove_activity_task(&task).await.expect("no fault");
    assert_requests(&service, &[("DeleteItem", 1)]);
    table.delete_activity(&activity.name).await.expect("no fault");
    assert_requests(&service, &[("DeleteItem", 1)]);
}

#[tokio::test]
async fn tasks_behind_many_that_cannot_be_read_are_found() {
    const UNREADABLE: i64 = 25;
    let (table, service) = start_dynamodb().await;
    let activity = parse_name("a");
    for time in 0..UNREADABLE {
        table.put_activity_task(waiting_task("a", time, 1)).await.expect("no fault");
    }
    let rows = service.ask("Scan", &json!({"TableName": "statewright"}))["Items"].clone();
    for mut row in rows.as_array().expect("rows").clone() {
        row["task"] = json!({"S": "newer"});
        service.ask("PutItem", &json!({"TableName": "statewright", "Item": row}));
    }
    let readable = [waiting_task("a", UNREADABLE, 2), waiting_task("a", UNREADABLE + 1, 3)];
    for task in readable.clone() {
        table.put_activity_task(task).await.expect("no fault");
    }
    assert_eq!(table.await_activity_tasks(&activity, 10, 0).await.expect("no fault"), readable);
    assert_eq!(table.await_activity_tasks(&activity, 1, 0).await.expect("no fault").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_far_message_costs_a_row_and_a_minute_a_few_queries() {
    let (table, service) = start_dynamodb().await;
    let clock = PausedClock::start();
    let queues = crate::sqs::start_sqs(table, clock);
    let (execution, frame) = (execution_id("m", "e"), FramePath::ROOT);
    let message =
        QueueMessage { execution, frame, kind: MessageKind::StartFrame(ChildStart::Group) };
    let send = async |minutes: i64| {
        let at = clock.now().plus_milliseconds(60_000 * minutes);
        queues.send_message(message.clone(), QueueName::Steps, Some(at)).await.expect("sent");
    };
    send(15).await;
    assert_requests(&service, &[]);
    send(16).await;
    assert_requests(&service, &[("PutItem", 2)]);
    send(60).await;
    assert_requests(&service, &[("PutItem", 1)]);
    let moved = async || queues.move_due_messages(NEVER).await.expect("no fault").count;
    assert_eq!(moved().await, 0);
    assert_requests(&service, &[("GetItem", 1), ("PutItem", 1), ("Query", 12)]);
    clock.sleep_until(clock.now().plus_milliseconds(60_000)).await;
    assert_eq!(moved().await, 1);
    let asked = [("BatchWriteItem", 1), ("GetItem", 1), ("PutItem", 1), ("Query", 16)];
    assert_requests(&service, &asked);
}

#[tokio::test]
async fn what_is_larger_than_an_item_costs_its_parts() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, "m", "e", 1).await;
    assert_requests(&service, &[("PutItem", 1)]);
    let text = ContractRandom::new(4).random_text(1_000_000);
    let large = record_with_input(2, parse_payload(&format!("\"{text}\"")));
    assert!(append(&table, &root_key(&id, 1), large.clone()).await);
    assert_requests(&service, &[("PutItem", 4)]);
    let loaded = table.load_record(&root_key(&id, 1)).await.expect("no fault");
    assert!(loaded.as_deref() == Some(&large), "another record came back");
    assert_requests(&service, &[("BatchGetItem", 1), ("GetItem", 1)]);
    table.load_all_records(&id).await.expect("no fault");
    assert_requests(&service, &[("BatchGetItem", 1), ("Query", 1)]);
}
