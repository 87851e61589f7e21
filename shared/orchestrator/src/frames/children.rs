//! The children of a fork: the keys of their records, and their events and clocks together.

use std::sync::Arc;

use model::{ChildIndex, Record, RecordKey, RecordNumber};

use super::append::CausalClock;

pub(super) fn child_key(fork: &RecordKey, child: ChildIndex, number: RecordNumber) -> RecordKey {
    let frame = fork.frame.child_path(fork.number, child);
    RecordKey { execution: fork.execution.clone(), frame, number }
}

/// The number of events up to the fork, plus those that each child has added.
pub(super) fn events_seen(fork: &Record, children: &[Arc<Record>]) -> u64 {
    let added = children.iter().map(|child| child.frame.events - child.frame.events_before);
    fork.frame.events + added.sum::<u64>()
}

pub(super) fn children_clock(fork: &Record, children: &[Arc<Record>]) -> CausalClock {
    children.iter().fold(CausalClock::of_record(fork), |causes, child| {
        causes.latest(CausalClock::of_record(child))
    })
}
