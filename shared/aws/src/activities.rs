//! Activities, one item each.

use std::sync::Arc;

use model::{Activity, ResourceName};
use orchestrator::{
    Fault,
    ports::{ActivityCreation, ActivityStore},
};

use crate::{
    Error,
    dynamodb_table::{ConditionalWrite, DynamoDbTable, try_join_bounded},
    item::{self, TableItem},
    keys::{self, ItemKey},
    machines::listing_query,
    packed_attribute::AttributeBudget,
    retry::{RetryBackoff, RetryPolicy},
    schema::{LISTED_AS, LISTED_UNDER},
};

/// The activity as a packed attribute.
const ACTIVITY: &str = "activity";
/// The index partition that lists all activities.
const ACTIVITIES: &str = "activities";

impl ActivityStore for DynamoDbTable {
    /// A put whose outcome is in doubt is repeated: if it loses against itself, the activity that
    /// exists is the same.
    async fn create_activity(&self, activity: Activity) -> Result<ActivityCreation, Fault> {
        let mut pauses = RetryBackoff::new();
        loop {
            let item = self.activity_item(&activity).await?;
            let put = self.put_item_if_absent(RetryPolicy::Idempotent, item).await?;
            let existing = match put {
                ConditionalWrite::Applied(()) => return Ok(ActivityCreation::Done),
                ConditionalWrite::ConditionFailed(Some(item)) => Some(item),
                ConditionalWrite::ConditionFailed(None) => {
                    self.get_item(&keys::activity_key(&activity.name)).await?
                }
            };
            if let Some(item) = existing {
                let existing = self.read_activity_item(&item).await?;
                return Ok(ActivityCreation::Exists(existing));
            }
            // It has just been deleted.
            if !pauses.wait_before_retry().await {
                let name = activity.name.as_str();
                return Err(Error::broken(name, "it is created and deleted all the time").into());
            }
        }
    }

    async fn put_activity(&self, activity: Activity) -> Result<(), Fault> {
        let item = self.activity_item(&activity).await?;
        let condition = format!("attribute_exists({})", keys::PK);
        match self.put_item_if(RetryPolicy::Idempotent, item, condition).await? {
            ConditionalWrite::Applied(()) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }

    async fn load_activity(&self, name: &ResourceName) -> Result<Option<Arc<Activity>>, Fault> {
        match self.get_item(&keys::activity_key(name)).await? {
            Some(item) => Ok(Some(self.read_activity_item(&item).await?)),
            None => Ok(None),
        }
    }

    async fn list_activities(
        &self,
        limit: u32,
        after: Option<&ResourceName>,
    ) -> Result<Vec<Arc<Activity>>, Fault> {
        let query = listing_query(ACTIVITIES, after.map(ResourceName::as_str));
        let listed = self.query_items(query, limit as usize).await?;
        let keys = listed.iter().map(item::key_of_item).collect::<Result<Vec<ItemKey>, _>>()?;
        let items = self.get_items(&keys).await?;
        let activities = items.iter().flatten().map(|item| self.read_activity_item(item));
        Ok(try_join_bounded(activities.collect()).await?)
    }

    async fn delete_activity(&self, name: &ResourceName) -> Result<(), Fault> {
        Ok(self.delete_item(&keys::activity_key(name)).await?)
    }
}

impl DynamoDbTable {
    async fn activity_item(&self, activity: &Activity) -> Result<TableItem, Error> {
        let key = keys::activity_key(&activity.name);
        let mut item = item::item_with_key(&key);
        let packed = self.pack_attribute(&key.pk, AttributeBudget::WholeItem, activity).await?;
        item.insert(ACTIVITY.to_owned(), packed);
        item.insert(LISTED_UNDER.to_owned(), item::string_attribute(ACTIVITIES));
        item.insert(LISTED_AS.to_owned(), item::string_attribute(activity.name.as_str()));
        Ok(item)
    }

    async fn read_activity_item(&self, item: &TableItem) -> Result<Arc<Activity>, Error> {
        let pk = item::read_string(item, keys::PK)?;
        self.unpack_attribute(pk, item.get(ACTIVITY)).await.map(Arc::new)
    }
}
