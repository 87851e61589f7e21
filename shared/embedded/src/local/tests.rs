//! Recovery from a crash after each handled message and after each commit. A crash ends the process
//! and its queue.

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
async fn a_record_that_cannot_be_read_does_not_keep_the_others_from_going_on() {
    let world = MockFunctions::default();
    let directory = tempfile::tempdir().expect("a directory");
    let before = TestProcess::start_process(directory.path(), &world);
    before.start_workflow(&FORKS).await;
    let readable = before.start_workflow(&FORKS).await;
    before.shut_down().await;
    let database = rusqlite::Connection::open(directory.path().join("statewright.sqlite"));
    let newer = "UPDATE records SET body = '{\"kind\": \"newer\"}' WHERE execution = 1";
    assert_eq!(database.expect("opens").execute(newer, []), Ok(1));

    let after = TestProcess::start_process(directory.path(), &world);
    after.recover_executions().await;
    let status = after.run_until_crash(&readable, CrashPoint::AfterMessages(STEPS_MAX)).await;
    assert_eq!(status, Some(ExecutionStatus::Succeeded));
    after.shut_down().await;
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
