//! Activities and the queues of their tasks.

use std::{ops::Bound, sync::Arc};

use model::{Activity, ActivityTask, ResourceName};
use orchestrator::{
    Fault,
    ports::{ActivityCreation, ActivityStore, ActivityTaskQueue},
};

use super::MemoryStore;

impl ActivityStore for MemoryStore {
    async fn create_activity(&self, activity: Activity) -> Result<ActivityCreation, Fault> {
        let mut state = self.lock_state();
        if let Some(existing) = state.activities.get(&activity.name) {
            return Ok(ActivityCreation::Exists(Arc::clone(existing)));
        }
        state.activities.insert(activity.name.clone(), Arc::new(activity));
        Ok(ActivityCreation::Done)
    }

    async fn put_activity(&self, activity: Activity) -> Result<(), Fault> {
        if let Some(existing) = self.lock_state().activities.get_mut(&activity.name) {
            *existing = Arc::new(activity);
        }
        Ok(())
    }

    async fn load_activity(&self, name: &ResourceName) -> Result<Option<Arc<Activity>>, Fault> {
        Ok(self.lock_state().activities.get(name).cloned())
    }

    async fn list_activities(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<Activity>>, Fault> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.lock_state();
        let activities = state.activities.range::<ResourceName, _>((after, Bound::Unbounded));
        Ok(activities.take(limit as usize).map(|(_, activity)| Arc::clone(activity)).collect())
    }

    async fn delete_activity(&self, name: &ResourceName) -> Result<(), Fault> {
        self.lock_state().activities.remove(name);
        Ok(())
    }
}

impl ActivityTaskQueue for MemoryStore {
    async fn put_activity_task(&self, task: ActivityTask) -> Result<(), Fault> {
        self.lock_state().activity_tasks.insert(task);
        Ok(())
    }

    async fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        _: i64,
    ) -> Result<Vec<ActivityTask>, Fault> {
        let state = self.lock_state();
        let own = state.activity_tasks.iter().filter(|task| task.activity == *activity);
        Ok(own.take(limit as usize).cloned().collect())
    }

    async fn remove_activity_task(&self, task: &ActivityTask) -> Result<(), Fault> {
        self.lock_state().activity_tasks.remove(task);
        Ok(())
    }
}
