//! Record logs: compare-and-append with one conditional put.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    ExecutionId, FramePath, Payload, PayloadAddress, Record, RecordKey, RecordNumber,
    RecordOutline, StoredRecord, Timestamp, limits::PAYLOAD_REFERENCE_BYTES_MIN,
};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, HistoryReader, LogHead, LogOrder, RecordLog},
};

use crate::{
    Error,
    dynamodb_table::{
        ConditionalUpdate, ConditionalWrite, DynamoDbTable, QuerySource, TableQuery,
        try_join_bounded,
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
        let now = self.retention_period().current_time();
        if let Some(stored) = self.sent_records().take_received(key, now) {
            let frame_and_number = (&key.frame, key.number);
            let record =
                self.resolve_payloads(key.execution.as_str(), frame_and_number, stored).await?;
            return Ok(Some(record));
        }
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
            source: QuerySource::Table,
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
        let retention = self.retention_period();
        let stored = StoredRecord::holding(&record, |address| {
            retention.takes_payload_from(address, &key.frame, &record)
        });
        let json = stored.to_json().map_err(|error| Error::broken(&item_key.pk, error))?;
        item.insert(
            RECORD.to_owned(),
            self.pack_json(&item_key.pk, AttributeBudget::WholeItem, &json).await?,
        );
        retention.set_record_expiry(&mut item, &key.frame, &record);
        // A put whose outcome is in doubt is not repeated: it would lose against itself.
        match self.put_item_if_absent(RetryPolicy::NotIdempotent, item).await? {
            ConditionalWrite::Applied(()) => {
                stored.mark_durable(&key.frame, key.number);
                self.cache_held_payloads(&item_key.pk, &stored);
                self.sent_records().keep_appended(key, &record, json);
                Ok(AppendOutcome::Done(Arc::new(record)))
            }
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

/// All records of an execution.
fn records_query(execution: &ExecutionId) -> TableQuery {
    TableQuery {
        source: QuerySource::Table,
        condition: format!("{} = :pk AND {} < :end", keys::PK, keys::SK),
        values: vec![
            (":pk", item::string_attribute(execution.as_str())),
            (":end", item::string_attribute(keys::AFTER_RECORDS)),
        ],
        projection: None,
        forward: true,
    }
}

/// Records of a page of outlines.
const OUTLINES_MAX: usize = 1_000;

impl HistoryReader for DynamoDbTable {
    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let items = self.query_items(records_query(execution), usize::MAX).await?;
        Ok(self.read_records(items).await?)
    }

    /// Sort keys are texts, in whose order the descendants of a frame come directly after it.
    async fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        let pk = execution.as_str();
        let after = after.map(|(frame, number)| {
            item::item_with_key(&keys::record_key_in_partition(pk, frame, *number))
        });
        let page = self.query_page(&records_query(execution), OUTLINES_MAX, after).await?;
        let mut outlines = Vec::new();
        for item in page.items.unwrap_or_default() {
            let (frame, number) = record_position(&item)?;
            let stored: StoredRecord = self.unpack_attribute(pk, item.get(RECORD)).await?;
            outlines.push((frame, number, stored.outline()));
        }
        Ok(outlines)
    }

    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        let pk = execution.as_str();
        let from = from.map(|from| keys::record_key_in_partition(pk, frame, from).sk);
        let (first, last) = keys::record_key_range(frame);
        let (first, last, forward) = match order {
            LogOrder::OldestFirst => (from.unwrap_or(first), last, true),
            LogOrder::NewestFirst => (first, from.unwrap_or(last), false),
        };
        let query = TableQuery {
            source: QuerySource::Table,
            condition: format!("{} = :pk AND {} BETWEEN :first AND :last", keys::PK, keys::SK),
            values: vec![
                (":pk", item::string_attribute(pk)),
                (":first", item::string_attribute(first)),
                (":last", item::string_attribute(last)),
            ],
            projection: None,
            forward,
        };
        let items = self.query_items(query, limit).await?;
        let records = self.read_records(items).await?;
        Ok(records.into_iter().map(|(_, number, record)| (number, record)).collect())
    }

    async fn has_child_frames(&self, execution: &ExecutionId) -> Result<bool, Fault> {
        let query = TableQuery {
            source: QuerySource::Table,
            condition: format!("{} = :pk AND {} BETWEEN :first AND :end", keys::PK, keys::SK),
            values: vec![
                (":pk", item::string_attribute(execution.as_str())),
                (":first", item::string_attribute(keys::FIRST_CHILD_RECORD)),
                (":end", item::string_attribute(keys::AFTER_RECORDS)),
            ],
            projection: Some(keys::SK),
            forward: true,
        };
        Ok(!self.query_items(query, 1).await?.is_empty())
    }
}

