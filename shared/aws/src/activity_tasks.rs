//! The queues of tasks that wait for the workers of activities: a partition for each activity, whose
//! rows stand in the order in which the tasks were scheduled.
//!
//! All tasks of an activity are written to one partition, of which DynamoDB writes about 1,000 rows a
//! second: each task costs two writes, so an activity has some 500 tasks a second.

use model::{ActivityTask, ResourceName};
use orchestrator::{Fault, ports::ActivityTaskQueue};
use tracing::warn;

use crate::{
    Error,
    dynamodb_table::{DynamoDbTable, QuerySource, TableQuery},
    item::{self, TableItem},
    keys::{self, PK},
};

/// The task as JSON.
const TASK: &str = "task";

/// No further items are searched for those that can be read once so many were.
const ITEMS_MAX: usize = 1_000;

impl ActivityTaskQueue for DynamoDbTable {
    async fn put_activity_task(&self, task: ActivityTask) -> Result<(), Fault> {
        let key = keys::activity_task_key(&task);
        let mut item = item::item_with_key(&key);
        let json = serde_json::to_string(&task).map_err(|error| Error::broken(&key.pk, error))?;
        item.insert(TASK.to_owned(), item::string_attribute(json));
        self.retention_period().set_lifetime_expiry(&mut item);
        Ok(self.put_item(item).await?)
    }

    /// Returns at once: DynamoDB tells of nothing.
    async fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        _: i64,
    ) -> Result<Vec<ActivityTask>, Fault> {
        let pk = keys::activity_tasks_partition(activity);
        let mut items_max = limit as usize;
        loop {
            let query = TableQuery {
                source: QuerySource::Table,
                condition: format!("{PK} = :pk"),
                values: vec![(":pk", item::string_attribute(pk.clone()))],
                projection: None,
                forward: true,
            };
            let items = self.query_items(query, items_max).await?;
            let mut tasks: Vec<ActivityTask> = items.iter().filter_map(read_task_item).collect();
            // Rows that cannot be read stay at the head of the queue.
            let has_enough = tasks.len() >= limit as usize;
            if has_enough || items.len() < items_max || items_max > ITEMS_MAX {
                tasks.truncate(limit as usize);
                return Ok(tasks);
            }
            items_max *= 2;
        }
    }

    async fn remove_activity_task(&self, task: &ActivityTask) -> Result<(), Fault> {
        Ok(self.delete_item(&keys::activity_task_key(task)).await?)
    }
}

/// Leaves out a row that this version cannot read, so that it keeps no other task waiting.
fn read_task_item(item: &TableItem) -> Option<ActivityTask> {
    let parsed = item::read_string(item, TASK).map(serde_json::from_str);
    match parsed {
        Ok(Ok(task)) => Some(task),
        Ok(Err(error)) => {
            warn!(%error, "a waiting task of an activity cannot be read");
            None
        }
        Err(error) => {
            warn!(%error, "a waiting task of an activity cannot be read");
            None
        }
    }
}
