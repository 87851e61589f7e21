//! Gates: what the children of a fork read. Each change is one conditional update, whose answer is the
//! gate after it.
//!
//! A gate has at most one failed child more than are tolerated, and 2 to 4 bytes for each full
//! bucket, which are 64 children: below 1 KB for some 15,000 children, 6 KB for 100,000.
//!
//! Invariant: [`FanInGate`] makes all decisions. Loading an item replays it: the gate is opened,
//! children fail in their order, buckets fill, and it is closed if it was. The conditions only tell
//! when there is nothing to decide.

use std::{num::NonZeroU32, sync::Arc};

use aws_sdk_dynamodb::types::AttributeValue;
use model::{ChildIndex, EndedChild, FanInGate, ForkShape, RecordKey, RecordNumber};
use orchestrator::{Fault, ports::GateStore};

use crate::{
    Error,
    dynamodb_table::{ConditionalUpdate, ConditionalWrite, DynamoDbTable},
    item::{self, TableItem},
    keys::{self, ItemKey},
    retention::EXPIRES_AT,
    retry::RetryPolicy,
};

/// How many children there are, a number of [`ForkShape`].
const CHILDREN: &str = "children";
const CONCURRENCY: &str = "concurrency";
/// How many children share a bucket, a number of [`ForkShape`].
const BUCKET_CHILDREN: &str = "bucket_children";
const TOLERATED: &str = "tolerated";
/// The attributes that lead to the buckets of a gate, and the keys of an item.
pub(crate) const GATE_SIZE_AND_KEYS: &str = "pk, sk, children, bucket_children";
/// The failed children in the order of their reports: texts `<child>.<its last record>`.
const FAILED: &str = "failed";
/// The full buckets as a number set; absent if there are none.
const FULL: &str = "full";
/// How many events the children of the full buckets have made; absent where nobody counts them.
const EVENTS: &str = "events";
/// Present once the gate is closed, so that the running children stop.
const CLOSED: &str = "closed";

impl GateStore for DynamoDbTable {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        let mut item = item::item_with_key(&keys::gate_key(fork));
        item.extend(shape_attributes(shape).map(|(name, value)| (name.to_owned(), value)));
        item.insert(FAILED.to_owned(), AttributeValue::L(Vec::new()));
        self.retention_period().set_lifetime_expiry(&mut item);
        match self.put_item_if_absent(RetryPolicy::Idempotent, item).await? {
            ConditionalWrite::Applied(()) => Ok(FanInGate::of_shape(*shape)),
            ConditionalWrite::ConditionFailed(Some(existing)) => Ok(gate_from_item(&existing)?),
            ConditionalWrite::ConditionFailed(None) => {
                Err(broken_gate(fork, "a gate was refused that is not there"))?
            }
        }
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        let entry = failed_entry(failed);
        let update = ConditionalUpdate {
            key: keys::gate_key(fork),
            expression: "SET #failed = list_append(#failed, :entry)".to_owned(),
            condition: Some(
                "attribute_exists(#pk) AND attribute_not_exists(#closed) \
                 AND size(#failed) <= #tolerated AND NOT contains(#failed, :text)"
                    .to_owned(),
            ),
            names: &[
                ("#pk", keys::PK),
                ("#closed", CLOSED),
                ("#failed", FAILED),
                ("#tolerated", TOLERATED),
            ],
            values: vec![
                (":entry", AttributeValue::L(vec![item::string_attribute(entry.clone())])),
                (":text", item::string_attribute(entry)),
            ],
        };
        Ok(self.update_gate(update).await?)
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        let added = (":bucket", AttributeValue::Ns(vec![bucket.to_string()]));
        if events == 0 {
            let update = ConditionalUpdate {
                key: keys::gate_key(fork),
                expression: "ADD #full :bucket".to_owned(),
                condition: Some("attribute_exists(#pk)".to_owned()),
                names: &[("#pk", keys::PK), ("#full", FULL)],
                values: vec![added],
            };
            return Ok(self.update_gate(update).await?);
        }
        let update = ConditionalUpdate {
            key: keys::gate_key(fork),
            expression: "ADD #full :bucket, #events :events".to_owned(),
            condition: Some("attribute_exists(#pk) AND NOT contains(#full, :number)".to_owned()),
            names: &[("#pk", keys::PK), ("#full", FULL), ("#events", EVENTS)],
            values: vec![
                added,
                (":number", item::number_attribute(bucket)),
                (":events", item::number_attribute(events)),
            ],
        };
        Ok(self.update_gate(update).await?)
    }

    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        let [children, concurrency, bucket_children, tolerated] = shape_attributes(shape);
        let mut values = vec![
            (":closed", AttributeValue::Bool(true)),
            (":children", children.1),
            (":concurrency", concurrency.1),
            (":bucket_children", bucket_children.1),
            (":tolerated", tolerated.1),
            (":empty", AttributeValue::L(Vec::new())),
        ];
        let expiry = match self.retention_period().lifetime_expiry() {
            Some(expires) => {
                values.push((":expires", expires));
                format!(", {EXPIRES_AT} = if_not_exists({EXPIRES_AT}, :expires)")
            }
            None => String::new(),
        };
        let update = ConditionalUpdate {
            key: keys::gate_key(fork),
            expression: format!(
                "SET #closed = :closed, \
                 #children = if_not_exists(#children, :children), \
                 #concurrency = if_not_exists(#concurrency, :concurrency), \
                 #bucket_children = if_not_exists(#bucket_children, :bucket_children), \
                 #tolerated = if_not_exists(#tolerated, :tolerated), \
                 #failed = if_not_exists(#failed, :empty){expiry}"
            ),
            condition: None,
            names: &[
                ("#closed", CLOSED),
                ("#children", CHILDREN),
                ("#concurrency", CONCURRENCY),
                ("#bucket_children", BUCKET_CHILDREN),
                ("#tolerated", TOLERATED),
                ("#failed", FAILED),
            ],
            values,
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(_) => Ok(()),
            ConditionalWrite::ConditionFailed(_) => {
                Err(broken_gate(fork, "an update without condition was refused"))?
            }
        }
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        let Some(item) = self.get_item(&keys::gate_key(fork)).await? else { return Ok(None) };
        Ok(Some(Arc::new(gate_from_item(&item)?)))
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        let keys: Vec<ItemKey> = forks.iter().map(keys::gate_key).collect();
        for item in self.get_items(&keys).await?.iter().flatten() {
            if !gate_from_item(item)?.is_open() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl DynamoDbTable {
    /// Changes a gate and returns it; none if there is no such gate. A condition that fails because
    /// there is nothing to change answers with the gate as it is.
    async fn update_gate(&self, update: ConditionalUpdate) -> Result<Option<FanInGate>, Error> {
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(item) | ConditionalWrite::ConditionFailed(Some(item)) => {
                gate_from_item(&item).map(Some)
            }
            ConditionalWrite::ConditionFailed(None) => Ok(None),
        }
    }
}

