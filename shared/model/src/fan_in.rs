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
pub struct FanIn {
    children: u32,
    /// How many children start with the fork; each end lets one more start.
    initial: u32,
    ended_children: BTreeMap<ChildIndex, EndedChild>,
    /// The ended children in the order of their ends.
    end_order: Vec<ChildIndex>,
    failed_child: Option<ChildIndex>,
    closed: bool,
}

/// One ended child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndedChild {
    record: RecordNumber,
    /// How many ended before it.
    ended_before: u32,
}

/// What an ended child has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanInUpdate {
    /// Whether this is the first time that the child was reported.
    pub first_report: bool,
    /// The child that starts in its place; the same one each time that the end is reported.
    pub starts_child: Option<ChildIndex>,
    /// Whether the parent can go on: all have ended, or one has failed.
    pub settled: bool,
}

impl FanIn {
    /// A fork of so many children of which so many may run at once (at least one).
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

    /// Adds a child to the ended ones and lets one more start.
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

    /// Aborts the children that have not ended.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether its children may go on.
    pub fn is_open(&self) -> bool {
        !self.closed && self.failed_child.is_none()
    }

    /// Whether the parent can go on.
    pub fn is_settled(&self) -> bool {
        self.failed_child.is_some() || self.ended_children.len() == self.children as usize
    }

    /// The child whose end let the parent go on, and whose message therefore wakes it.
    pub fn settled_by(&self) -> Option<ChildIndex> {
        self.failed_child.or_else(|| self.end_order.last().copied().filter(|_| self.is_settled()))
    }

    /// The child that failed first, with its last record.
    pub fn failed_child(&self) -> Option<(ChildIndex, RecordNumber)> {
        let child = self.failed_child?;
        Some((child, self.ended_children.get(&child)?.record))
    }

    /// The child that ended last, with its last record.
    pub fn last_ended_child(&self) -> Option<(ChildIndex, RecordNumber)> {
        let child = *self.end_order.last()?;
        Some((child, self.ended_children.get(&child)?.record))
    }

    /// The ended children with their last records, in order of their indices.
    pub fn ended_children(&self) -> impl Iterator<Item = (ChildIndex, RecordNumber)> {
        self.ended_children.iter().map(|(child, ended)| (*child, ended.record))
    }

    /// Whether this child is among the ended ones.
    pub fn has_ended(&self, child: ChildIndex) -> bool {
        self.ended_children.contains_key(&child)
    }

    /// The children that were started and have not ended.
    pub fn in_flight_children(&self) -> impl Iterator<Item = ChildIndex> {
        // The child that failed let no other start.
        let lets_start = self.ended_count() - u32::from(self.failed_child.is_some());
        let started = self.children.min(self.initial + lets_start);
        (0..started).map(ChildIndex::new).filter(|child| !self.has_ended(*child))
    }

    /// The child whose end started this one, with its last record; none for the first ones.
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
    fn a_failed_child_settles_the_fan_and_starts_no_other() {
        let mut fan_in = FanIn::with_children(3, 1);
        let update = fan_in.end_child(ChildIndex::new(0), ChildEnd { failed: true, ..END });
        assert_eq!(update, FanInUpdate { first_report: true, starts_child: None, settled: true });
        assert!(!fan_in.is_open());
        assert!(!fan_in.end_child(ChildIndex::new(1), END).first_report);
    }
}
