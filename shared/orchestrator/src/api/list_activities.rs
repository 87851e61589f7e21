//! `ListActivities`.

use std::sync::Arc;

use model::{Activity, ResourceName};

use crate::{Fault, ports::ActivityStore};

/// A page of activities.
#[derive(Clone, Debug)]
pub struct ActivityPage {
    /// The activities, in order of their names.
    pub activities: Vec<Arc<Activity>>,
    /// The name after which the next page begins; none on the last page.
    pub next: Option<ResourceName>,
}

/// Returns at most `limit` activities, those after the one named `after`.
pub async fn list_activities(
    ports: &impl ActivityStore,
    limit: u32,
    after: Option<&ResourceName>,
) -> Result<ActivityPage, Fault> {
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut activities = ports.list_activities(limit.saturating_add(1), after).await?;
    let is_last = activities.len() <= size;
    activities.truncate(size);
    let next = if is_last { None } else { activities.last().map(|last| last.name.clone()) };
    Ok(ActivityPage { activities, next })
}
