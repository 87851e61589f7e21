//! Executions whose first message may never have been sent. They are found by the minute in which
//! they started, from the first minute that had any in the last query.
//!
//! Invariant: a minute is queried again until every execution that started in it has got past
//! record 0, and for a few minutes in any case, since the index lags behind and clocks differ.

use model::{ExecutionId, FramePath, RecordKey, RecordNumber, Timestamp};

use crate::{
    Error,
    dynamodb_table::{ConditionalWrite, DynamoDbTable, TableQuery, try_join_bounded},
    executions::{OUTCOME, SHARDS, shard_of_name},
    item::{self, TableItem},
    keys::{self, ItemKey},
    retry::RetryPolicy,
    schema::{STARTED_AT, STARTED_IN, STARTS},
};

/// The first minute that is still queried, counted since 1970.
const MINUTE: &str = "minute";
const MINUTE_MILLISECONDS: i64 = 60_000;
/// Minutes after which no more executions are expected to appear in a minute.
const SETTLED_MINUTES: i64 = 3;
/// Executions after which a query looks at no further minute.
const UNSTARTED_MAX: usize = 500;

/// The index partition of an execution's start.
pub(crate) fn start_partition(started_at: Timestamp, name: &str) -> String {
    minute_partition(minute_of(started_at), shard_of_name(name))
}

fn minute_partition(minute: i64, shard: u32) -> String {
    format!("{minute}#{shard}")
}

impl DynamoDbTable {
    /// Once this returns, minutes are queried from that of this start, or an earlier one. Writes
    /// only once in a process, which is enough.
    pub(crate) async fn ensure_starts_checkpoint(
        &self,
        started_at: Timestamp,
    ) -> Result<(), Error> {
        let first = minute_of(started_at) - SETTLED_MINUTES;
        let begin = async || match self
            .put_item_if_absent(RetryPolicy::Idempotent, starts_checkpoint_item(first))
            .await?
        {
            ConditionalWrite::Applied(()) | ConditionalWrite::ConditionFailed(_) => {
                Ok::<_, Error>(())
            }
        };
        self.starts_checkpoint_ensured().get_or_try_init(begin).await?;
        Ok(())
    }

    /// Running executions that started before that time and are still at record 0.
    pub(crate) async fn query_unstarted_executions(
        &self,
        before: Timestamp,
    ) -> Result<Vec<ExecutionId>, Error> {
        let checkpoint = self.get_item(&keys::starts_checkpoint_key()).await?;
        let Some(first) = checkpoint
            .map(|checkpoint| item::read_number(&checkpoint, MINUTE))
            .transpose()?
            .flatten()
        else {
            return Ok(Vec::new());
        };
        let last = minute_of(before);
        let (mut found, mut next) = (Vec::new(), last - SETTLED_MINUTES);
        for minute in first..=last {
            let unstarted = self.query_unstarted_in_minute(minute, before).await?;
            if !unstarted.is_empty() {
                next = next.min(minute);
            }
            found.extend(unstarted);
            if found.len() >= UNSTARTED_MAX {
                break;
            }
        }
        if next > first {
            self.put_item(starts_checkpoint_item(next)).await?;
        }
        Ok(found)
    }

    async fn query_unstarted_in_minute(
        &self,
        minute: i64,
        before: Timestamp,
    ) -> Result<Vec<ExecutionId>, Error> {
        let shards =
            (0..SHARDS).map(|shard| self.query_items(starts_query(minute, shard), usize::MAX));
        let items: Vec<TableItem> =
            try_join_bounded(shards.collect()).await?.into_iter().flatten().collect();
        let mut ids = Vec::with_capacity(items.len());
        for item in &items {
            ids.push(execution_id_of_item(item)?);
        }
        let seconds: Vec<ItemKey> = ids.iter().map(second_record_key).collect();
        let seconds = self.get_items(&seconds).await?;
        ids = ids.into_iter().zip(seconds).filter(|(_, it)| it.is_none()).map(|it| it.0).collect();
        let firsts: Vec<ItemKey> = ids.iter().map(keys::execution_key).collect();
        let firsts = self.get_items(&firsts).await?;
        let mut unstarted = Vec::new();
        for (id, first) in ids.into_iter().zip(firsts) {
            if let Some(item) = first
                && !item.contains_key(OUTCOME)
                && item::read_number(&item, STARTED_AT)?
                    .is_some_and(|at: i64| at < before.as_milliseconds())
            {
                unstarted.push(id);
            }
        }
        Ok(unstarted)
    }
}

fn starts_query(minute: i64, shard: u32) -> TableQuery {
    TableQuery {
        index: Some(STARTS),
        condition: format!("{STARTED_IN} = :in"),
        values: vec![(":in", item::string_attribute(minute_partition(minute, shard)))],
        projection: None,
        forward: true,
    }
}

/// The key of record 1 of the root frame.
fn second_record_key(id: &ExecutionId) -> ItemKey {
    let (frame, number) = (FramePath::ROOT, RecordNumber::FIRST.next_number());
    keys::record_key(&RecordKey { execution: id.clone(), frame, number })
}

fn execution_id_of_item(item: &TableItem) -> Result<ExecutionId, Error> {
    let id = item::read_string(item, keys::PK)?.parse();
    id.map_err(|_| item::broken_item(item, "its key does not name an execution"))
}

fn starts_checkpoint_item(minute: i64) -> TableItem {
    let mut checkpoint = item::item_with_key(&keys::starts_checkpoint_key());
    checkpoint.insert(MINUTE.to_owned(), item::number_attribute(minute));
    checkpoint
}

const fn minute_of(at: Timestamp) -> i64 {
    at.as_milliseconds().div_euclid(MINUTE_MILLISECONDS)
}
