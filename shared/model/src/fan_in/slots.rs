//! The slots of a fork whose children may not all run at once.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ForkShape;
use crate::ChildIndex;

/// One slot: a child that may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkSlot {
    /// The child that holds the slot.
    #[serde(rename = "h")]
    pub holder: ChildIndex,
    /// The child whose end gave it the slot. `None` for a child that started with the fork.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ChildIndex>,
}

/// The slots of one shard of a fork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanInSlots {
    /// The children that this shard starts and that have not started.
    #[serde(rename = "w")]
    waiting: Range<u32>,
    /// The number of the first slot.
    #[serde(rename = "f")]
    first: u32,
    #[serde(rename = "s")]
    slots: Vec<ForkSlot>,
}

/// The result of moving a slot on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAdvance {
    /// Whether it has changed the slots.
    pub changed: bool,
    /// The child to start, since this end gives it the slot. It is the same for every report of this
    /// end until the slot is moved on again; then that child has ended, and there is none to start.
    pub starts_child: Option<ChildIndex>,
}

impl FanInSlots {
    /// Creates the slots of a shard, each held by one of the first children of the shard's range.
    pub fn of_shard(shape: &ForkShape, shard: u32) -> Self {
        let slots = shape.shard_slots(shard);
        let Range { start, end } = shape.shard_children(shard);
        let holders = (start..end).take(slots.len());
        let slots_of = |child| ForkSlot { holder: ChildIndex::new(child), after: None };
        let held: Vec<ForkSlot> = holders.map(slots_of).collect();
        let next = start + u32::try_from(held.len()).unwrap_or(u32::MAX);
        Self { waiting: next..end, first: slots.start, slots: held }
    }

    /// Restores slots from their parts: the children that have not started, the number of the first
    /// slot, and the slots.
    pub const fn from_parts(waiting: Range<u32>, first: u32, slots: Vec<ForkSlot>) -> Self {
        Self { waiting, first, slots }
    }

    /// Moves a slot on to the next child, because its holder has ended. Only the holder moves it. If
    /// an earlier report of the same end has moved it on, its worker may have died before it started
    /// the next child, so that child is to start again.
    pub fn advance_slot(&mut self, slot: u32, ended: ChildIndex) -> SlotAdvance {
        let unchanged = |starts_child| SlotAdvance { changed: false, starts_child };
        let Some(held) = self.slot_mut(slot) else { return unchanged(None) };
        if held.holder != ended {
            return unchanged((held.after == Some(ended)).then_some(held.holder));
        }
        let Some(next) = self.waiting.next().map(ChildIndex::new) else { return unchanged(None) };
        if let Some(held) = self.slot_mut(slot) {
            *held = ForkSlot { holder: next, after: Some(ended) };
        }
        SlotAdvance { changed: true, starts_child: Some(next) }
    }

    fn slot_mut(&mut self, slot: u32) -> Option<&mut ForkSlot> {
        self.slots.get_mut(slot.checked_sub(self.first)? as usize)
    }

    /// Returns the slots with their numbers.
    pub fn numbered_slots(&self) -> impl Iterator<Item = (u32, ForkSlot)> {
        (self.first..).zip(self.slots.iter().copied())
    }

    /// Returns whether a child has not been given a slot.
    pub fn is_waiting(&self, child: ChildIndex) -> bool {
        self.waiting.contains(&child.as_u32())
    }

    /// Returns the children that have not been given a slot.
    pub const fn waiting_children(&self) -> &Range<u32> {
        &self.waiting
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const fn child(index: u32) -> ChildIndex {
        ChildIndex::new(index)
    }

    fn slots(children: u32, concurrency: u32, shard: u32) -> FanInSlots {
        let bucket_children = NonZeroU32::new(4).expect("not zero");
        let shape = ForkShape { children, concurrency, bucket_children, tolerated_failures: 0 };
        FanInSlots::of_shard(&shape, shard)
    }

    #[test]
    fn a_slot_is_moved_on_by_its_holder_only() {
        let mut slots = slots(5, 2, 0);
        let first = slots.advance_slot(1, child(1));
        assert_eq!(first, SlotAdvance { changed: true, starts_child: Some(child(2)) });
        let again = slots.advance_slot(1, child(1));
        assert_eq!(again, SlotAdvance { changed: false, ..first });
        assert_eq!(slots.advance_slot(1, child(2)).starts_child, Some(child(3)));
        let late = SlotAdvance { changed: false, starts_child: None };
        assert_eq!(slots.advance_slot(1, child(1)), late, "its successor has ended");
        assert_eq!(slots.advance_slot(0, child(3)), late, "that is another's slot");
        assert_eq!(slots.advance_slot(7, child(3)), late, "there is no such slot");
    }

    #[test]
    fn a_slot_keeps_its_last_holder() {
        let mut slots = slots(3, 2, 0);
        assert_eq!(slots.advance_slot(0, child(0)).starts_child, Some(child(2)));
        for holder in [(0, child(2)), (1, child(1))] {
            let last = slots.advance_slot(holder.0, holder.1);
            assert_eq!(last, SlotAdvance { changed: false, starts_child: None });
        }
        assert_eq!(slots.advance_slot(0, child(0)).starts_child, Some(child(2)));
        assert!(slots.waiting_children().is_empty());
    }

    #[test]
    fn a_shard_starts_its_own_children() {
        let mut slots = slots(20, 6, 1);
        assert!(slots.is_waiting(child(19)) && !slots.is_waiting(child(12)));
        assert_eq!(slots.advance_slot(5, child(14)).starts_child, Some(child(15)));
        let holders: Vec<_> =
            slots.numbered_slots().map(|(slot, held)| (slot, held.holder)).collect();
        assert_eq!(holders, [(4, child(13)), (5, child(15))]);
    }
}
