//! Fan-in: which children of a fork have ended and how many were started.

use std::collections::BTreeMap;

use crate::{ChildIndex, RecordNumber};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildEnd {
    /// The last record of its log.
    pub record: RecordNumber,
    /// Whether it failed, which closes the fan.
    pub failed: bool,
}

/// The state of one fork. The operations are idempotent: children are a set, never a count.
///
/// Every store gives them the meaning they have here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fan {
    children: u32,
    concurrency: u32,
    started: u32,
    ended: BTreeMap<ChildIndex, RecordNumber>,
    /// Who started each child beyond the first `concurrency`.
    starters: BTreeMap<ChildIndex, ChildIndex>,
    last: Option<ChildIndex>,
    failed: Option<ChildIndex>,
    closed: bool,
}

/// What an ended child has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanUpdate {
    /// Whether this is the first time that the child was reported.
    pub first: bool,
    /// The child that may start in its place.
    pub starts: Option<ChildIndex>,
    /// Whether the parent can go on: all have ended, or one has failed.
    pub settled: bool,
}

impl Fan {
    /// A fork of so many children of which so many may run at once (at least one).
    pub fn open(children: u32, concurrency: u32) -> Self {
        Self {
            children,
            concurrency,
            started: children.min(concurrency.max(1)),
            ended: BTreeMap::new(),
            starters: BTreeMap::new(),
            last: None,
            failed: None,
            closed: false,
        }
    }

    /// Adds a child to the ended ones and lets one more start.
    pub fn end_child(&mut self, child: ChildIndex, end: ChildEnd) -> FanUpdate {
        let first = !self.closed && self.failed.is_none() && !self.ended.contains_key(&child);
        let mut starts = None;
        if first {
            self.ended.insert(child, end.record);
            self.last = Some(child);
            if end.failed {
                self.failed = Some(child);
            } else if self.started < self.children {
                let next = ChildIndex::new(self.started);
                self.starters.insert(next, child);
                self.started += 1;
                starts = Some(next);
            }
        }
        FanUpdate { first, starts, settled: self.is_settled() }
    }

    /// Aborts the children that have not ended.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether its children may go on.
    pub fn is_open(&self) -> bool {
        !self.closed && self.failed.is_none()
    }

    /// Whether the parent can go on.
    pub fn is_settled(&self) -> bool {
        self.failed.is_some() || self.ended.len() == self.children as usize
    }

    /// The child that failed first, with its last record.
    pub fn failed(&self) -> Option<(ChildIndex, RecordNumber)> {
        let child = self.failed?;
        Some((child, *self.ended.get(&child)?))
    }

    /// The child that ended last.
    pub fn last(&self) -> Option<ChildIndex> {
        self.last
    }

    /// The ended children with their last records, in order of their indices.
    pub fn ended(&self) -> impl Iterator<Item = (ChildIndex, RecordNumber)> {
        self.ended.iter().map(|(child, record)| (*child, *record))
    }

    /// The children that were started and have not ended.
    pub fn in_flight(&self) -> impl Iterator<Item = ChildIndex> {
        (0..self.started).map(ChildIndex::new).filter(|child| !self.ended.contains_key(child))
    }

    /// The child whose end started this one, with its last record; none for the first ones.
    pub fn starter(&self, child: ChildIndex) -> Option<(ChildIndex, RecordNumber)> {
        let starter = *self.starters.get(&child)?;
        Some((starter, *self.ended.get(&starter)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: ChildEnd = ChildEnd { record: RecordNumber::FIRST, failed: false };

    #[test]
    fn an_ended_child_lets_the_next_one_start() {
        let mut fan = Fan::open(3, 1);
        assert_eq!(fan.in_flight().collect::<Vec<_>>(), [ChildIndex::new(0)]);
        let update = fan.end_child(ChildIndex::new(0), END);
        let next = ChildIndex::new(1);
        assert_eq!(update, FanUpdate { first: true, starts: Some(next), settled: false });
        assert_eq!(fan.starter(next), Some((ChildIndex::new(0), RecordNumber::FIRST)));
    }

    #[test]
    fn a_child_reported_twice_counts_once() {
        let mut fan = Fan::open(2, 2);
        fan.end_child(ChildIndex::new(0), END);
        let update = fan.end_child(ChildIndex::new(0), END);
        assert_eq!(update, FanUpdate { first: false, starts: None, settled: false });
    }

    #[test]
    fn a_failed_child_settles_the_fan_and_starts_no_other() {
        let mut fan = Fan::open(3, 1);
        let update = fan.end_child(ChildIndex::new(0), ChildEnd { failed: true, ..END });
        assert_eq!(update, FanUpdate { first: true, starts: None, settled: true });
        assert!(!fan.is_open());
        assert!(!fan.end_child(ChildIndex::new(1), END).first);
    }
}