fn shape_attributes(shape: &ForkShape) -> [(&'static str, AttributeValue); 4] {
    let ForkShape { children, concurrency, bucket_children, tolerated_failures } = shape;
    [
        (CHILDREN, item::number_attribute(children)),
        (CONCURRENCY, item::number_attribute(concurrency)),
        (BUCKET_CHILDREN, item::number_attribute(bucket_children)),
        (TOLERATED, item::number_attribute(tolerated_failures)),
    ]
}

/// The number of buckets of a gate's fork.
pub(crate) fn bucket_count(item: &TableItem) -> Result<u32, Error> {
    let children: u32 = read_present(item, CHILDREN)?;
    Ok(children.div_ceil(read_present::<NonZeroU32>(item, BUCKET_CHILDREN)?.get()))
}

fn read_present<N: std::str::FromStr>(item: &TableItem, name: &str) -> Result<N, Error> {
    let number = item::read_number(item, name)?;
    number.ok_or_else(|| item::broken_item(item, &format!("'{name}' is missing")))
}

fn gate_from_item(item: &TableItem) -> Result<FanInGate, Error> {
    let mut gate = FanInGate::of_shape(ForkShape {
        children: read_present(item, CHILDREN)?,
        concurrency: read_present(item, CONCURRENCY)?,
        bucket_children: read_present(item, BUCKET_CHILDREN)?,
        tolerated_failures: read_present(item, TOLERATED)?,
    });
    let Some(AttributeValue::L(failed)) = item.get(FAILED) else {
        return Err(item::broken_item(item, "it has no failed children"));
    };
    for entry in failed {
        let parsed = entry.as_s().ok().and_then(|text| parse_failed_entry(text));
        gate.add_failed_child(
            parsed.ok_or_else(|| item::broken_item(item, "a failed child cannot be read"))?,
        );
    }
    if let Some(AttributeValue::Ns(full)) = item.get(FULL) {
        let mut events = item::read_number(item, EVENTS)?.unwrap_or(0);
        for bucket in full {
            let bucket = bucket.parse();
            gate.add_full_bucket(
                bucket.map_err(|_| item::broken_item(item, "a bucket cannot be read"))?,
                // Only their sum is stored.
                std::mem::take(&mut events),
            );
        }
    }
    if item.contains_key(CLOSED) {
        gate.close();
    }
    Ok(gate)
}

fn failed_entry(EndedChild { child, record }: EndedChild) -> String {
    format!("{}.{record}", child.as_u32())
}

fn parse_failed_entry(text: &str) -> Option<EndedChild> {
    let (child, record) = text.split_once('.')?;
    let child = ChildIndex::new(child.parse().ok()?);
    Some(EndedChild { child, record: RecordNumber::new(record.parse().ok()?) })
}

fn broken_gate(fork: &RecordKey, reason: &str) -> Error {
    Error::broken(fork.execution.as_str(), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_child_reads_back_as_it_was_written() {
        let failed = EndedChild { child: ChildIndex::new(7), record: RecordNumber::new(u64::MAX) };
        assert_eq!(failed_entry(failed), "7.18446744073709551615");
        assert_eq!(parse_failed_entry("7.18446744073709551615"), Some(failed));
        assert_eq!(parse_failed_entry("7"), None);
    }
}
