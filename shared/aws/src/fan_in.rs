//! Fan-ins. An item holds the set of ended children and the order in which they ended. Each end is
//! one conditional update, whose answer says what follows.
//!
//! An item holds some 30,000 ended children, more than any [`model::DeploymentLimits`] allow. Each
//! end writes the whole item and costs one write unit for each KB, which is some 110 ended
//! children: 4,800 write units for 1,000 children, 120,000 for 5,000, 480,000 for 10,000. A
//! partition takes 1,000 write units a second.
//!
//! Invariant: [`FanIn`] makes all decisions. Loading an item replays it: the fan-in is opened, its
//! children end in their order, and it is closed if it was. The update's condition only tells when
//! there is nothing to decide.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use model::{ChildEnd, ChildIndex, FanIn, FanInUpdate, RecordKey, RecordNumber};
use orchestrator::{Fault, ports::FanInStore};

use crate::{
    Error,
    dynamodb_table::{ConditionalUpdate, ConditionalWrite, DynamoDbTable},
    item::{self, TableItem},
    keys::{self, ItemKey},
    retention::EXPIRES_AT,
    retry::RetryPolicy,
};

const CHILDREN: &str = "children";
const CONCURRENCY: &str = "concurrency";
/// The ended children as a number set, which the update's condition checks.
const ENDED: &str = "ended";
/// The ended children in the order of their ends: a list of [`EndedChildEntry`] texts.
const ORDER: &str = "order";
/// The child that failed; absent if none did.
const FAILED: &str = "failed";
/// Present once the fan-in is closed, so that its running children stop.
const CLOSED: &str = "closed";

const NAMES: &[(&str, &str)] = &[
    ("#pk", keys::PK),
    ("#ended", ENDED),
    ("#order", ORDER),
    ("#failed", FAILED),
    ("#closed", CLOSED),
];

impl FanInStore for DynamoDbTable {
    async fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> Result<FanIn, Fault> {
        let mut item = item::item_with_key(&keys::fan_in_key(key));
        item.insert(CHILDREN.to_owned(), item::number_attribute(children));
        item.insert(CONCURRENCY.to_owned(), item::number_attribute(concurrency));
        item.insert(ORDER.to_owned(), AttributeValue::L(Vec::new()));
        self.retention_period().set_lifetime_expiry(&mut item);
        match self.put_item_if_absent(RetryPolicy::Idempotent, item).await? {
            ConditionalWrite::Applied(()) => Ok(FanIn::with_children(children, concurrency)),
            ConditionalWrite::ConditionFailed(Some(existing)) => {
                Ok(StoredFanIn::from_item(&existing)?.to_fan_in())
            }
            ConditionalWrite::ConditionFailed(None) => {
                Err(broken_fan_in(key, "a fan was refused that is not there"))?
            }
        }
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanInUpdate>, Fault> {
        let entry = EndedChildEntry { child, end };
        let fails = if end.failed { ", #failed = :child" } else { "" };
        let update = ConditionalUpdate {
            key: keys::fan_in_key(key),
            expression: format!(
                "SET #order = list_append(#order, :entry){fails} ADD #ended :children"
            ),
            condition: Some(
                "attribute_exists(#pk) AND attribute_not_exists(#closed) \
                 AND attribute_not_exists(#failed) AND NOT contains(#ended, :child)"
                    .to_owned(),
            ),
            names: NAMES,
            values: vec![
                (":entry", AttributeValue::L(vec![item::string_attribute(entry.to_string())])),
                (":child", item::number_attribute(child.as_u32())),
                (":children", AttributeValue::Ns(vec![child.as_u32().to_string()])),
            ],
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(item) => {
                let mut stored = StoredFanIn::from_item(&item)?;
                // This update appended the last entry, which `end_child` adds again below.
                stored.order.pop();
                Ok(Some(stored.to_fan_in().end_child(child, end)))
            }
            ConditionalWrite::ConditionFailed(Some(item)) => {
                Ok(Some(StoredFanIn::from_item(&item)?.to_fan_in().end_child(child, end)))
            }
            ConditionalWrite::ConditionFailed(None) => Ok(None),
        }
    }

    async fn load_fan_in(&self, key: &RecordKey) -> Result<Option<Arc<FanIn>>, Fault> {
        let Some(item) = self.get_item(&keys::fan_in_key(key)).await? else { return Ok(None) };
        Ok(Some(Arc::new(StoredFanIn::from_item(&item)?.to_fan_in())))
    }

    async fn are_fan_ins_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        let keys: Vec<ItemKey> = keys.iter().map(keys::fan_in_key).collect();
        let items = self.get_items(&keys).await?;
        let is_left = |item: &TableItem| item.contains_key(CLOSED) || item.contains_key(FAILED);
        Ok(!items.iter().flatten().any(is_left))
    }

