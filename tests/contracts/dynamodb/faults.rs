//! How the store reacts to errors and lost answers of DynamoDB.

use std::error::Error as _;
use system_clock::SystemClock;

use aws::{Error, TableSettings};
use model::{ChildIndex, EndedChild, Failure, FrameOutcome, FramePath, GateState, RecordNumber};
use orchestrator::{
    Fault,
    ports::{
        AppendOutcome, Clock, ExecutionCreation, ExecutionStore, FanInStore, GateStore,
        HistoryReader, MachineCreation, RecordLog, StateMachineStore,
    },
};
use tokio::time::Instant;

use super::{DynamoDbDouble, RequestOutcome, start_dynamodb};
use crate::{
    data::{
        append, execution_id, fork_shape, new_execution, new_state_machine, parse_name,
        parse_payload, record_at, root_key, start_execution as begin, succeeded_child,
        timestamp_at,
    },
    queues::NEVER,
};

#[tokio::test(start_paused = true)]
async fn what_is_throttled_is_sent_again() {
    let (table, service) = start_dynamodb().await;
    let throttled = || {
        service.set_next_outcomes([
            RequestOutcome::Throttled,
            RequestOutcome::Throttled,
            RequestOutcome::Throttled,
        ]);
    };
    throttled();
    let id = begin(&table, "m", "e", 1).await;
    throttled();
    assert!(append(&table, &root_key(&id, 1), record_at(2)).await);
    throttled();
    assert!(table.load_record(&root_key(&id, 1)).await.expect("no fault").is_some());
    throttled();
    assert_eq!(
        table.load_records(&[root_key(&id, 0), root_key(&id, 1)]).await.expect("no fault").len(),
        2
    );
    throttled();
    assert!(table.load_head(&id, &FramePath::ROOT).await.expect("no fault").is_some());
    throttled();
    assert_eq!(table.load_all_records(&id).await.expect("no fault").len(), 2);
    throttled();
    let created = table.create_machine(new_state_machine("m", "r")).await.expect("no fault");
    assert!(matches!(created, MachineCreation::Done));
    let ended = FrameOutcome::Failed(Failure::with_error_name("E"));
    throttled();
    table.finish_execution(&id, None, (record_at(3).written_at, &ended)).await.expect("no fault");
    throttled();
    table.delete_machine(&parse_name("m")).await.expect("no fault");
    throttled();
    assert!(table.sweep_deleting_machine(&parse_name("m"), NEVER).await.expect("no fault"));
    assert_eq!(table.load_all_records(&id).await.expect("no fault").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn throttling_without_end_is_a_fault_before_long() {
    let (table, service) = start_dynamodb().await;
    service.set_next_outcomes([RequestOutcome::Throttled; 10_000]);
    let began = Instant::now();
    let fault = table
        .load_record(&root_key(&execution_id("m", "e"), 0))
        .await
        .expect_err("it never answers");
    assert!(matches!(error_of(&fault), Some(Error::Throttled(_))), "{fault:?}");
    assert_eq!(fault.to_string(), "aws failed: the service is throttling");
    let seconds = began.elapsed().as_secs_f64();
    assert!((3.0..=5.0).contains(&seconds), "{seconds} s");
    let requests = count_requests(&service);
    assert!((5..60).contains(&requests), "{requests} requests");
}

/// The append may have taken effect; then a second attempt would lose to the first.
#[tokio::test(start_paused = true)]
async fn an_append_in_doubt_is_not_repeated() {
    for outcome in [RequestOutcome::AppliedWithError, RequestOutcome::AppliedWithoutAnswer] {
        let (table, service) = start_dynamodb().await;
        let id = begin(&table, "m", "e", 1).await;
        count_requests(&service);
        service.set_next_outcomes([outcome]);
        let fault =
            table.append_record(&root_key(&id, 1), record_at(2)).await.expect_err("it is in doubt");
        assert!(matches!(error_of(&fault), Some(Error::InDoubt(_))), "{fault:?}");
        assert_eq!(count_requests(&service), 1);
        let head =
            table.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
        assert_eq!(*head.record, record_at(2), "the log tells that it was written");
        let again = table.append_record(&root_key(&id, 1), record_at(2)).await.expect("no fault");
        assert!(matches!(again, AppendOutcome::Lost));
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_in_doubt_is_found_by_its_name() {
    let (table, service) = start_dynamodb().await;
    begin(&table, "m", "first", 1).await;
    let id = execution_id("m", "e");
    service.set_next_outcomes([RequestOutcome::AppliedWithoutAnswer]);
    assert!(table.create_execution(&id, new_execution(1), record_at(1)).await.is_err());
    let again =
        table.create_execution(&id, new_execution(1), record_at(1)).await.expect("no fault");
    let ExecutionCreation::Exists(existing) = again else { panic!("it was there") };
    assert_eq!(*existing, new_execution(1));
}

/// The client token of the transaction makes the repetition idempotent.
#[tokio::test(start_paused = true)]
async fn a_creation_in_doubt_is_repeated_and_done_once() {
    let (table, service) = start_dynamodb().await;
    service.set_next_outcomes([
        RequestOutcome::AppliedWithError,
        RequestOutcome::AppliedWithoutAnswer,
    ]);
    let created = table.create_machine(new_state_machine("m", "r")).await.expect("no fault");
    assert!(matches!(created, MachineCreation::Done));
    assert_eq!(service.take_request_counts(), [("TransactWriteItems".to_owned(), 3)]);
}

#[tokio::test(start_paused = true)]
async fn what_may_be_done_twice_is_repeated_in_doubt() {
    let (table, service) = start_dynamodb().await;
    let id = begin(&table, "m", "e", 1).await;
    let (fork, shape) = (root_key(&id, 1), fork_shape(4, 2));
    let doubted = || {
        service.set_next_outcomes([
            RequestOutcome::AppliedWithError,
            RequestOutcome::AppliedWithoutAnswer,
        ]);
    };
    doubted();
    table.open_gate(&fork, &shape).await.expect("no fault");
    doubted();
    table.open_slots(&fork, &shape, 0).await.expect("no fault");
    doubted();
    let next = table.advance_slot(&fork, &shape, 0, ChildIndex::new(0)).await.expect("no fault");
    assert_eq!(next, Some(ChildIndex::new(2)));
    doubted();
    let ends = [(ChildIndex::new(0), succeeded_child())];
    assert!(
        table.add_child_ends(&fork, 0, &ends, 0).await.expect("no fault").child_ends().eq(ends)
    );
    doubted();
    let failed = EndedChild { child: ChildIndex::new(1), record: RecordNumber::FIRST };
    let gate = table.add_failed_child(&fork, failed).await.expect("no fault");
    assert_eq!(gate.expect("it is there").state(), GateState::Failed(failed));
    doubted();
    table.add_full_bucket(&fork, 0, 0).await.expect("no fault");
    doubted();
    table.renew_lease(&root_key(&id, 0), timestamp_at(900_000)).await.expect("no fault");
    doubted();
    let head = table.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("has one");
    assert_eq!(head.lease, timestamp_at(900_000));
    doubted();
    table.close_gate(&fork, &shape).await.expect("no fault");
    doubted();
    assert!(!table.are_gates_open(&[fork]).await.expect("no fault"));
    doubted();
    let outcome = FrameOutcome::Succeeded(parse_payload("1"));
    table.finish_execution(&id, None, (timestamp_at(3), &outcome)).await.expect("no fault");
    doubted();
    let ended = table.load_execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((timestamp_at(3), outcome)));
    table.create_machine(new_state_machine("m", "earlier")).await.expect("no fault");
    doubted();
    table.put_machine(new_state_machine("m", "r")).await.expect("no fault");
    doubted();
    let put = table.load_machine(&parse_name("m")).await.expect("no fault").expect("it is there");
    assert_eq!(put.revision.id.as_str(), "r");
}

#[tokio::test(start_paused = true)]
async fn what_is_denied_is_a_fault_at_once() {
    let (table, service) = start_dynamodb().await;
    service.set_next_outcomes([RequestOutcome::Denied]);
    let fault =
        table.load_record(&root_key(&execution_id("m", "e"), 0)).await.expect_err("it is denied");
    assert!(matches!(error_of(&fault), Some(Error::Denied(_))), "{fault:?}");
    assert_eq!(count_requests(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_not_there_is_a_fault_at_once() {
    let service = DynamoDbDouble::start();
    let table = aws::DynamoDbTable::new(
        &service.client_config(),
        TableSettings::with_name("nowhere", || SystemClock.now()),
    );
    let key = root_key(&execution_id("m", "e"), 0);
    for fault in
        [table.load_record(&key).await.err(), table.append_record(&key, record_at(1)).await.err()]
    {
        let fault = fault.expect("there is no table");
        assert!(matches!(error_of(&fault), Some(Error::Missing(_))), "{fault:?}");
    }
    assert_eq!(count_requests(&service), 2);
}

fn error_of(fault: &Fault) -> Option<&Error> {
    fault.source()?.downcast_ref()
}

fn count_requests(service: &DynamoDbDouble) -> usize {
    service.take_request_counts().into_iter().map(|(_, count)| count).sum()
}
