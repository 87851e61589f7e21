//! Fans: a set of ended children and the order in which they ended, changed by one conditional
//! update whose own answer says what follows.
//!
//! An item holds some 30,000 ended children, more than any [`model::Limits`] allow. Each end is paid
//! by the whole item, a write unit for each KB, of some 110 ended children: 4,800 write units for
//! 1,000 children, 120,000 for 5,000, 480,000 for 10,000, while a partition takes 1,000 a second.
//!
//! Invariant: [`Fan`] decides. An item is its opening, its children ended again in their order, and
//! whether it was closed; the update's condition says only when there is nothing to decide.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use model::{ChildEnd, ChildIndex, Fan, FanUpdate, RecordKey, RecordNumber};
use orchestrator::{Fault, ports::Fans};

use crate::{
    Error,
    item::{self, Item},
    keys::{self, Key},
    retention::EXPIRES_AT,
    retry::Twice,
    table::{Table, Update, Written},
};

const CHILDREN: &str = "children";
const CONCURRENCY: &str = "concurrency";
/// The ended children, a set: of what the condition must know.
const ENDED: &str = "ended";
/// The ended children in their order, a list of texts.
const ORDER: &str = "order";
/// The child that failed.
const FAILED: &str = "failed";
/// There once the children are to stop.
const CLOSED: &str = "closed";

const NAMES: &[(&str, &str)] = &[
    ("#pk", keys::PK),
    ("#ended", ENDED),
    ("#order", ORDER),
    ("#failed", FAILED),
    ("#closed", CLOSED),
];

impl Fans for Table {
    async fn open(&self, key: &RecordKey, children: u32, concurrency: u32) -> Result<Fan, Fault> {
        let mut item = item::of_key(&keys::fan(key));
        item.insert(CHILDREN.to_owned(), item::number(children));
        item.insert(CONCURRENCY.to_owned(), item::number(concurrency));
        item.insert(ORDER.to_owned(), AttributeValue::L(Vec::new()));
        self.retention().of_life(&mut item);
        match self.put_new(Twice::IsOnce, item).await? {
            Written::Done(()) => Ok(Fan::open(children, concurrency)),
            Written::Refused(Some(existing)) => Ok(Stored::of(&existing)?.fan()),
            Written::Refused(None) => Err(broken(key, "a fan was refused that is not there"))?,
        }
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanUpdate>, Fault> {
        let entry = Entry { child, end };
        let fails = if end.failed { ", #failed = :child" } else { "" };
        let update = Update {
            key: keys::fan(key),
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
                (":entry", AttributeValue::L(vec![item::text(entry.to_string())])),
                (":child", item::number(child.get())),
                (":children", AttributeValue::Ns(vec![child.get().to_string()])),
            ],
        };
        match self.update(Twice::IsOnce, update).await? {
            Written::Done(item) => {
                let mut stored = Stored::of(&item)?;
                // The last one is this update's own.
                stored.order.pop();
                Ok(Some(stored.fan().end_child(child, end)))
            }
            Written::Refused(Some(item)) => {
                Ok(Some(Stored::of(&item)?.fan().end_child(child, end)))
            }
            Written::Refused(None) => Ok(None),
        }
    }

    async fn fan(&self, key: &RecordKey) -> Result<Option<Arc<Fan>>, Fault> {
        let Some(item) = self.get(&keys::fan(key)).await? else { return Ok(None) };
        Ok(Some(Arc::new(Stored::of(&item)?.fan())))
    }

    async fn all_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        let keys: Vec<Key> = keys.iter().map(keys::fan).collect();
        let items = self.get_all(&keys).await?;
        let is_left = |item: &Item| item.contains_key(CLOSED) || item.contains_key(FAILED);
        Ok(!items.iter().flatten().any(is_left))
    }

    async fn close(&self, key: &RecordKey) -> Result<(), Fault> {
        let mut values = vec![
            (":closed", AttributeValue::Bool(true)),
            (":none", item::number(0)),
            (":empty", AttributeValue::L(Vec::new())),
        ];
        let expiry = match self.retention().life() {
            Some(expires) => {
                values.push((":expires", expires));
                format!(", {EXPIRES_AT} = if_not_exists({EXPIRES_AT}, :expires)")
            }
            None => String::new(),
        };
        let update = Update {
            key: keys::fan(key),
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
        match self.update(Twice::IsOnce, update).await? {
            Written::Done(_) => Ok(()),
            Written::Refused(_) => Err(broken(key, "an update without condition was refused"))?,
        }
    }
}

/// A fan as its item has it.
struct Stored {
    children: u32,
    concurrency: u32,
    order: Vec<Entry>,
    closed: bool,
}

impl Stored {
    fn of(item: &Item) -> Result<Self, Error> {
        let number = |name| {
            let number = item::number_of(item, name)?;
            number.ok_or_else(|| item::broken(item, &format!("'{name}' is missing")))
        };
        let Some(AttributeValue::L(order)) = item.get(ORDER) else {
            return Err(item::broken(item, "it has no order"));
        };
        let entry = |value: &AttributeValue| {
            let entry = value.as_s().ok().and_then(|text| Entry::parse(text));
            entry.ok_or_else(|| item::broken(item, "an ended child cannot be read"))
        };
        Ok(Self {
            children: number(CHILDREN)?,
            concurrency: number(CONCURRENCY)?,
            order: order.iter().map(entry).collect::<Result<_, _>>()?,
            closed: item.contains_key(CLOSED),
        })
    }

    fn fan(&self) -> Fan {
        let mut fan = Fan::open(self.children, self.concurrency);
        for Entry { child, end } in &self.order {
            fan.end_child(*child, *end);
        }
        if self.closed {
            fan.close();
        }
        fan
    }
}

/// An ended child: `<child>.<its last record>`, and `!` if it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    child: ChildIndex,
    end: ChildEnd,
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (rest, failed) = text.strip_suffix('!').map_or((text, false), |rest| (rest, true));
        let (child, record) = rest.split_once('.')?;
        let child = ChildIndex::new(child.parse().ok()?);
        let record = RecordNumber::new(record.parse().ok()?);
        Some(Self { child, end: ChildEnd { record, failed } })
    }
}

impl std::fmt::Display for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = if self.end.failed { "!" } else { "" };
        write!(f, "{}.{}{mark}", self.child.get(), self.end.record)
    }
}

fn broken(key: &RecordKey, reason: &str) -> Error {
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
            let entry = Entry { child: ChildIndex::new(7), end };
            assert_eq!(entry.to_string(), text);
            assert_eq!(Entry::parse(text), Some(entry));
        }
        assert_eq!(Entry::parse("7"), None);
    }
}
