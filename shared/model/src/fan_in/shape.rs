//! The shape of a fork: how its children are divided into buckets, and its slots into shards.

use std::{num::NonZeroU32, ops::Range};

use serde::{Deserialize, Serialize};

use super::EndedChild;
use crate::{ChildIndex, QueueName};

/// How many children a fork has, how many of them may run at once, and how they are divided.
///
/// A fork whose children may not all run at once has slots, one for each child that may run. The
/// slots are divided into shards of as many slots as a bucket has children, and each shard starts a
/// range of the children of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkShape {
    /// How many children there are.
    #[serde(rename = "n")]
    pub children: u32,
    /// How many children may run at once. 0 and a number that is not below that of the children set
    /// no bound.
    #[serde(rename = "c")]
    pub concurrency: u32,
    /// How many children share a bucket, and how many slots share a shard.
    #[serde(rename = "b")]
    pub bucket_children: NonZeroU32,
    /// How many children may fail before the fork fails. 0 for a Parallel and an inline Map.
    #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
    pub tolerated_failures: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl ForkShape {
    /// Returns whether a child may have to wait for the end of another one, so that the fork has
    /// slots.
    pub const fn has_slots(&self) -> bool {
        0 < self.concurrency && self.concurrency < self.children
    }

    /// Returns the number of buckets.
    pub const fn bucket_count(&self) -> u32 {
        self.children.div_ceil(self.bucket_children.get())
    }

    /// Returns the number of the bucket of a child.
    pub const fn bucket_of(&self, child: ChildIndex) -> u32 {
        child.as_u32() / self.bucket_children.get()
    }

    /// Returns the indices of the children of a bucket.
    pub fn bucket_range(&self, bucket: u32) -> Range<u32> {
        let size = self.bucket_children.get();
        let first = bucket.saturating_mul(size).min(self.children);
        first..first.saturating_add(size).min(self.children)
    }

    /// Returns the number of shards: 0 for a fork without slots.
    pub const fn shard_count(&self) -> u32 {
        if self.has_slots() { self.concurrency.div_ceil(self.bucket_children.get()) } else { 0 }
    }

    /// Returns the number of the shard of a slot.
    pub const fn shard_of(&self, slot: u32) -> u32 {
        slot / self.bucket_children.get()
    }

    /// Returns the numbers of the slots of a shard.
    pub fn shard_slots(&self, shard: u32) -> Range<u32> {
        let size = self.bucket_children.get();
        let first = shard.saturating_mul(size).min(self.concurrency);
        first..first.saturating_add(size).min(self.concurrency)
    }

    /// Returns the indices of the children that a shard starts. There are at least as many of them as
    /// the shard has slots.
    pub fn shard_children(&self, shard: u32) -> Range<u32> {
        let Range { start, end } = self.shard_slots(shard);
        let before = |slots: u32| {
            let children = u64::from(self.children) * u64::from(slots);
            u32::try_from(children / u64::from(self.concurrency.max(1))).unwrap_or(u32::MAX)
        };
        before(start)..before(end)
    }

    /// Returns the number of the groups of children that start together with the fork: those of a
    /// bucket, or without a bound on its children's number those that get the slots of a shard.
    pub const fn group_count(&self) -> u32 {
        if self.has_slots() { self.shard_count() } else { self.bucket_count() }
    }

    /// Returns the children of a group, each with its slot.
    pub fn group_members(&self, group: u32) -> impl Iterator<Item = (ChildIndex, Option<u32>)> {
        let has_slots = self.has_slots();
        let slots = self.shard_slots(group);
        let (first, length) = if has_slots {
            (self.shard_children(group).start, slots.len())
        } else {
            let children = self.bucket_range(group);
            (children.start, children.len())
        };
        (first..)
            .zip(slots.start..)
            .take(length)
            .map(move |(child, slot)| (ChildIndex::new(child), has_slots.then_some(slot)))
    }

    /// Returns the group whose first child this is.
    pub fn group_led_by(&self, child: ChildIndex) -> Option<u32> {
        let child = child.as_u32();
        if !self.has_slots() {
            let size = self.bucket_children.get();
            return child.is_multiple_of(size).then_some(child / size);
        }
        (0..self.shard_count()).find(|shard| self.shard_children(*shard).start == child)
    }
}

/// What a child frame knows of the fork that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkMembership {
    /// The shape of the fork.
    #[serde(rename = "f")]
    pub shape: ForkShape,
    /// The slot that the child holds until it ends. `None` if the fork has no slots.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u32>,
    /// The queue of the message that started the child. The next child of its slot begins in the same
    /// state, so that it is started from the same queue.
    #[serde(rename = "q", default, skip_serializing_if = "QueueName::is_steps")]
    pub queue: QueueName,
}

/// How a child frame comes to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChildStart {
    /// The child starts by itself, with this slot if the fork has slots.
    #[serde(rename = "Own")]
    Single(Option<GrantedSlot>),
    /// The child is the first one of its group. Before it starts, it starts the others.
    #[serde(rename = "All")]
    Group,
}

/// A slot that a child is given, and by which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedSlot {
    /// The number of the slot.
    #[serde(rename = "s")]
    pub number: u32,
    /// The child whose end gave it the slot. `None` for a child that starts with the fork.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<EndedChild>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(children: u32, concurrency: u32, bucket_children: u32) -> ForkShape {
        let bucket_children = NonZeroU32::new(bucket_children).expect("not zero");
        ForkShape { children, concurrency, bucket_children, tolerated_failures: 0 }
    }

    #[test]
    fn each_child_is_in_one_bucket() {
        for children in 0..20 {
            let shape = shape(children, 0, 4);
            let all: Vec<u32> =
                (0..shape.bucket_count()).flat_map(|bucket| shape.bucket_range(bucket)).collect();
            assert_eq!(all, (0..children).collect::<Vec<_>>());
            assert!(all.iter().all(|child| {
                shape.bucket_range(shape.bucket_of(ChildIndex::new(*child))).contains(child)
            }));
        }
    }

    #[test]
    fn each_child_and_each_slot_is_in_one_shard_with_enough_children() {
        for (children, concurrency) in [(2, 1), (9, 8), (17, 5), (100, 9), (u32::MAX, 7)] {
            let shape = shape(children, concurrency, 4);
            let (mut slots, mut next) = (0, 0);
            for shard in 0..shape.shard_count() {
                let (own, range) = (shape.shard_slots(shard), shape.shard_children(shard));
                assert_eq!((own.start, range.start), (slots, next));
                assert!(range.len() >= own.len(), "{shape:?}");
                (slots, next) = (own.end, range.end);
            }
            assert_eq!((slots, next), (concurrency, children));
        }
    }

    #[test]
    fn the_groups_are_what_starts_with_the_fork() {
        let started = |shape: ForkShape| -> Vec<(u32, Option<u32>)> {
            let groups = (0..shape.group_count()).flat_map(|group| {
                let members: Vec<_> = shape.group_members(group).collect();
                assert_eq!(shape.group_led_by(members[0].0), Some(group));
                members
            });
            groups.map(|(child, slot)| (child.as_u32(), slot)).collect()
        };
        let without: Vec<_> = (0..9).map(|child| (child, None)).collect();
        assert_eq!(started(shape(9, 9, 4)), without);
        let with = [0, 1, 2, 3, 8].into_iter().zip((0..).map(Some)).collect::<Vec<_>>();
        assert_eq!(started(shape(10, 5, 4)), with);
        assert_eq!(started(shape(0, 0, 4)), []);
    }
}
