//! Gates, slots and buckets. The types of the model do all the work.

use std::{ops::Range, sync::Arc};

use model::{
    ChildEnd, ChildIndex, EndedChild, FanInBucket, FanInGate, FanInItems, FanInSlots, ForkShape,
    RecordKey,
};
use orchestrator::{
    Fault,
    ports::{FanInStore, GateStore},
};

use super::{MemoryState, MemoryStore};

impl GateStore for MemoryStore {
    async fn open_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<FanInGate, Fault> {
        Ok(self.lock_state().fan_in_of_execution(fork)?.open_gate(shape))
    }

    async fn add_failed_child(
        &self,
        fork: &RecordKey,
        failed: EndedChild,
    ) -> Result<Option<FanInGate>, Fault> {
        let mut state = self.lock_state();
        Ok(state.fan_ins.get_mut(fork).and_then(|items| items.add_failed_child(failed)))
    }

    async fn add_full_bucket(
        &self,
        fork: &RecordKey,
        bucket: u32,
        events: u64,
    ) -> Result<Option<FanInGate>, Fault> {
        let mut state = self.lock_state();
        Ok(state.fan_ins.get_mut(fork).and_then(|items| items.add_full_bucket(bucket, events)))
    }

    /// Does nothing if the execution is gone.
    async fn close_gate(&self, fork: &RecordKey, shape: &ForkShape) -> Result<(), Fault> {
        if let Ok(items) = self.lock_state().fan_in_of_execution(fork) {
            items.close_gate(shape);
        }
        Ok(())
    }

    async fn load_gate(&self, fork: &RecordKey) -> Result<Option<Arc<FanInGate>>, Fault> {
        Ok(self.lock_state().fan_ins.get(fork).and_then(|items| items.gate().cloned()))
    }

    async fn are_gates_open(&self, forks: &[RecordKey]) -> Result<bool, Fault> {
        let state = self.lock_state();
        let mut gates = forks.iter().filter_map(|fork| state.fan_ins.get(fork)?.gate());
        Ok(gates.all(|gate| gate.is_open()))
    }
}

impl FanInStore for MemoryStore {
    async fn open_slots(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        shard: u32,
    ) -> Result<FanInSlots, Fault> {
        Ok(self.lock_state().fan_in_of_execution(fork)?.open_slots(shape, shard))
    }

    async fn advance_slot(
        &self,
        fork: &RecordKey,
        shape: &ForkShape,
        slot: u32,
        ended: ChildIndex,
    ) -> Result<Option<ChildIndex>, Fault> {
        let mut state = self.lock_state();
        Ok(state.fan_ins.get_mut(fork).and_then(|items| items.advance_slot(shape, slot, ended)))
    }

    async fn load_slots(
        &self,
        fork: &RecordKey,
        _: &ForkShape,
        shards: Range<u32>,
    ) -> Result<Vec<Option<FanInSlots>>, Fault> {
        let (state, nothing) = (self.lock_state(), FanInItems::default());
        let items = state.fan_ins.get(fork).unwrap_or(&nothing);
        Ok(items.load_slots(shards))
    }

    /// Does nothing if the execution is gone.
    async fn add_child_ends(
        &self,
        fork: &RecordKey,
        bucket: u32,
        ends: &[(ChildIndex, ChildEnd)],
        events: u64,
    ) -> Result<FanInBucket, Fault> {
        match self.lock_state().fan_in_of_execution(fork) {
            Ok(items) => Ok(items.add_child_ends(bucket, ends, events)),
            Err(_) => Ok(FanInBucket::default()),
        }
    }

    async fn load_buckets(
        &self,
        fork: &RecordKey,
        buckets: Range<u32>,
    ) -> Result<Vec<FanInBucket>, Fault> {
        let (state, nothing) = (self.lock_state(), FanInItems::default());
        let items = state.fan_ins.get(fork).unwrap_or(&nothing);
        Ok(items.load_buckets(buckets))
    }
}

impl MemoryState {
    /// Returns what is kept of a fork, if there is such an execution.
    fn fan_in_of_execution(&mut self, fork: &RecordKey) -> Result<&mut FanInItems, Fault> {
        if self.has_execution(&fork.execution) {
            return Ok(self.fan_ins.entry(fork.clone()).or_default());
        }
        let execution = fork.execution.to_string();
        Err(Fault::Broken { execution, reason: "there is no such execution".to_owned() })
    }
}
