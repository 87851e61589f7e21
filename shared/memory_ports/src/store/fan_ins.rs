//! Gates, slots and buckets. The types of the model do all the work.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use model::{
    ChildEnd, ChildIndex, EndedChild, FanInBucket, FanInGate, FanInSlots, ForkShape, RecordKey,
};
use orchestrator::{
    Fault,
    ports::{FanInStore, GateStore},
};

use super::{MemoryState, MemoryStore};

/// All that the store keeps of one fork.
#[derive(Debug, Default)]
pub(super) struct StoredFanIn {
    gate: Option<Arc<FanInGate>>,
    /// By the number of the shard.
    slots: BTreeMap<u32, FanInSlots>,
    /// By their numbers.
    buckets: BTreeMap<u32, FanInBucket>,
}

impl GateStore for MemoryStore {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        let mut state = self.lock_state();
        let fan_in = state.fan_in_of_execution(fork)?;
        let gate = fan_in.gate.get_or_insert_with(|| Arc::new(FanInGate::of_shape(*shape)));
        Ok(gate.as_ref().clone())
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        Ok(self.lock_state().change_gate(fork, |gate| gate.add_failed_child(failed)))
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        Ok(self.lock_state().change_gate(fork, |gate| gate.add_full_bucket(bucket, events)))
    }

    /// Does nothing if the execution is gone.
    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        let mut state = self.lock_state();
        if let Ok(fan_in) = state.fan_in_of_execution(fork) {
            let gate = fan_in.gate.get_or_insert_with(|| Arc::new(FanInGate::of_shape(*shape)));
            Arc::make_mut(gate).close();
        }
        Ok(())
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        Ok(self.lock_state().fan_ins.get(fork).and_then(|fan_in| fan_in.gate.clone()))
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        let state = self.lock_state();
        let gates = forks.iter().filter_map(|fork| state.fan_ins.get(fork)?.gate.as_ref());
        Ok(gates.into_iter().all(|gate| gate.is_open()))
    }
}

impl FanInStore for MemoryStore {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        let mut state = self.lock_state();
        let slots = state.fan_in_of_execution(fork)?.slots.entry(shard);
        Ok(slots.or_insert_with(|| FanInSlots::of_shard(shape, shard)).clone())
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        let mut state = self.lock_state();
        let fan_in = state.fan_ins.get_mut(fork);
        let slots = fan_in.and_then(|fan_in| fan_in.slots.get_mut(&shape.shard_of(slot)));
        Ok(slots.and_then(|slots| slots.advance_slot(slot, ended).starts_child))
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        _: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        let state = self.lock_state();
        let fan_in = state.fan_ins.get(fork);
        Ok(shards.map(|shard| fan_in?.slots.get(&shard).cloned()).collect())
    }

    /// Does nothing if the execution is gone.
    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        let mut state = self.lock_state();
        let Ok(fan_in) = state.fan_in_of_execution(fork) else {
            return Ok(FanInBucket::default());
        };
        let bucket = fan_in.buckets.entry(bucket).or_default();
        bucket.add_child_ends(ends, events);
        Ok(bucket.clone())
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        let state = self.lock_state();
        let fan_in = state.fan_ins.get(fork);
        let bucket = |bucket| fan_in.and_then(|fan_in| fan_in.buckets.get(&bucket));
        Ok(buckets.map(|number| bucket(number).cloned().unwrap_or_default()).collect())
    }
}

impl MemoryState {
    /// Returns what is kept of a fork, if there is such an execution.
    fn fan_in_of_execution(&mut self, fork: &RecordKey) -> Result<&mut StoredFanIn, Fault> {
        if self.has_execution(&fork.execution) {
            return Ok(self.fan_ins.entry(fork.clone()).or_default());
        }
        let execution = fork.execution.to_string();
        Err(Fault::Broken { execution, reason: "there is no such execution".to_owned() })
    }

    /// Changes a gate and returns it; none if there is no such gate.
    fn change_gate(
        &mut self,
        fork: &RecordKey,
        change: impl FnOnce(&mut FanInGate) -> bool,
    ) -> Option<FanInGate> {
        let gate = Arc::make_mut(self.fan_ins.get_mut(fork)?.gate.as_mut()?);
        change(gate);
        Some(gate.clone())
    }
}
