//! A machine that is deleted while its executions run, or just after they did.

use std::sync::atomic::{AtomicI64, Ordering};

use aws::{DynamoDbTable, TableSettings};
use model::{ExecutionId, Failure, FrameOutcome, StateMachineStatus, Timestamp};
use orchestrator::ports::{ExecutionStore, StateMachineStore};

use super::start_dynamodb_with;
use crate::{
    data::{execution_id, new_state_machine, parse_name, parse_payload, start_execution as begin},
    queues::NEVER,
};

const MINUTE: i64 = 60_000;
const START: i64 = 1_700_000_000_000;

/// Minutes since the start, by the clock of the table.
static MINUTES: AtomicI64 = AtomicI64::new(0);

fn now() -> Timestamp {
    Timestamp::from_milliseconds(START + MINUTE * MINUTES.load(Ordering::Relaxed))
}

async fn sweep(table: &DynamoDbTable) -> bool {
    table.sweep_deleting_machine(&parse_name("m"), NEVER).await.expect("no fault")
}

#[tokio::test]
async fn an_execution_is_removed_when_no_worker_can_write_to_it() {
    let (table, _service) = start_dynamodb_with(TableSettings::with_name("statewright", now)).await;
    let machine = parse_name("m");
    table.create_machine(new_state_machine("m", "r")).await.expect("no fault");
    let end = async |id: &ExecutionId, outcome: &FrameOutcome| {
        table.finish_execution(id, None, (now(), outcome)).await.expect("no fault");
    };
    let failed = FrameOutcome::Failed(Failure::with_error_name("E"));
    let succeeded = FrameOutcome::Succeeded(parse_payload("1"));
    let [running, lost, done] = ["running", "lost", "done"];
    for name in [running, lost, done] {
        begin(&table, "m", name, START).await;
    }
    end(&execution_id("m", lost), &failed).await;
    end(&execution_id("m", done), &succeeded).await;
    table.delete_machine(&machine).await.expect("no fault");
    let is_there = async |name| {
        let found = table.load_execution(&execution_id("m", name)).await.expect("no fault");
        found.is_some()
    };

    assert!(!sweep(&table).await);
    let found = table.load_machine(&machine).await.expect("no fault").expect("it is there");
    assert_eq!(found.status, StateMachineStatus::Deleting);
    let are_there = async || [is_there(running).await, is_there(lost).await, is_there(done).await];
    assert_eq!(are_there().await, [true, true, true], "a message may carry a record of it");

    MINUTES.store(2, Ordering::Relaxed);
    assert!(!sweep(&table).await);
    assert_eq!(are_there().await, [true, true, false]);

    MINUTES.store(20, Ordering::Relaxed);
    end(&execution_id("m", running), &failed).await;
    assert!(!sweep(&table).await);
    assert_eq!([is_there(running).await, is_there(lost).await], [true, false]);

    MINUTES.store(40, Ordering::Relaxed);
    assert!(sweep(&table).await);
    assert!(table.load_machine(&machine).await.expect("no fault").is_none());
    assert!(table.list_deleting_machines(9).await.expect("no fault").is_empty());
}
