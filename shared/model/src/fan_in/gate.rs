//! The gate of a fork: all that its running children need to know of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ForkShape, bucket::is_zero};
use crate::{ChildIndex, RecordNumber};

/// A child that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedChild {
    /// The child.
    #[serde(rename = "i")]
    pub child: ChildIndex,
    /// The number of the last record of its log.
    #[serde(rename = "n")]
    pub record: RecordNumber,
}

/// The gate of one fork. Its children may go on while it is open. Its parent may go on once it is
/// complete or has too many failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanInGate {
    shape: ForkShape,
    /// The failed children in the order of their reports; at most one more than are tolerated.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<EndedChild>,
    #[serde(rename = "f", default, skip_serializing_if = "BTreeSet::is_empty")]
    full_buckets: BTreeSet<u32>,
    /// How many events the children of the full buckets have made; 0 where nobody counts them.
    #[serde(rename = "e", default, skip_serializing_if = "is_zero")]
    events: u64,
    closed: bool,
}

/// What a gate says to the parent of its fork.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateState {
    /// The children run.
    Open,
    /// All children have ended, and the parent goes on.
    Complete,
    /// The failure of this child was one too many. The parent stops the others and goes on.
    Failed(EndedChild),
    /// The parent does not wait for the children, whatever becomes of them: it has ended, or they have
    /// filled the history and it is about to.
    Closed,
}

impl FanInGate {
    /// Creates the open gate of a fork of which no child has ended.
    pub const fn of_shape(shape: ForkShape) -> Self {
        Self { shape, failed: Vec::new(), full_buckets: BTreeSet::new(), events: 0, closed: false }
    }

    /// Adds a failed child while the gate is open. Returns whether that has changed the gate.
    pub fn add_failed_child(&mut self, failed: EndedChild) -> bool {
        let is_new =
            self.is_open() && self.failed.iter().all(|earlier| earlier.child != failed.child);
        if is_new {
            self.failed.push(failed);
        }
        is_new
    }

    /// Adds a bucket whose children have all ended, and how many events they have made. Returns
    /// whether that has changed the gate.
    pub fn add_full_bucket(&mut self, bucket: u32, events: u64) -> bool {
        let is_new = self.full_buckets.insert(bucket);
        if is_new {
            self.events += events;
        }
        is_new
    }

    /// Returns how many events the children of the full buckets have made; 0 where nobody counts
    /// them.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Closes the gate: children that have not ended must stop. Returns whether that has changed the
    /// gate.
    pub fn close(&mut self) -> bool {
        !std::mem::replace(&mut self.closed, true)
    }

    /// Returns the shape of the fork.
    pub const fn shape(&self) -> ForkShape {
        self.shape
    }

    /// Returns what the gate says to the parent.
    pub fn state(&self) -> GateState {
        if self.closed {
            return GateState::Closed;
        }
        match self.failed.get(self.shape.tolerated_failures as usize) {
            Some(decisive) => GateState::Failed(*decisive),
            None if self.full_buckets.len() == self.shape.bucket_count() as usize => {
                GateState::Complete
            }
            None => GateState::Open,
        }
    }

    /// Returns whether the children of the fork may go on.
    pub fn is_open(&self) -> bool {
        match self.state() {
            GateState::Open | GateState::Complete => true,
            GateState::Failed(_) | GateState::Closed => false,
        }
    }

    /// Returns whether all children of a bucket have ended.
    pub fn has_full_bucket(&self, bucket: u32) -> bool {
        self.full_buckets.contains(&bucket)
    }

    /// Returns whether a child has failed, however many may.
    pub const fn has_failed_child(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Returns the failed children in the order of their reports.
    pub fn failed_children(&self) -> &[EndedChild] {
        &self.failed
    }

    /// Returns the full buckets in the order of their numbers.
    pub fn full_buckets(&self) -> impl Iterator<Item = u32> {
        self.full_buckets.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn gate(children: u32, tolerated_failures: u32) -> FanInGate {
        let bucket_children = NonZeroU32::new(4).expect("not zero");
        FanInGate::of_shape(ForkShape {
            children,
            concurrency: children,
            bucket_children,
            tolerated_failures,
        })
    }

    const fn failed(child: u32) -> EndedChild {
        EndedChild { child: ChildIndex::new(child), record: RecordNumber::FIRST }
    }

    #[test]
    fn a_failure_that_is_one_too_many_closes_the_gate_and_no_other_counts() {
        let mut gate = gate(9, 1);
        assert!(gate.add_failed_child(failed(3)) && !gate.add_failed_child(failed(3)));
        assert!(gate.is_open() && gate.has_failed_child());
        assert!(gate.add_failed_child(failed(1)) && !gate.is_open());
        assert_eq!(gate.state(), GateState::Failed(failed(1)));
        assert!(!gate.add_failed_child(failed(0)));
        assert_eq!(gate.failed_children(), [failed(3), failed(1)]);
    }

    #[test]
    fn a_bucket_reported_twice_counts_once() {
        let mut gate = gate(5, 0);
        assert!(gate.add_full_bucket(1, 3) && !gate.add_full_bucket(1, 3));
        assert_eq!(gate.state(), GateState::Open);
        assert!(gate.add_full_bucket(0, 4));
        assert_eq!(gate.events(), 7);
        assert_eq!(gate.state(), GateState::Complete);
    }

    #[test]
    fn a_closed_gate_takes_no_failure_and_is_not_completed() {
        let mut gate = gate(2, 0);
        assert!(gate.close() && !gate.close());
        assert!(!gate.is_open() && !gate.add_failed_child(failed(0)));
        assert!(gate.add_full_bucket(0, 0));
        assert_eq!(gate.state(), GateState::Closed);
    }
}
