//! Which tasks wait for jobs of services: one small item for each job.

use model::{JobName, TaskToken};
use orchestrator::{Fault, ports::JobIndex};

use crate::{dynamodb_table::DynamoDbTable, item, keys};

/// The token of the task that waits for the job.
const TASK: &str = "task";

impl JobIndex for DynamoDbTable {
    async fn put_awaited_job(&self, job: &JobName, task: &TaskToken) -> Result<(), Fault> {
        let mut item = item::item_with_key(&keys::job_key(job));
        item.insert(TASK.to_owned(), item::string_attribute(task.to_string()));
        self.retention_period().set_lifetime_expiry(&mut item);
        Ok(self.put_item(item).await?)
    }

    async fn find_awaiting_task(&self, job: &JobName) -> Result<Option<TaskToken>, Fault> {
        let Some(item) = self.get_item(&keys::job_key(job)).await? else { return Ok(None) };
        let token = item::read_string(&item, TASK)?.parse();
        Ok(Some(token.map_err(|error| item::broken_item(&item, &format!("'{TASK}': {error:?}")))?))
    }
}
