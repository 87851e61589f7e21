//! Counts of deaths: one small item for each message of which a process may have died.

use model::{MessageIdentity, Timestamp};
use orchestrator::{
    Fault,
    ports::{DeathCount, DeathCounter},
};

use crate::{dynamodb_table::DynamoDbTable, item, keys};

/// How many processes have died of the message.
const DEATHS: &str = "deaths";
/// When the last of them began to handle it, in milliseconds since 1970.
const LAST_AT: &str = "last_at";

impl DeathCounter for DynamoDbTable {
    async fn load_deaths(&self, message: &MessageIdentity) -> Result<Option<DeathCount>, Fault> {
        let Some(item) = self.get_item(&keys::deaths_key(message)).await? else { return Ok(None) };
        let missing = |name| item::broken_item(&item, &format!("'{name}' is missing"));
        let deaths = item::read_number(&item, DEATHS)?.ok_or_else(|| missing(DEATHS))?;
        let last_at = item::read_number(&item, LAST_AT)?.ok_or_else(|| missing(LAST_AT))?;
        Ok(Some(DeathCount { deaths, last_at: Timestamp::from_milliseconds(last_at) }))
    }

    async fn put_deaths(&self, message: &MessageIdentity, count: DeathCount) -> Result<(), Fault> {
        let mut item = item::item_with_key(&keys::deaths_key(message));
        item.insert(DEATHS.to_owned(), item::number_attribute(count.deaths));
        let last_at = count.last_at.as_milliseconds();
        item.insert(LAST_AT.to_owned(), item::number_attribute(last_at));
        self.retention_period().set_message_expiry(&mut item);
        Ok(self.put_item(item).await?)
    }

    async fn clear_deaths(&self, message: &MessageIdentity) -> Result<(), Fault> {
        Ok(self.delete_item(&keys::deaths_key(message)).await?)
    }
}
