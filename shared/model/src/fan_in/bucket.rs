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
#[serde(transparent)]
pub struct FanInBucket {
    ends: BTreeMap<ChildIndex, ChildEnd>,
}

impl FanInBucket {
    /// Adds the end of a child. Returns whether it is the first report of it.
    pub fn add_child_end(&mut self, child: ChildIndex, end: ChildEnd) -> bool {
        let is_first = !self.ends.contains_key(&child);
        if is_first {
            self.ends.insert(child, end);
        }
        is_first
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
        assert!(bucket.add_child_end(fourth, end));
        assert!(!bucket.add_child_end(fourth, ChildEnd { failed: true, ..end }));
        assert!(!bucket.is_full(&shape, 1));
        assert!(bucket.add_child_end(fifth, end) && bucket.is_full(&shape, 1));
        assert!(bucket.child_ends().eq([(fourth, end), (fifth, end)]));
    }
}
