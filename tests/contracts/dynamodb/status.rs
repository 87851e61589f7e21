//! A write of an execution's status returns the execution after it, whether or not it changed
//! anything.

use aws::DynamoDbTable;
use model::{ExecutionId, ExecutionStatus, FrameOutcome, Payload};
use orchestrator::ports::{ExecutionStore, StatusWrite};

use super::start_dynamodb;
use crate::data::{execution_id, redrive_number, start_execution, timestamp_at};

/// Ends the execution, and gives the status that the write returned and whether it was a repeat.
async fn finish(table: &DynamoDbTable, id: &ExecutionId) -> Option<(ExecutionStatus, bool)> {
    let outcome = FrameOutcome::Succeeded(Payload::empty_object());
    let end = (timestamp_at(2), &outcome);
    shown(table.finish_execution(id, None, end).await.expect("no fault"))
}

fn shown(write: Option<StatusWrite>) -> Option<(ExecutionStatus, bool)> {
    let StatusWrite { execution, repeated } = write?;
    Some((execution.expect("the table knows it").status(), repeated))
}

#[tokio::test]
async fn a_write_of_a_status_returns_the_execution_and_tells_a_repeat() {
    let (table, _) = start_dynamodb().await;
    let id = start_execution(&table, "m", "e", 1).await;
    assert_eq!(finish(&table, &id).await, Some((ExecutionStatus::Succeeded, false)));
    assert_eq!(finish(&table, &id).await, Some((ExecutionStatus::Succeeded, true)));
    let redriven = redrive_number(1, 4);
    for repeated in [false, true] {
        let write = table.reopen_execution(&id, &redriven).await.expect("no fault");
        assert_eq!(shown(write), Some((ExecutionStatus::Running, repeated)));
    }
    assert_eq!(finish(&table, &execution_id("m", "gone")).await, None);
}
