//! Fan-ins. The model's [`FanIn`] does all the work.

use std::sync::Arc;

use model::{ChildEnd, ChildIndex, FanIn, FanInUpdate, RecordKey};
use orchestrator::{Fault, ports::FanInStore};

use super::MemoryStore;

impl FanInStore for MemoryStore {
    async fn open_fan_in(
        &self,
        key: &RecordKey,
        children: u32,
        concurrency: u32,
    ) -> Result<FanIn, Fault> {
        let mut state = self.lock_state();
        if !state.has_execution(&key.execution) {
            let execution = key.execution.to_string();
            let reason = "there is no such execution".to_owned();
            return Err(Fault::Broken { execution, reason });
        }
        let opened = || Arc::new(FanIn::with_children(children, concurrency));
        Ok(state.fan_ins.entry(key.clone()).or_insert_with(opened).as_ref().clone())
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanInUpdate>, Fault> {
        let mut state = self.lock_state();
        Ok(state.fan_ins.get_mut(key).map(|fan_in| Arc::make_mut(fan_in).end_child(child, end)))
    }

    async fn load_fan_in(&self, key: &RecordKey) -> Result<Option<Arc<FanIn>>, Fault> {
        Ok(self.lock_state().fan_ins.get(key).cloned())
    }

    async fn are_fan_ins_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        let state = self.lock_state();
        Ok(keys.iter().all(|key| state.fan_ins.get(key).is_none_or(|fan_in| fan_in.is_open())))
    }

    /// Does nothing if the execution is gone.
    async fn close_fan_in(&self, key: &RecordKey) -> Result<(), Fault> {
        let mut state = self.lock_state();
        if state.has_execution(&key.execution) {
            let fan_in = state.fan_ins.entry(key.clone());
            Arc::make_mut(fan_in.or_insert_with(|| Arc::new(FanIn::with_children(0, 0)))).close();
        }
        Ok(())
    }
}
