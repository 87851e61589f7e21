//! Recovery from a crash after each handled message and after each commit. A crash ends the process
//! and its queue.

mod outage;
mod poison;
mod process;
mod workflows;

use model::ExecutionStatus;

use process::{CrashPoint, MockFunctions, TestProcess};
use workflows::{CALLBACK, FORKS, NESTED, PASSES, REDRIVEN, TestWorkflow};

/// More messages and commits than any of the executions needs, recovery included.
const STEPS_MAX: usize = 300;

#[tokio::test]
async fn forks_in_forks_go_on_whatever_the_crash() {
    goes_on_whatever_the_crash(&FORKS).await;
}

#[tokio::test]
async fn a_task_that_waits_for_its_token_goes_on_whatever_the_crash() {
    goes_on_whatever_the_crash(&CALLBACK).await;
}

#[tokio::test]
async fn a_task_that_waits_for_an_execution_goes_on_whatever_the_crash() {
    goes_on_whatever_the_crash(&NESTED).await;
}

#[tokio::test]
async fn a_redriven_execution_goes_on_whatever_the_crash() {
    goes_on_whatever_the_crash(&REDRIVEN).await;
}

#[tokio::test]
async fn an_answer_that_comes_as_the_call_returns_outlives_a_crash() {
    let world = MockFunctions::with_barrier();
    let directory = tempfile::tempdir().expect("a directory");
    let before = TestProcess::start_process(directory.path(), &world);
    let arn = before.start_workflow(&CALLBACK).await;
    before.answer_while_call_returns(&arn).await;
    before.shut_down().await;
    let after = TestProcess::start_process(directory.path(), &world);
    after.recover_executions().await;
    let status = after.run_until_crash(&arn, CrashPoint::AfterMessages(STEPS_MAX)).await;
    after.shut_down().await;
    assert_eq!(status, Some(ExecutionStatus::Succeeded));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_nothing_else_from_going_on() {
    for (row, newer, listed) in [
        ("no row", "SELECT 1", (2, 2)),
        ("records", r#"UPDATE records SET body = '{"kind": "newer"}' WHERE execution = 1"#, (2, 2)),
        ("bytes", "UPDATE records SET body = CAST(x'ff' AS TEXT) WHERE execution = 1", (2, 2)),
        ("a frame", "UPDATE records SET frame = 'a' || id WHERE frame <> ''", (2, 2)),
        ("a gate", "UPDATE fan_in_items SET body = '[]' WHERE kind = 0", (2, 2)),
        ("slots", "UPDATE fan_in_items SET body = '{}' WHERE kind = 1", (2, 2)),
        ("a bucket", "UPDATE fan_in_items SET body = '{}' WHERE kind = 2", (2, 2)),
        ("a revision", "UPDATE revisions SET body = '{' WHERE machine = 1", (1, 1)),
        (
            "a definition",
            "UPDATE revisions SET body = json_set(body, '$.definition', '{') WHERE machine = 1",
            (2, 2),
        ),
        ("a machine", "UPDATE machines SET body = '{' WHERE id = 1", (1, 1)),
        ("facts", "UPDATE executions SET facts = '{', redrives = 1 WHERE id = 1", (2, 1)),
        ("a name", "UPDATE executions SET name = '' WHERE id = 1", (2, 1)),
        ("deaths", "INSERT INTO deaths VALUES (1, 'newer', -1, -1, -1)", (2, 2)),
        ("a dead letter", "INSERT INTO dead_letters VALUES (1, 1, '{', '')", (2, 2)),
    ] {
        let world = MockFunctions::default();
        let directory = tempfile::tempdir().expect("a directory");
        let before = TestProcess::start_process(directory.path(), &world);
        let unreadable = before.start_workflow(&FORKS).await;
        before.run_until_crash(&unreadable, CrashPoint::AfterMessages(10)).await;
        let readable = before.start_workflow(&PASSES).await;
        before.shut_down().await;
        let database = rusqlite::Connection::open(directory.path().join("statewright.sqlite"));
        database.expect("opens").execute_batch(newer).expect(row);

        let after = TestProcess::start_process(directory.path(), &world);
        after.recover_executions().await;
        let status = after.run_until_crash(&readable, CrashPoint::AfterMessages(STEPS_MAX)).await;
        assert_eq!(status, Some(ExecutionStatus::Succeeded), "{row}");
        assert_eq!(after.count_listed().await, listed, "{row}");
        after.shut_down().await;
    }
}

/// The bytes of the first record are not written again, so they do not count for an append.
#[tokio::test]
async fn one_delivery_passes_a_large_payload_on_through_many_states() {
    let directory = tempfile::tempdir().expect("a directory");
    let world = MockFunctions::default();
    let process = TestProcess::start_process(directory.path(), &world).with_transitions(25);
    let input = format!("\"{}\"", "x".repeat(200_000));
    let arn = process.start_with_input(&PASSES, &input).await;
    process.run_until_crash(&arn, CrashPoint::AfterMessages(1)).await;
    assert_eq!(process.execution_status(&arn).await, ExecutionStatus::Succeeded);
    process.shut_down().await;
}

async fn goes_on_whatever_the_crash(workflow: &TestWorkflow) {
    for life in [CrashPoint::AfterMessages, CrashPoint::AfterCommits] {
        let mut crashes = 0;
        while goes_on_after(workflow, life(crashes)).await {
            crashes += 1;
            assert!(crashes < STEPS_MAX, "the execution never ends");
        }
        // The process has crashed once after each message or commit.
        assert!(crashes > 1, "there was something to do");
    }
}

/// Runs a workflow with this crash. Returns whether the crash happened before the execution ended.
async fn goes_on_after(workflow: &TestWorkflow, crash: CrashPoint) -> bool {
    let world = MockFunctions::default();
    let directory = tempfile::tempdir().expect("a directory");
    let before = TestProcess::start_process(directory.path(), &world);
    let arn = before.start_workflow(workflow).await;
    let status = before.run_until_crash(&arn, crash).await;
    before.shut_down().await;
    if status == Some(ExecutionStatus::Succeeded) {
        return false;
    }
    let after = TestProcess::start_process(directory.path(), &world);
    after.recover_executions().await;
    let status = after.run_until_crash(&arn, CrashPoint::AfterMessages(STEPS_MAX)).await;
    after.shut_down().await;
    assert_eq!(status, Some(ExecutionStatus::Succeeded), "{crash:?}");
    true
}
