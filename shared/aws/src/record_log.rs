//! Record logs: compare-and-append with one conditional put.

use std::sync::Arc;

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, Timestamp};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, HistoryReader, LogHead, RecordLog},
};

use crate::{
    Error,
    dynamodb_table::{
        ConditionalUpdate, ConditionalWrite, DynamoDbTable, TableQuery, try_join_bounded,
    },
    item::{self, TableItem},
    keys::{self, ItemKey},
    packed_attribute::AttributeBudget,
    retry::RetryPolicy,
};

/// The record as a packed attribute.
pub(crate) const RECORD: &str = "record";
/// When the lease of the record's worker ends, in milliseconds since 1970; absent until renewed.
const LEASE: &str = "lease";

impl RecordLog for DynamoDbTable {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        match self.get_item(&keys::record_key(key)).await? {
            Some(item) => Ok(Some(self.read_record_item(&item).await?)),
            None => Ok(None),
        }
    }

    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let keys: Vec<ItemKey> = keys.iter().map(keys::record_key).collect();
        let items = self.get_items(&keys).await?;
        let records = items.iter().flatten().map(|item| self.read_record_item(item));
        Ok(try_join_bounded(records.collect()).await?)
    }

    async fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<LogHead>, Fault> {
        let (first, last) = keys::record_key_range(frame);
        let query = TableQuery {
            index: None,
            condition: format!("{} = :pk AND {} BETWEEN :first AND :last", keys::PK, keys::SK),
            values: vec![
                (":pk", item::string_attribute(execution.as_str())),
                (":first", item::string_attribute(first)),
                (":last", item::string_attribute(last)),
            ],
            projection: None,
            forward: false,
        };
        let newest = self.query_items(query, 1).await?;
        let Some(item) = newest.first() else { return Ok(None) };
        let (_, number) = record_position(item)?;
        let record = self.read_record_item(item).await?;
        let alive = record.alive_until().unwrap_or(record.written_at);
        let renewed = item::read_number(item, LEASE)?.map(Timestamp::from_milliseconds);
        let lease = renewed.map_or(alive, |renewed| renewed.max(alive));
        Ok(Some(LogHead { number, record, lease }))
    }

    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let item_key = keys::record_key(key);
        let mut item = item::item_with_key(&item_key);
        item.insert(
            RECORD.to_owned(),
            self.pack_attribute(&item_key.pk, AttributeBudget::WholeItem, &record).await?,
        );
        self.retention_period().set_record_expiry(&mut item, &key.frame, &record);
        // A put whose outcome is in doubt is not repeated: it would lose against itself.
        match self.put_item_if_absent(RetryPolicy::NotIdempotent, item).await? {
            ConditionalWrite::Applied(()) => Ok(AppendOutcome::Done(Arc::new(record))),
            ConditionalWrite::ConditionFailed(_) => Ok(AppendOutcome::Lost),
        }
    }

    /// Also renews a record that is not the head, without effect: only the lease of a head is read.
    async fn renew_lease(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let update = ConditionalUpdate {
            key: keys::record_key(key),
            expression: "SET #lease = :until".to_owned(),
            condition: Some(
                "attribute_exists(#record) AND \
                 (attribute_not_exists(#lease) OR #lease < :until)"
                    .to_owned(),
            ),
            names: &[("#lease", LEASE), ("#record", RECORD)],
            values: vec![(":until", item::number_attribute(until.as_milliseconds()))],
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(_) | ConditionalWrite::ConditionFailed(_) => Ok(()),
        }
    }
}

impl HistoryReader for DynamoDbTable {
    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let query = TableQuery {
            index: None,
            condition: format!("{} = :pk AND {} < :end", keys::PK, keys::SK),
            values: vec![
                (":pk", item::string_attribute(execution.as_str())),
                (":end", item::string_attribute(keys::AFTER_RECORDS)),
            ],
            projection: None,
            forward: true,
        };
        let items = self.query_items(query, usize::MAX).await?;
        let records =
            try_join_bounded(items.iter().map(|item| self.read_record_item(item)).collect())
                .await?;
        let places = items.iter().map(record_position).zip(records);
        Ok(places
            .map(|(item_key, record)| item_key.map(|(frame, number)| (frame, number, record)))
            .collect::<Result<_, Error>>()?)
    }
}

impl DynamoDbTable {
    /// The record that an item holds.
    pub(crate) async fn read_record_item(&self, item: &TableItem) -> Result<Arc<Record>, Error> {
        let pk = item::read_string(item, keys::PK)?;
        self.unpack_attribute(pk, item.get(RECORD)).await.map(Arc::new)
    }
}

fn record_position(item: &TableItem) -> Result<(FramePath, RecordNumber), Error> {
    let parsed = keys::parse_record_sort_key(item::read_string(item, keys::SK)?);
    parsed.ok_or_else(|| item::broken_item(item, "its sort key is not a record's"))
}
