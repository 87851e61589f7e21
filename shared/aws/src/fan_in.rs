//! Slots and buckets: which child of a fork starts next, and which have ended. An item of 64 of either
//! stays below 1 KB, and each change is one update of it, which is billed as one write.
//!
//! A bucket has a partition key of its own, so that the ends of many children do not all go to the
//! partition of their execution. Whoever removes an execution finds its buckets through its gates.
//!
//! Invariant: [`FanInSlots`] and [`FanInBucket`] make all decisions: the update's condition tells
//! what they would decide, and its answer is read by them.

use std::{collections::BTreeMap, ops::Range};

use aws_sdk_dynamodb::types::AttributeValue;
use model::{
    ChildEnd, ChildIndex, FanInBucket, FanInSlots, ForkShape, ForkSlot, RecordKey, RecordNumber,
};
use orchestrator::{Fault, ports::FanInStore};

use crate::{
    Error,
    dynamodb_table::{ConditionalUpdate, ConditionalWrite, DynamoDbTable},
    item::{self, TableItem},
    keys::{self, ItemKey},
    retention::EXPIRES_AT,
    retry::RetryPolicy,
};

/// The first child of a shard that has not started. Names are short, since an item with 64 slots is
/// hardly shorter than 1 KB.
const NEXT: &str = "n";
/// How many events the ended children of a bucket have made; absent where nobody counts them.
const EVENTS: &str = "e";
/// What the attribute with the end of a child begins with; its index follows.
const CHILD_PREFIX: char = 'c';
impl FanInStore for DynamoDbTable {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        let slots = FanInSlots::of_shard(shape, shard);
        let mut item = item::item_with_key(&keys::slots_key(fork, shard));
        let mut set = |name: String, number: u32| {
            item.insert(name, item::number_attribute(number));
        };
        set(NEXT.to_owned(), slots.waiting_children().start);
        for (at, (_, slot)) in (0..).zip(slots.numbered_slots()) {
            set(holder_attribute(at), slot.holder.as_u32());
        }
        self.retention_period().set_lifetime_expiry(&mut item);
        match self.put_item_if_absent(RetryPolicy::Idempotent, item).await? {
            ConditionalWrite::Applied(()) => Ok(slots),
            ConditionalWrite::ConditionFailed(Some(existing)) => {
                Ok(slots_from_item(&existing, shape, shard)?)
            }
            ConditionalWrite::ConditionFailed(None) => Err(Error::broken(
                fork.execution.as_str(),
                "slots were refused that are not there",
            ))?,
        }
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        let shard = shape.shard_of(slot);
        let at = slot - shape.shard_slots(shard).start.min(slot);
        let (holder, after) = (holder_attribute(at), after_attribute(at));
        let update = ConditionalUpdate {
            key: keys::slots_key(fork, shard),
            expression: format!("SET {holder} = {NEXT}, {after} = :ended, {NEXT} = {NEXT} + :one"),
            condition: Some(format!("{holder} = :ended AND {NEXT} < :end")),
            names: &[],
            values: vec![
                (":ended", item::number_attribute(ended.as_u32())),
                (":end", item::number_attribute(shape.shard_children(shard).end)),
                (":one", item::number_attribute(1)),
            ],
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            // Both answers are the slots as they are after the update: it changes them or not.
            ConditionalWrite::Applied(item) | ConditionalWrite::ConditionFailed(Some(item)) => {
                let mut slots = slots_from_item(&item, shape, shard)?;
                Ok(slots.advance_slot(slot, ended).starts_child)
            }
            ConditionalWrite::ConditionFailed(None) => Ok(None),
        }
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        let keys: Vec<ItemKey> = shards.clone().map(|shard| keys::slots_key(fork, shard)).collect();
        let items = self.get_items(&keys).await?;
        let slots = shards.zip(&items).map(|(shard, item)| {
            item.as_ref().map(|item| slots_from_item(item, shape, shard)).transpose()
        });
        Ok(slots.collect::<Result<_, Error>>()?)
    }

    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        if ends.is_empty() {
            let bucket = self.get_item(&keys::bucket_key(fork, bucket)).await?;
            return Ok(bucket.as_ref().map(bucket_from_item).transpose()?.unwrap_or_default());
        }
        let names = ends.iter().map(|(child, _)| child_attribute(*child));
        let sets: Vec<String> =
            names.map(|name| format!("{name} = if_not_exists({name}, :{name})")).collect();
        let mut values: Vec<(String, AttributeValue)> = ends
            .iter()
            .map(|(child, end)| (format!(":{}", child_attribute(*child)), end_attribute(*end)))
            .collect();
        let expiry = match self.retention_period().lifetime_expiry() {
            Some(expires) => {
                values.push((":expires".to_owned(), expires));
                format!(", {EXPIRES_AT} = if_not_exists({EXPIRES_AT}, :expires)")
            }
            None => String::new(),
        };
        let mut expression = format!("SET {}{expiry}", sets.join(", "));
        let mut condition = None;
        if events > 0 {
            // Only the first report of an end counts its events.
            let absent = ends.iter().map(|(child, _)| child_attribute(*child));
            let absent: Vec<String> =
                absent.map(|name| format!("attribute_not_exists({name})")).collect();
            condition = Some(absent.join(" OR "));
            expression.push_str(" ADD ");
            expression.push_str(EVENTS);
            expression.push_str(" :events");
            values.push((":events".to_owned(), item::number_attribute(events)));
        }
        let update = ConditionalUpdate {
            key: keys::bucket_key(fork, bucket),
            expression,
            condition,
            names: &[],
            values,
        };
        match self.update_item(RetryPolicy::Idempotent, update).await? {
            ConditionalWrite::Applied(item) | ConditionalWrite::ConditionFailed(Some(item)) => {
                Ok(bucket_from_item(&item)?)
            }
            ConditionalWrite::ConditionFailed(None) => Err(Error::broken(
                fork.execution.as_str(),
                "a bucket that does not exist refuses the ends of children",
            ))?,
        }
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        let keys: Vec<ItemKey> = buckets.map(|bucket| keys::bucket_key(fork, bucket)).collect();
        let items = self.get_items(&keys).await?;
        let buckets = items.iter().map(|item| {
            item.as_ref().map(bucket_from_item).transpose().map(Option::unwrap_or_default)
        });
        Ok(buckets.collect::<Result<_, Error>>()?)
    }
}