    async fn close_fan_in(&self, key: &RecordKey) -> Result<(), Fault> {
        let mut values = vec![
            (":closed", AttributeValue::Bool(true)),
            (":none", item::number_attribute(0)),
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
            key: keys::fan_in_key(key),
            expression: format!(
                "SET #closed = :closed, \
                 #children = if_not_exists(#children, :none), \
                 #concurrency = if_not_exists(#concurrency, :none), \
                 #order = if_not_exists(#order, :empty){expiry}"
            ),
            condition: None,
            names: &[
                ("#closed", CLOSED),
                ("#children", CHILDREN),
                ("#concurrency", CONCURRENCY),
                ("#order", ORDER),
            ],
            values,
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(_) => Ok(()),
            ConditionalWrite::ConditionFailed(_) => {
                Err(broken_fan_in(key, "an update without condition was refused"))?
            }
        }
    }
}

/// A fan-in as its item stores it.
struct StoredFanIn {
    children: u32,
    concurrency: u32,
    order: Vec<EndedChildEntry>,
    closed: bool,
}

impl StoredFanIn {
    fn from_item(item: &TableItem) -> Result<Self, Error> {
        let number = |name| {
            let number = item::read_number(item, name)?;
            number.ok_or_else(|| item::broken_item(item, &format!("'{name}' is missing")))
        };
        let Some(AttributeValue::L(order)) = item.get(ORDER) else {
            return Err(item::broken_item(item, "it has no order"));
        };
        let entry = |value: &AttributeValue| {
            let entry = value.as_s().ok().and_then(|text| EndedChildEntry::parse(text));
            entry.ok_or_else(|| item::broken_item(item, "an ended child cannot be read"))
        };
        Ok(Self {
            children: number(CHILDREN)?,
            concurrency: number(CONCURRENCY)?,
            order: order.iter().map(entry).collect::<Result<_, _>>()?,
            closed: item.contains_key(CLOSED),
        })
    }

    fn to_fan_in(&self) -> FanIn {
        let mut fan_in = FanIn::with_children(self.children, self.concurrency);
        for EndedChildEntry { child, end } in &self.order {
            fan_in.end_child(*child, *end);
        }
        if self.closed {
            fan_in.close();
        }
        fan_in
    }
}

/// An ended child. Its text is `<child>.<its last record>`, followed by `!` if it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndedChildEntry {
    child: ChildIndex,
    end: ChildEnd,
}

impl EndedChildEntry {
    fn parse(text: &str) -> Option<Self> {
        let (rest, failed) = text.strip_suffix('!').map_or((text, false), |rest| (rest, true));
        let (child, record) = rest.split_once('.')?;
        let child = ChildIndex::new(child.parse().ok()?);
        let record = RecordNumber::new(record.parse().ok()?);
        Some(Self { child, end: ChildEnd { record, failed } })
    }
}

impl std::fmt::Display for EndedChildEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = if self.end.failed { "!" } else { "" };
        write!(f, "{}.{}{mark}", self.child.as_u32(), self.end.record)
    }
}

fn broken_fan_in(key: &RecordKey, reason: &str) -> Error {
    Error::broken(key.execution.as_str(), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_child_reads_back_as_it_was_written() {
        for (record, failed, text) in
            [(0, false, "7.0"), (u64::MAX, true, "7.18446744073709551615!")]
        {
            let end = ChildEnd { record: RecordNumber::new(record), failed };
            let entry = EndedChildEntry { child: ChildIndex::new(7), end };
            assert_eq!(entry.to_string(), text);
            assert_eq!(EndedChildEntry::parse(text), Some(entry));
        }
        assert_eq!(EndedChildEntry::parse("7"), None);
    }
}