impl DynamoDbTable {
    async fn read_records(
        &self,
        items: Vec<TableItem>,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Error> {
        let records =
            try_join_bounded(items.iter().map(|item| self.read_record_item(item)).collect())
                .await?;
        let places = items.iter().map(record_position).zip(records);
        places.map(|(place, record)| place.map(|(frame, number)| (frame, number, record))).collect()
    }

    /// The record that an item holds.
    pub(crate) async fn read_record_item(&self, item: &TableItem) -> Result<Arc<Record>, Error> {
        let pk = item::read_string(item, keys::PK)?;
        let (frame, number) = record_position(item)?;
        let stored: StoredRecord = self.unpack_attribute(pk, item.get(RECORD)).await?;
        self.resolve_payloads(pk, (&frame, number), stored).await
    }

    /// The record of that partition, frame and number, with the payloads that other records hold.
    async fn resolve_payloads(
        &self,
        pk: &str,
        (frame, number): (&FramePath, RecordNumber),
        mut stored: StoredRecord,
    ) -> Result<Arc<Record>, Error> {
        let addresses = stored.referenced_addresses();
        let addresses = addresses.map_err(|error| Error::unreadable(pk, error))?;
        let payloads = self.load_payloads(pk, addresses).await?;
        let find = |address: &PayloadAddress| payloads.get(address).cloned();
        let record = stored.into_record((frame, number), find);
        record.map(Arc::new).map_err(|error| Error::broken(pk, error))
    }

    /// Caches the payloads of a durable record that later ones may refer to.
    pub(crate) fn cache_held_payloads(&self, pk: &str, stored: &StoredRecord) {
        for payload in stored.held_payloads() {
            if payload.json_text().len() >= PAYLOAD_REFERENCE_BYTES_MIN
                && let Some(address) = payload.address()
            {
                self.payload_cache().insert(pk, address.clone(), payload.clone());
            }
        }
    }

    /// Loads the payloads at these addresses in the logs of the execution with this partition key.
    /// Those that are missing are left out.
    pub(crate) async fn load_payloads(
        &self,
        pk: &str,
        addresses: Vec<PayloadAddress>,
    ) -> Result<BTreeMap<PayloadAddress, Payload>, Error> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for address in addresses {
            match self.payload_cache().find(pk, &address) {
                Some(payload) => drop(found.insert(address, payload)),
                None => missing.push(address),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let keys: Vec<ItemKey> = missing
            .iter()
            .map(|address| keys::record_key_in_partition(pk, &address.frame, address.record))
            .collect();
        let mut unique = keys.clone();
        unique.sort();
        unique.dedup();
        let mut holders = BTreeMap::new();
        for item in self.get_items(&unique).await?.iter().flatten() {
            let stored: StoredRecord = self.unpack_attribute(pk, item.get(RECORD)).await?;
            holders.insert(item::key_of_item(item)?, stored);
        }
        for (address, key) in missing.into_iter().zip(keys) {
            let Some(holder) = holders.get(&key) else { continue };
            let Some(payload) = holder.held_payload(address.slot).cloned() else { continue };
            holder.mark_durable(&address.frame, address.record);
            self.payload_cache().insert(pk, address.clone(), payload.clone());
            found.insert(address, payload);
        }
        Ok(found)
    }
}

fn record_position(item: &TableItem) -> Result<(FramePath, RecordNumber), Error> {
    let parsed = keys::parse_record_sort_key(item::read_string(item, keys::SK)?);
    parsed.ok_or_else(|| item::broken_item(item, "its sort key is not a record's"))
}
