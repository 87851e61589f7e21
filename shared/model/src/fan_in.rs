//! Fan-in: which children of a fork have ended, and which child starts next.

use std::collections::BTreeMap;

use crate::{ChildIndex, RecordNumber};

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildEnd {
    /// The number of the last record of its log.
    pub record: RecordNumber,
    /// Whether the child failed. A failed child closes the fan-in.
    pub failed: bool,
}

/// The fan-in of one fork. Its operations are idempotent, because ended children are a set and not
/// a count.
///
/// This type defines the operations. Every store implements them with the same results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FanIn {
    children: u32,
    /// How many children start with the fork. Each successful end starts one more.
    initial: u32,
    ended_children: BTreeMap<ChildIndex, EndedChild>,
    /// The ended children in the order of their ends.
    end_order: Vec<ChildIndex>,
    failed_child: Option<ChildIndex>,
    closed: bool,
}

/// A child that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndedChild {
    record: RecordNumber,
    /// How many children ended before it.
    ended_before: u32,
}

/// The result of reporting the end of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanInUpdate {
    /// Whether this is the first report of the child's end. Always false on a closed fan-in.
    pub first_report: bool,
    /// The child to start because this one ended. It is the same for every report of this end.
    pub starts_child: Option<ChildIndex>,
    /// Whether the parent can continue: all children have ended, or one has failed.
    pub settled: bool,
}

impl FanIn {
    /// Creates the fan-in of a fork with `children` children, of which at most `concurrency` run at
    /// once. A `concurrency` of 0 counts as 1.
    pub fn with_children(children: u32, concurrency: u32) -> Self {
        Self {
            children,
            initial: children.min(concurrency.max(1)),
            ended_children: BTreeMap::new(),
            end_order: Vec::new(),
            failed_child: None,
            closed: false,
        }
    }

    /// Records that a child has ended, and says which child starts next.
    pub fn end_child(&mut self, child: ChildIndex, end: ChildEnd) -> FanInUpdate {
        let first = self.is_open() && !self.ended_children.contains_key(&child);
        if first {
            let ended = EndedChild { record: end.record, ended_before: self.ended_count() };
            self.ended_children.insert(child, ended);
            self.end_order.push(child);
            if end.failed {
                self.failed_child = Some(child);
            }
        }
        let starts = if self.is_open() { self.successor_of(child) } else { None };
        FanInUpdate { first_report: first, starts_child: starts, settled: self.is_settled() }
    }

    /// Closes the fan-in: children that have not ended must stop.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Returns whether the children of the fork may continue.
    pub fn is_open(&self) -> bool {
        !self.closed && self.failed_child.is_none()
    }

    /// Returns whether the parent can continue: all children have ended, or one has failed.
    pub fn is_settled(&self) -> bool {
        self.failed_child.is_some() || self.ended_children.len() == self.children as usize
    }

    /// Returns the child whose end settled the fan-in. Its worker sends the message that advances
    /// the parent.
    pub fn settled_by(&self) -> Option<ChildIndex> {
        self.failed_child.or_else(|| self.end_order.last().copied().filter(|_| self.is_settled()))
    }

    /// Returns the child that failed first, with the number of its last record.
    pub fn failed_child(&self) -> Option<(ChildIndex, RecordNumber)> {
        let child = self.failed_child?;
        Some((child, self.ended_children.get(&child)?.record))
    }

    /// Returns the child that ended last, with the number of its last record.
    pub fn last_ended_child(&self) -> Option<(ChildIndex, RecordNumber)> {
        let child = *self.end_order.last()?;
        Some((child, self.ended_children.get(&child)?.record))
    }

    /// Returns the ended children with the numbers of their last records, in index order.
    pub fn ended_children(&self) -> impl Iterator<Item = (ChildIndex, RecordNumber)> {
        self.ended_children.iter().map(|(child, ended)| (*child, ended.record))
    }

    /// Returns whether this child has ended.
    pub fn has_ended(&self, child: ChildIndex) -> bool {
        self.ended_children.contains_key(&child)
    }

    /// Returns the children that were started and have not ended, in index order.
    pub fn in_flight_children(&self) -> impl Iterator<Item = ChildIndex> {
        // The end of a failed child does not start another child.
        let lets_start = self.ended_count() - u32::from(self.failed_child.is_some());
        let started = self.children.min(self.initial + lets_start);
        (0..started).map(ChildIndex::new).filter(|child| !self.has_ended(*child))
    }

    /// Returns the child whose end started this one, with the number of its last record. `None` for
    /// a child that starts with the fork.
    pub fn predecessor_of(&self, child: ChildIndex) -> Option<(ChildIndex, RecordNumber)> {
        let ordinal = child.as_u32().checked_sub(self.initial)?;
        let starter = *self.end_order.get(ordinal as usize)?;
        Some((starter, self.ended_children.get(&starter)?.record))
    }

    fn successor_of(&self, child: ChildIndex) -> Option<ChildIndex> {
        let next = self.initial + self.ended_children.get(&child)?.ended_before;
        (next < self.children).then(|| ChildIndex::new(next))
    }

    fn ended_count(&self) -> u32 {
        u32::try_from(self.end_order.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: ChildEnd = ChildEnd { record: RecordNumber::FIRST, failed: false };

    #[test]
    fn an_ended_child_lets_the_next_one_start() {
        let mut fan_in = FanIn::with_children(3, 1);
        assert_eq!(fan_in.in_flight_children().collect::<Vec<_>>(), [ChildIndex::new(0)]);
        let update = fan_in.end_child(ChildIndex::new(0), END);
        let next = ChildIndex::new(1);
        assert_eq!(
            update,
            FanInUpdate { first_report: true, starts_child: Some(next), settled: false }
        );
        assert_eq!(fan_in.predecessor_of(next), Some((ChildIndex::new(0), RecordNumber::FIRST)));
    }

    #[test]
    fn a_child_reported_twice_counts_once_and_starts_the_same_one() {
        let mut fan_in = FanIn::with_children(4, 2);
        let first = fan_in.end_child(ChildIndex::new(1), END);
        fan_in.end_child(ChildIndex::new(0), END);
        let again = fan_in.end_child(ChildIndex::new(1), END);
        assert_eq!(again, FanInUpdate { first_report: false, ..first });
        assert_eq!(again.starts_child, Some(ChildIndex::new(2)));
        assert_eq!(fan_in.in_flight_children().count(), 2);
    }

    #[test]
    fn a_failed_child_settles_the_fan_in_and_starts_no_other() {
        let mut fan_in = FanIn::with_children(3, 1);
        let update = fan_in.end_child(ChildIndex::new(0), ChildEnd { failed: true, ..END });
        assert_eq!(update, FanInUpdate { first_report: true, starts_child: None, settled: true });
        assert!(!fan_in.is_open());
        assert!(!fan_in.end_child(ChildIndex::new(1), END).first_report);
    }
}
