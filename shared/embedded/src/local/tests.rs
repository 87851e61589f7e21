//! Recovery, whatever the crash: after every message handled in turn, and after every commit, the
//! process is gone and with it the queue.

mod process;
mod workflows;

use model::Status;

use process::{Life, Process, World};
use workflows::{CALLBACK, FORKS, NESTED, REDRIVEN, Workflow};

/// More messages, and more commits, than an execution needs, however often it is recovered.
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
    let world = World::gated();
    let directory = tempfile::tempdir().expect("a directory");
    let before = Process::start(directory.path(), &world);
    let arn = before.begin(&CALLBACK).await;
    before.answer_in_a_race(&arn).await;
    before.end().await;
    let after = Process::start(directory.path(), &world);
    after.recover().await;
    let status = after.live(&arn, Life::Messages(STEPS_MAX)).await;
    after.end().await;
    assert_eq!(status, Some(Status::Succeeded));
}

async fn goes_on_whatever_the_crash(workflow: &Workflow) {
    for life in [Life::Messages, Life::Commits] {
        let mut crashes = 0;
        while goes_on_after(workflow, life(crashes)).await {
            crashes += 1;
            assert!(crashes < STEPS_MAX, "the execution never ends");
        }
        // Everything has been the last thing once.
        assert!(crashes > 1, "there was something to do");
    }
}

/// Whether there was a crash, after which the execution came to its end.
async fn goes_on_after(workflow: &Workflow, crash: Life) -> bool {
    let world = World::default();
    let directory = tempfile::tempdir().expect("a directory");
    let before = Process::start(directory.path(), &world);
    let arn = before.begin(workflow).await;
    let status = before.live(&arn, crash).await;
    before.end().await;
    if status == Some(Status::Succeeded) {
        return false;
    }
    let after = Process::start(directory.path(), &world);
    after.recover().await;
    let status = after.live(&arn, Life::Messages(STEPS_MAX)).await;
    after.end().await;
    assert_eq!(status, Some(Status::Succeeded), "{crash:?}");
    true
}
