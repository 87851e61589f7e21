//! A disk that is full for a while: faults end nothing.

use model::{
    ExecutionStatus, FramePath, MessageIdentity, ResourceName, Timestamp, WrittenBy,
    limits::DEATHS_MAX,
};
use orchestrator::ports::{DeathCount, DeathCounter};

use super::{
    STEPS_MAX,
    process::{CrashPoint, MockFunctions, TestProcess},
    workflows::{FORKS, PASSES},
};
use crate::{LocalDeathCounter, SqliteStore};

/// How often each message is received while the disk is full: as often as in an outage of hours.
const RECEIVES: u32 = 20;

/// Lets no write through to these tables, as if it did not fit on the disk any more.
fn fill_disk(directory: &std::path::Path, tables: &[&str]) -> rusqlite::Connection {
    let path = directory.join("statewright.sqlite");
    let connection = rusqlite::Connection::open(path).expect("opens");
    for table in tables {
        for change in ["INSERT", "UPDATE", "DELETE"] {
            let refuse = format!(
                "CREATE TRIGGER full_{table}_{change} BEFORE {change} ON {table}
                 BEGIN SELECT RAISE(ABORT, 'full'); END"
            );
            connection.execute_batch(&refuse).expect("is made");
        }
    }
    connection
}

fn free_disk(connection: &rusqlite::Connection) {
    let names = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_master
                 WHERE type = 'trigger'";
    let drops: String = connection.query_row(names, [], |row| row.get(0)).expect("there are some");
    connection.execute_batch(&drops).expect("are dropped");
}

#[tokio::test]
async fn a_full_disk_ends_no_execution() {
    let directory = tempfile::tempdir().expect("a directory");
    let world = MockFunctions::default();
    let process = TestProcess::start_process(directory.path(), &world);
    let arns = [process.start_workflow(&PASSES).await, process.start_workflow(&FORKS).await];
    process.run_until_crash(&arns[1], CrashPoint::AfterMessages(3)).await;
    let disk = fill_disk(directory.path(), &["records", "executions", "fan_in_items"]);
    let failed = process.fail_messages(RECEIVES).await;
    assert!(failed >= 2, "{failed} messages were due");
    for arn in &arns {
        assert_eq!(process.execution_status(arn).await, ExecutionStatus::Running);
    }
    free_disk(&disk);
    for arn in &arns {
        let status = process.run_until_crash(arn, CrashPoint::AfterMessages(STEPS_MAX)).await;
        assert_eq!(status, Some(ExecutionStatus::Succeeded));
    }
    process.shut_down().await;
}

#[tokio::test]
async fn a_count_that_cannot_be_removed_is_no_death() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    let name = ResourceName::parse("a").expect("a name");
    let execution = model::ExecutionId::from_names(&name, &name);
    let message =
        MessageIdentity { execution, frame: FramePath::ROOT, kind: WrittenBy::StopExecution };
    let counter = LocalDeathCounter::new(store.clone());
    // The counts belong to a running execution.
    let process_start = "INSERT INTO machines (id, name) VALUES (1, 'a');
        INSERT INTO executions (id, machine, name, status, listed_at, started_at, facts)
        VALUES (1, 1, 'a', 0, 0, 0, '{}')";
    let connection = rusqlite::Connection::open(directory.path().join("statewright.sqlite"));
    let connection = connection.expect("opens");
    connection.execute_batch(process_start).expect("is written");
    connection
        .execute_batch(
            "CREATE TRIGGER full BEFORE DELETE ON deaths BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .expect("is made");
    for _ in 0..2 * DEATHS_MAX {
        assert_eq!(counter.load_deaths(&message).await.expect("no fault"), None);
        let count = DeathCount { deaths: 1, last_at: Timestamp::from_milliseconds(1) };
        counter.put_deaths(&message, count).await.expect("no fault");
        counter.clear_deaths(&message).await.expect_err("the disk is full");
    }
    // If the process dies now, it has died of the message once.
    let next = LocalDeathCounter::new(store.clone());
    let deaths = next.load_deaths(&message).await.expect("no fault").map(|count| count.deaths);
    assert_eq!(deaths, Some(1));
    store.shut_down().await;
}
