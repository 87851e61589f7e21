//! A bucket of a fork: which of some children have ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ForkShape;
use crate::{ChildIndex, RecordNumber};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildEnd {
    /// The number of the last record of its log.
    #[serde(rename = "n")]
    pub record: RecordNumber,
    /// Whether the child did not succeed.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// The ends of the children of one bucket, as a set: the first report of an end counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanInBucket {
    #[serde(rename = "c")]
    ends: BTreeMap<ChildIndex, ChildEnd>,
    #[serde(rename = "e", default, skip_serializing_if = "is_zero")]
    events: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl FanInBucket {
    /// Makes the bucket of these ends, whose children have made that many events.
    pub const fn from_parts(ends: BTreeMap<ChildIndex, ChildEnd>, events: u64) -> Self {
        Self { ends, events }
    }

    /// Adds the ends of children, and how many events these have made. Returns whether one of them
    /// is the first report of its end. Otherwise nothing changes.
    pub fn add_child_ends(&mut self, ends: &[(ChildIndex, ChildEnd)], events: u64) -> bool {
        let mut is_changed = false;
        for (child, end) in ends {
            if !self.ends.contains_key(child) {
                self.ends.insert(*child, *end);
                is_changed = true;
            }
        }
        if is_changed {
            self.events += events;
        }
        is_changed
    }

    /// Returns how many events the ended children have made; 0 where nobody counts them.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Returns whether this child has ended.
    pub fn has_ended(&self, child: ChildIndex) -> bool {
        self.ends.contains_key(&child)
    }

    /// Returns the ended children in index order.
    pub fn child_ends(&self) -> impl ExactSizeIterator<Item = (ChildIndex, ChildEnd)> {
        self.ends.iter().map(|(child, end)| (*child, *end))
    }

    /// Returns whether all children of the bucket of that number have ended.
    pub fn is_full(&self, shape: &ForkShape, bucket: u32) -> bool {
        self.ends.len() == shape.bucket_range(bucket).len()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_child_reported_twice_counts_once() {
        let bucket_children = NonZeroU32::new(4).expect("not zero");
        let shape =
            ForkShape { children: 6, concurrency: 6, bucket_children, tolerated_failures: 0 };
        let (fourth, fifth) = (ChildIndex::new(4), ChildIndex::new(5));
        let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
        let mut bucket = FanInBucket::default();
        assert!(bucket.add_child_ends(&[(fourth, end)], 7));
        assert!(!bucket.add_child_ends(&[(fourth, ChildEnd { failed: true, ..end })], 7));
        assert!(!bucket.is_full(&shape, 1));
        assert!(bucket.add_child_ends(&[(fifth, end)], 4) && bucket.is_full(&shape, 1));
        assert!(bucket.child_ends().eq([(fourth, end), (fifth, end)]));
        assert_eq!(bucket.events(), 11);
    }
}
