//! The store of activities.

use std::{future::Future, sync::Arc};

use model::{Activity, ResourceName};

use crate::Fault;

/// The result of creating an activity.
#[derive(Clone, Debug)]
pub enum ActivityCreation {
    /// The activity is durable.
    Done,
    /// An activity of that name exists; nothing was written.
    Exists(Arc<Activity>),
}

/// Stores activities. Their tasks are in [`super::ActivityTaskQueue`].
pub trait ActivityStore {
    /// Writes an activity, if there is none of that name. Once this returns
    /// [`ActivityCreation::Done`], it is durable. After a fault it may have been written or not.
    fn create_activity(
        &self,
        activity: Activity,
    ) -> impl Future<Output = Result<ActivityCreation, Fault>> + Send;

    /// Replaces an activity, if there is one of that name. Once this returns, it is durable.
    fn put_activity(&self, activity: Activity) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Returns the activity of that name, if there is one.
    fn load_activity(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<Option<Arc<Activity>>, Fault>> + Send;

    /// Returns at most `limit` activities in order of their names, those after `after`. One that was
    /// created or deleted a moment ago may be missing or still be there.
    fn list_activities(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> impl Future<Output = Result<Vec<Arc<Activity>>, Fault>> + Send;

    /// Deletes an activity; its tasks stay in its queue. May be repeated.
    fn delete_activity(
        &self,
        name: &ResourceName,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}
