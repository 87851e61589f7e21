//! Gates, slots and buckets: the ports of a worker, and what the world keeps of them.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use model::{
    ChildEnd, ChildIndex, EndedChild, FanInBucket, FanInGate, FanInSlots, ForkShape, GateState,
    RecordKey,
};
use orchestrator::{
    Fault,
    ports::{FanInStore, GateStore},
};

use crate::{
    ablations::{self, DelayedWrite},
    faults::PortCallKind,
    ports::SimulatedPorts,
    world::{SimulatedWorld, record_label},
};

/// The gates, slots and buckets of all forks.
#[derive(Debug, Default)]
pub(crate) struct SimulatedFanIns {
    pub(crate) gates: BTreeMap<RecordKey, FanInGate>,
    /// By fork and shard.
    pub(crate) slots: BTreeMap<(RecordKey, u32), FanInSlots>,
    /// By fork and number.
    pub(crate) buckets: BTreeMap<(RecordKey, u32), FanInBucket>,
    /// The child whose end has filled each full bucket.
    pub(crate) filled_by: BTreeMap<(RecordKey, u32), ChildIndex>,
    /// The bucket that has completed each complete gate.
    pub(crate) completed_by: BTreeMap<RecordKey, u32>,
}

impl SimulatedFanIns {
    pub(crate) fn gate(&self, fork: &RecordKey) -> Option<&FanInGate> {
        self.gates.get(fork)
    }

    pub(crate) fn bucket(&self, fork: &RecordKey, bucket: u32) -> FanInBucket {
        self.buckets.get(&(fork.clone(), bucket)).cloned().unwrap_or_default()
    }

    pub(crate) fn slots(&self, fork: &RecordKey, shard: u32) -> Option<&FanInSlots> {
        self.slots.get(&(fork.clone(), shard))
    }

    pub(crate) fn add_child_ends(
        &mut self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> FanInBucket {
        let key = (fork.clone(), bucket);
        let stored = self.buckets.entry(key.clone()).or_default();
        let mut events = events;
        for (child, end) in ends {
            let is_first = stored.add_child_ends(&[(*child, *end)], std::mem::take(&mut events));
            let shape = self.gates.get(fork).map(FanInGate::shape);
            if is_first && shape.is_some_and(|shape| stored.is_full(&shape, bucket)) {
                self.filled_by.insert(key.clone(), *child);
            }
        }
        stored.clone()
    }

    pub(crate) fn add_full_bucket(
        &mut self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Option<FanInGate> {
        let gate = self.gates.get_mut(fork)?;
        if gate.add_full_bucket(bucket, events) && gate.state() == GateState::Complete {
            self.completed_by.insert(fork.clone(), bucket);
        }
        Some(gate.clone())
    }

    /// Repeats a write that a worker believed to be durable.
    pub(crate) fn apply_write(&mut self, write: DelayedWrite) {
        match write {
            DelayedWrite::ChildEnds(fork, bucket, ends) => {
                self.add_child_ends(&fork, bucket, &ends, 0);
            }
            DelayedWrite::FullBucket(fork, bucket) => {
                self.add_full_bucket(&fork, bucket, 0);
            }
        }
    }
}

impl SimulatedWorld {
    fn open_gate(&mut self, fork: &RecordKey, shape: &ForkShape) -> &mut FanInGate {
        let gate = self.fan_ins.gates.entry(fork.clone());
        gate.or_insert_with(|| FanInGate::of_shape(*shape))
    }
}

impl GateStore for SimulatedPorts {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        let call = format!("open gate of {}", record_label(fork));
        self.port_call(call, PortCallKind::Write, |world| world.open_gate(fork, shape).clone())
            .await
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        let call = format!("child {} of {} failed", failed.child.as_u32(), record_label(fork));
        self.port_call(call, PortCallKind::Write, |world| {
            let gate = world.fan_ins.gates.get_mut(fork)?;
            gate.add_failed_child(failed);
            Some(gate.clone())
        })
        .await
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        let call = format!("bucket {bucket} of {} is full", record_label(fork));
        self.port_call(call, PortCallKind::Write, |world| {
            ablations::ablate_full_bucket(world, fork, bucket, events)
        })
        .await
    }

    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        let call = format!("close gate of {}", record_label(fork));
        self.port_call(call, PortCallKind::Write, |world| {
            world.open_gate(fork, shape).close();
        })
        .await
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        let call = format!("gate of {}", record_label(fork));
        self.port_call(call, PortCallKind::Read, |world| {
            world.fan_ins.gate(fork).cloned().map(Arc::new)
        })
        .await
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        let call = format!("{} gates open?", forks.len());
        self.port_call(call, PortCallKind::Read, |world| {
            forks.iter().all(|fork| world.fan_ins.gate(fork).is_none_or(FanInGate::is_open))
        })
        .await
    }
}

impl FanInStore for SimulatedPorts {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        let call = format!("open slots {shard} of {}", record_label(fork));
        self.port_call(call, PortCallKind::Write, |world| {
            let slots = world.fan_ins.slots.entry((fork.clone(), shard));
            slots.or_insert_with(|| FanInSlots::of_shard(shape, shard)).clone()
        })
        .await
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        let call = format!("child {} leaves slot {slot} of {}", ended.as_u32(), record_label(fork));
        let shard = shape.shard_of(slot);
        self.port_call(call, PortCallKind::Write, |world| {
            ablations::ablate_advance_slot(world, (fork, shard), slot, ended)
        })
        .await
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        _: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        let call = format!("slots {shards:?} of {}", record_label(fork));
        self.port_call(call, PortCallKind::Read, |world| {
            shards.map(|shard| world.fan_ins.slots(fork, shard).cloned()).collect()
        })
        .await
    }

    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        let children: Vec<u32> = ends.iter().map(|(child, _)| child.as_u32()).collect();
        let call = format!("children {children:?} of {} ended", record_label(fork));
        let worker = self.worker;
        self.port_call(call, PortCallKind::Write, |world| {
            ablations::ablate_child_ends(world, worker, (fork, bucket), ends, events)
        })
        .await
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        let call = format!("buckets {buckets:?} of {}", record_label(fork));
        self.port_call(call, PortCallKind::Read, |world| {
            buckets.map(|bucket| world.fan_ins.bucket(fork, bucket)).collect()
        })
        .await
    }
}
