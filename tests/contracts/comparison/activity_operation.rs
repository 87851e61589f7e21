//! The operations on activities and their tasks.

use model::{Activity, ActivityTask, ResourceName};

use super::operation::debug_text;
use crate::stores::ContractStore;

/// One operation, which runs on both stores.
#[derive(Debug)]
pub(super) enum ActivityOperation {
    Create(Activity),
    Put(Activity),
    Load(ResourceName),
    List(u32, Option<ResourceName>),
    Delete(ResourceName),
    PutTask(ActivityTask),
    Tasks(ResourceName, u32),
    RemoveTask(ActivityTask),
}

impl ActivityOperation {
    /// Runs the operation and returns the store's answer as text.
    pub(super) async fn run_on(&self, store: &impl ContractStore) -> String {
        match self {
            Self::Create(activity) => debug_text(store.create_activity(activity.clone()).await),
            Self::Put(activity) => debug_text(store.put_activity(activity.clone()).await),
            Self::Load(name) => debug_text(store.load_activity(name).await),
            Self::List(limit, after) => {
                debug_text(store.list_activities(*limit, after.as_ref()).await)
            }
            Self::Delete(name) => debug_text(store.delete_activity(name).await),
            Self::PutTask(task) => debug_text(store.put_activity_task(task.clone()).await),
            Self::Tasks(activity, limit) => {
                debug_text(store.await_activity_tasks(activity, *limit, 0).await)
            }
            Self::RemoveTask(task) => debug_text(store.remove_activity_task(task).await),
        }
    }
}