/// The attribute with the child that holds a slot. Slots are counted from the first one of a shard.
fn holder_attribute(at: u32) -> String {
    format!("h{at}")
}

/// The attribute with the child whose end gave a slot to its holder; absent for a first holder.
fn after_attribute(at: u32) -> String {
    format!("a{at}")
}

/// The attribute with the end of a child.
fn child_attribute(child: ChildIndex) -> String {
    format!("{CHILD_PREFIX}{}", child.as_u32())
}

fn slots_from_item(item: &TableItem, shape: &ForkShape, shard: u32) -> Result<FanInSlots, Error> {
    let number = |name: &str| {
        let number: Option<u32> = item::read_number(item, name)?;
        number.ok_or_else(|| item::broken_item(item, &format!("'{name}' is missing")))
    };
    let numbers = shape.shard_slots(shard);
    let slots = (0..).take(numbers.len()).map(|at| {
        let holder = ChildIndex::new(number(&holder_attribute(at))?);
        let after: Option<u32> = item::read_number(item, &after_attribute(at))?;
        Ok(ForkSlot { holder, after: after.map(ChildIndex::new) })
    });
    let slots = slots.collect::<Result<_, Error>>()?;
    let waiting = number(NEXT)?..shape.shard_children(shard).end;
    Ok(FanInSlots::from_parts(waiting, numbers.start, slots))
}

/// The number of the last record of a child that succeeded, and −1 minus it of another one.
fn end_attribute(ChildEnd { record, failed }: ChildEnd) -> AttributeValue {
    let record = i128::from(record.as_u64());
    item::number_attribute(if failed { -1 - record } else { record })
}

fn bucket_from_item(item: &TableItem) -> Result<FanInBucket, Error> {
    let ends = item.iter().filter_map(|(name, value)| {
        let index = name.strip_prefix(CHILD_PREFIX)?.parse().ok()?;
        let end = parse_end(value);
        let end = end.ok_or_else(|| item::broken_item(item, "the end of a child cannot be read"));
        Some(end.map(|end| (ChildIndex::new(index), end)))
    });
    let ends: BTreeMap<ChildIndex, ChildEnd> = ends.collect::<Result<_, _>>()?;
    Ok(FanInBucket::from_parts(ends, item::read_number(item, EVENTS)?.unwrap_or(0)))
}

fn parse_end(value: &AttributeValue) -> Option<ChildEnd> {
    let number: i128 = value.as_n().ok()?.parse().ok()?;
    let failed = number < 0;
    let record = u64::try_from(if failed { -1 - number } else { number }).ok()?;
    Some(ChildEnd { record: RecordNumber::new(record), failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_child_reads_back_as_it_was_written() {
        for (number, failed, text) in
            [(0, false, "0"), (0, true, "-1"), (u64::MAX, true, "-18446744073709551616")]
        {
            let end = ChildEnd { record: RecordNumber::new(number), failed };
            assert_eq!(end_attribute(end), AttributeValue::N(text.to_owned()));
            let child = ChildIndex::new(7);
            let item = TableItem::from([(child_attribute(child), end_attribute(end))]);
            let bucket = bucket_from_item(&item).expect("it was just written");
            assert!(bucket.child_ends().eq([(child, end)]));
        }
    }
}
