//! The index of jobs.

use model::{JobName, TaskSecret, TaskToken};

use crate::{
    data::{child_path, execution_id},
    stores::ContractStore,
};

fn token(execution: &str, secret: u128) -> TaskToken {
    let (execution, frame) = (execution_id("m", execution), child_path(3, 4));
    TaskToken { execution, frame, secret: TaskSecret::from_bits(secret) }
}

pub(crate) async fn the_task_that_waits_for_a_job_is_found(store: &impl ContractStore) {
    let job = |id| JobName::new("aws.batch", id);
    assert_eq!(store.find_awaiting_task(&job("a")).await.expect("no fault"), None);
    for (id, task) in [("a", token("e", 1)), ("b", token("f", 2)), ("a", token("g", 3))] {
        store.put_awaited_job(&job(id), &task).await.expect("no fault");
        assert_eq!(store.find_awaiting_task(&job(id)).await.expect("no fault"), Some(task));
    }
    let other = store.find_awaiting_task(&job("b")).await.expect("no fault");
    assert_eq!(other, Some(token("f", 2)));
    let elsewhere = JobName::new("aws.glue", "a");
    assert_eq!(store.find_awaiting_task(&elsewhere).await.expect("no fault"), None);
}
