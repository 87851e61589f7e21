//! Records: compare-and-append.

use std::{collections::btree_map::Entry, sync::Arc};

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, Timestamp};
use orchestrator::{
    Fault,
    ports::{Append, Head, History, Log},
};

use super::{MemoryStore, State, range_of};

impl Log for MemoryStore {
    async fn load(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        Ok(self.state().records.get(key).cloned())
    }

    async fn load_all(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let state = self.state();
        Ok(keys.iter().filter_map(|key| state.records.get(key).cloned()).collect())
    }

    async fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<Head>, Fault> {
        let state = self.state();
        let head = state.head(execution, frame).map(|(key, record)| {
            let first = record.alive_until().unwrap_or(record.at);
            let lease = state.leases.get(key).map_or(first, |renewed| first.max(*renewed));
            Head { number: key.number, record: Arc::clone(record), lease }
        });
        Ok(head)
    }

    /// An append to an execution that is gone is lost.
    async fn append(&self, key: &RecordKey, record: Record) -> Result<Append, Fault> {
        let mut state = self.state();
        if !state.has(&key.execution) {
            return Ok(Append::Lost);
        }
        let Entry::Vacant(place) = state.records.entry(key.clone()) else {
            return Ok(Append::Lost);
        };
        let record = Arc::clone(place.insert(Arc::new(record)));
        if let Some(number) = key.number.previous() {
            let before = RecordKey { number, ..key.clone() };
            state.leases.remove(&before);
        }
        Ok(Append::Done(record))
    }

    /// A record that is no longer the head of its log has no lease.
    async fn renew(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let mut state = self.state();
        let head = state.head(&key.execution, &key.frame);
        if head.is_some_and(|(head, _)| head == key) {
            let lease = state.leases.entry(key.clone()).or_insert(until);
            *lease = until.max(*lease);
        }
        Ok(())
    }
}

impl State {
    fn head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Option<(&RecordKey, &Arc<Record>)> {
        let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
        let log = key(RecordNumber::FIRST)..=key(RecordNumber::new(u64::MAX));
        self.records.range(log).next_back()
    }
}

impl History for MemoryStore {
    async fn records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let state = self.state();
        let own = range_of(&state.records, execution);
        Ok(own.map(|(key, record)| (key.frame.clone(), key.number, Arc::clone(record))).collect())
    }
}
