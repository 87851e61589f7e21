//! All items of one fork together, for stores that keep them in memory.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use super::{ChildEnd, EndedChild, FanInBucket, FanInGate, FanInSlots, ForkShape};
use crate::ChildIndex;

/// The gate, the slots and the buckets of one fork. Each method is one method of the ports `GateStore`
/// and `FanInStore`, which say what it does.
#[derive(Debug, Default)]
pub struct FanInItems {
    gate: Option<Arc<FanInGate>>,
    /// By the number of the shard.
    slots: BTreeMap<u32, FanInSlots>,
    /// By their numbers.
    buckets: BTreeMap<u32, FanInBucket>,
}

impl FanInItems {
    /// Opens the gate, unless there is one, and returns it.
    pub fn open_gate(&mut self, shape: &ForkShape) -> FanInGate {
        self.gate.get_or_insert_with(|| Arc::new(FanInGate::of_shape(*shape))).as_ref().clone()
    }

    /// Adds a failed child to the gate and returns it; none if there is no gate.
    pub fn add_failed_child(&mut self, failed: EndedChild) -> Option<FanInGate> {
        self.change_gate(|gate| gate.add_failed_child(failed))
    }

    /// Adds a full bucket to the gate and returns it; none if there is no gate.
    pub fn add_full_bucket(&mut self, bucket: u32, events: u64) -> Option<FanInGate> {
        self.change_gate(|gate| gate.add_full_bucket(bucket, events))
    }

    /// Closes the gate, also one that was not opened.
    pub fn close_gate(&mut self, shape: &ForkShape) {
        let gate = self.gate.get_or_insert_with(|| Arc::new(FanInGate::of_shape(*shape)));
        Arc::make_mut(gate).close();
    }

    /// Returns the gate, if there is one.
    pub const fn gate(&self) -> Option<&Arc<FanInGate>> {
        self.gate.as_ref()
    }

    /// Opens a shard of slots, unless there is one, and returns it.
    pub fn open_slots(&mut self, shape: &ForkShape, shard: u32) -> FanInSlots {
        let slots = self.slots.entry(shard);
        slots.or_insert_with(|| FanInSlots::of_shard(shape, shard)).clone()
    }

    /// Moves a slot on from the child that has ended. Returns the child that starts in it, if one does.
    pub fn advance_slot(
        &mut self,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Option<ChildIndex> {
        self.slots.get_mut(&shape.shard_of(slot))?.advance_slot(slot, ended).starts_child
    }

    /// Returns shards of slots; none for each that was not opened.
    pub fn load_slots(&self, shards: Range<u32>) -> Vec<Option<FanInSlots>> {
        shards.map(|shard| self.slots.get(&shard).cloned()).collect()
    }

    /// Adds the ends of children to a bucket and returns it.
    pub fn add_child_ends(
        &mut self,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> FanInBucket {
        let bucket = self.buckets.entry(bucket).or_default();
        bucket.add_child_ends(ends, events);
        bucket.clone()
    }

    /// Returns buckets; an empty one for each that no child has ended in.
    pub fn load_buckets(&self, buckets: Range<u32>) -> Vec<FanInBucket> {
        buckets.map(|bucket| self.buckets.get(&bucket).cloned().unwrap_or_default()).collect()
    }

    /// Forgets all but the gate.
    pub fn forget_children(&mut self) {
        self.slots.clear();
        self.buckets.clear();
    }

    fn change_gate(&mut self, change: impl FnOnce(&mut FanInGate) -> bool) -> Option<FanInGate> {
        let gate = Arc::make_mut(self.gate.as_mut()?);
        change(gate);
        Some(gate.clone())
    }
}
