//! Fans, which are [`Fan`] itself.

use std::sync::Arc;

use model::{ChildEnd, ChildIndex, Fan, FanUpdate, RecordKey};
use orchestrator::{Fault, ports::Fans};

use super::MemoryStore;

impl Fans for MemoryStore {
    async fn open(&self, key: &RecordKey, children: u32, concurrency: u32) -> Result<Fan, Fault> {
        let mut state = self.state();
        if !state.has(&key.execution) {
            let execution = key.execution.to_string();
            let reason = "there is no such execution".to_owned();
            return Err(Fault::Broken { execution, reason });
        }
        let opened = || Arc::new(Fan::open(children, concurrency));
        Ok(state.fans.entry(key.clone()).or_insert_with(opened).as_ref().clone())
    }

    async fn end_child(
        &self,
        key: &RecordKey,
        child: ChildIndex,
        end: ChildEnd,
    ) -> Result<Option<FanUpdate>, Fault> {
        let mut state = self.state();
        Ok(state.fans.get_mut(key).map(|fan| Arc::make_mut(fan).end_child(child, end)))
    }

    async fn fan(&self, key: &RecordKey) -> Result<Option<Arc<Fan>>, Fault> {
        Ok(self.state().fans.get(key).cloned())
    }

    async fn all_open(&self, keys: &[RecordKey]) -> Result<bool, Fault> {
        let state = self.state();
        Ok(keys.iter().all(|key| state.fans.get(key).is_none_or(|fan| fan.is_open())))
    }

    /// Closing a fan of an execution that is gone does nothing.
    async fn close(&self, key: &RecordKey) -> Result<(), Fault> {
        let mut state = self.state();
        if state.has(&key.execution) {
            let fan = state.fans.entry(key.clone());
            Arc::make_mut(fan.or_insert_with(|| Arc::new(Fan::open(0, 0)))).close();
        }
        Ok(())
    }
}
