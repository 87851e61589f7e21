//! The children of a running fork that have started and not been joined.

use std::collections::BTreeMap;

use model::{
    ChildIndex, ChildStart, EndedChild, FanInGate, FanInSlots, ForkShape, ForkSlot, GrantedSlot,
    RecordKey, RecordNumber,
};

use super::children::bucket_pages;
use crate::{Fault, ports::FanInStore};

/// Which children of a fork were started.
pub(super) struct StartedChildren {
    shape: ForkShape,
    /// The slots of each shard. Without any, all children were started.
    slots: Vec<Option<FanInSlots>>,
}

/// A child that must go on before its fork can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChildInFlight {
    pub(crate) child: ChildIndex,
    /// How it starts if it has no record; none if the end of another child in flight starts it, or
    /// if it has one.
    pub(crate) start: Option<ChildStart>,
}

impl StartedChildren {
    pub(super) async fn load(
        ports: &impl FanInStore,
        fork: &RecordKey,
        shape: &ForkShape,
    ) -> Result<Self, Fault> {
        let slots = match shape.shard_count() {
            0 => Vec::new(),
            shards => ports.load_slots(fork, shape, 0..shards).await?,
        };
        Ok(Self { shape: *shape, slots })
    }

    pub(super) fn contains(&self, child: ChildIndex) -> bool {
        if !self.shape.has_slots() {
            return true;
        }
        let own = (0..)
            .zip(&self.slots)
            .find(|(shard, _)| self.shape.shard_children(*shard).contains(&child.as_u32()));
        own.and_then(|(_, slots)| slots.as_ref()).is_some_and(|slots| !slots.is_waiting(child))
    }

    /// The slots by their holders.
    fn held_slots(&self) -> BTreeMap<ChildIndex, (u32, ForkSlot)> {
        let slots = self.slots.iter().flatten().flat_map(FanInSlots::numbered_slots);
        slots.map(|(number, slot)| (slot.holder, (number, slot))).collect()
    }

    /// The first children of shards whose slots were not opened: what starts them was lost.
    fn unopened_leaders(&self) -> impl Iterator<Item = ChildIndex> {
        let unopened = (0..).zip(&self.slots).filter(|(_, slots)| slots.is_none());
        unopened.filter_map(|(shard, _)| Some(self.shape.group_members(shard).next()?.0))
    }
}

/// Finds the children of an open fork that must go on before it can: those that have started and not
/// ended, and those that have ended and whose workers may have died before the last step of that.
pub(crate) async fn find_children_in_flight(
    ports: &impl FanInStore,
    fork: &RecordKey,
    gate: &FanInGate,
) -> Result<Vec<ChildInFlight>, Fault> {
    let shape = gate.shape();
    let started = StartedChildren::load(ports, fork, &shape).await?;
    let held = started.held_slots();
    let givers: Vec<ChildIndex> = held.values().filter_map(|(_, slot)| slot.after).collect();
    let mut given_by: BTreeMap<ChildIndex, RecordNumber> = BTreeMap::new();
    let mut in_flight: Vec<ChildIndex> = Vec::new();
    for buckets in bucket_pages(&shape) {
        let ended = ports.load_buckets(fork, buckets.clone()).await?;
        for (bucket, ended) in buckets.zip(ended) {
            let known = ended.child_ends().filter(|(child, _)| givers.contains(child));
            given_by.extend(known.map(|(child, end)| (child, end.record)));
            if gate.has_full_bucket(bucket) {
                continue;
            }
            if ended.is_full(&shape, bucket) {
                in_flight.extend(ended.child_ends().next().map(|(child, _)| child));
                continue;
            }
            let children = shape.bucket_range(bucket).map(ChildIndex::new);
            in_flight.extend(
                children.filter(|child| started.contains(*child) && !ended.has_ended(*child)),
            );
        }
    }
    let start_of = |child: ChildIndex| {
        if !shape.has_slots() {
            return Some(ChildStart::Single(None));
        }
        let (number, slot) = *held.get(&child)?;
        let after = match slot.after {
            Some(giver) => Some(EndedChild { child: giver, record: *given_by.get(&giver)? }),
            None => None,
        };
        Some(ChildStart::Single(Some(GrantedSlot { number, after })))
    };
    let leaders = started.unopened_leaders();
    let leaders = leaders.map(|child| ChildInFlight { child, start: Some(ChildStart::Group) });
    let children = in_flight.into_iter();
    let children = children.map(|child| ChildInFlight { child, start: start_of(child) });
    Ok(children.chain(leaders).collect())
}
