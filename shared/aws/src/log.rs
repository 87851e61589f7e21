//! Records: compare-and-append by one conditional put.

use std::sync::Arc;

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, Timestamp};
use orchestrator::{
    Fault,
    ports::{Append, Head, History, Log},
};

use crate::{
    Error,
    body::Room,
    item::{self, Item},
    keys::{self, Key},
    retry::Twice,
    table::{Query, Table, Update, Written, all},
};

/// The record's own JSON.
pub(crate) const RECORD: &str = "record";
/// Until when whoever works on it counts as alive, in milliseconds, once that was renewed.
const LEASE: &str = "lease";

impl Log for Table {
    async fn load(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        match self.get(&keys::record(key)).await? {
            Some(item) => Ok(Some(self.record(&item).await?)),
            None => Ok(None),
        }
    }

    async fn load_all(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let keys: Vec<Key> = keys.iter().map(keys::record).collect();
        let items = self.get_all(&keys).await?;
        let records = items.iter().flatten().map(|item| self.record(item));
        Ok(all(records.collect()).await?)
    }

    async fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<Head>, Fault> {
        let (first, last) = keys::log_of(frame);
        let query = Query {
            index: None,
            condition: format!("{} = :pk AND {} BETWEEN :first AND :last", keys::PK, keys::SK),
            values: vec![
                (":pk", item::text(execution.as_str())),
                (":first", item::text(first)),
                (":last", item::text(last)),
            ],
            projection: None,
            forward: false,
        };
        let newest = self.query_all(query, 1).await?;
        let Some(item) = newest.first() else { return Ok(None) };
        let (_, number) = place(item)?;
        let record = self.record(item).await?;
        let alive = record.alive_until().unwrap_or(record.at);
        let renewed = item::number_of(item, LEASE)?.map(Timestamp::from_milliseconds);
        let lease = renewed.map_or(alive, |renewed| renewed.max(alive));
        Ok(Some(Head { number, record, lease }))
    }

    async fn append(&self, key: &RecordKey, record: Record) -> Result<Append, Fault> {
        let place = keys::record(key);
        let mut item = item::of_key(&place);
        item.insert(RECORD.to_owned(), self.pack(&place.pk, Room::Alone, &record).await?);
        self.retention().of_record(&mut item, &key.frame, &record);
        // Where it is in doubt it is not repeated: it would lose against itself.
        match self.put_new(Twice::Differs, item).await? {
            Written::Done(()) => Ok(Append::Done(Arc::new(record))),
            Written::Refused(_) => Ok(Append::Lost),
        }
    }

    /// A record that is no longer the head is renewed too, which means nothing.
    async fn renew(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let update = Update {
            key: keys::record(key),
            expression: "SET #lease = :until".to_owned(),
            condition: Some(
                "attribute_exists(#record) AND \
                 (attribute_not_exists(#lease) OR #lease < :until)"
                    .to_owned(),
            ),
            names: &[("#lease", LEASE), ("#record", RECORD)],
            values: vec![(":until", item::number(until.milliseconds()))],
        };
        match self.update(Twice::IsOnce, update).await? {
            Written::Done(_) | Written::Refused(_) => Ok(()),
        }
    }
}

impl History for Table {
    async fn records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let query = Query {
            index: None,
            condition: format!("{} = :pk AND {} < :end", keys::PK, keys::SK),
            values: vec![
                (":pk", item::text(execution.as_str())),
                (":end", item::text(keys::AFTER_RECORDS)),
            ],
            projection: None,
            forward: true,
        };
        let items = self.query_all(query, usize::MAX).await?;
        let records = all(items.iter().map(|item| self.record(item)).collect()).await?;
        let places = items.iter().map(place).zip(records);
        Ok(places
            .map(|(place, record)| place.map(|(frame, number)| (frame, number, record)))
            .collect::<Result<_, Error>>()?)
    }
}

impl Table {
    /// The record that an item holds.
    pub(crate) async fn record(&self, item: &Item) -> Result<Arc<Record>, Error> {
        let pk = item::text_of(item, keys::PK)?;
        self.unpack(pk, item.get(RECORD)).await.map(Arc::new)
    }
}

fn place(item: &Item) -> Result<(FramePath, RecordNumber), Error> {
    let parsed = keys::parsed(item::text_of(item, keys::SK)?);
    parsed.ok_or_else(|| item::broken(item, "its sort key is not a record's"))
}
