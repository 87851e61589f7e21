//! The ports of activities, by the store that a value has.

use std::{future::Future, sync::Arc};

use model::{Activity, ActivityTask, ResourceName};

use super::{
    super::{ActivityCreation, ActivityStore, ActivityTaskQueue},
    ComposedPorts,
};
use crate::Fault;

impl<T> ActivityStore for T
where
    T: ComposedPorts + Sync,
    T::Store: ActivityStore + Sync,
{
    fn create_activity(
        &self,
        activity: Activity,
    ) -> impl Future<Output = Result<ActivityCreation, Fault>> + Send {
        self.store().create_activity(activity)
    }

    fn put_activity(&self, activity: Activity) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_activity(activity)
    }

    fn load_activity(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<Activity>>, Fault>> + Send {
        self.store().load_activity(name)
    }

    fn list_activities(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<Activity>>, Fault>> + Send {
        self.store().list_activities(limit, after)
    }

    fn delete_activity(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().delete_activity(name)
    }
}

impl<T> ActivityTaskQueue for T
where
    T: ComposedPorts + Sync,
    T::Store: ActivityTaskQueue + Sync,
{
    fn put_activity_task(
        &self,
        task: ActivityTask,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().put_activity_task(task)
    }

    fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        milliseconds: i64,
    ) -> impl Future<Output = Result<Vec<ActivityTask>, Fault>> + Send {
        self.store().await_activity_tasks(activity, limit, milliseconds)
    }

    fn remove_activity_task(
        &self,
        task: &ActivityTask,
    ) -> impl Future<Output = Result<(), Fault>> + Send {
        self.store().remove_activity_task(task)
    }
}
