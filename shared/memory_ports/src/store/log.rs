//! The record log, with compare-and-append.

use std::{collections::btree_map::Entry, sync::Arc};

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, RecordOutline, Timestamp};
use orchestrator::{
    Fault,
    ports::{AppendOutcome, HistoryReader, LogHead, LogOrder, RecordLog},
};

use super::{MemoryState, MemoryStore, entries_of_execution};

impl RecordLog for MemoryStore {
    async fn load_record(&self, key: &RecordKey) -> Result<Option<Arc<Record>>, Fault> {
        Ok(self.lock_state().records.get(key).cloned())
    }

    async fn load_records(&self, keys: &[RecordKey]) -> Result<Vec<Arc<Record>>, Fault> {
        let state = self.lock_state();
        Ok(keys.iter().filter_map(|key| state.records.get(key).cloned()).collect())
    }

    async fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Result<Option<LogHead>, Fault> {
        let state = self.lock_state();
        let head = state.head_record(execution, frame).map(|(key, record)| {
            let first = record.alive_until().unwrap_or(record.written_at);
            let lease = state.leases.get(key).map_or(first, |renewed| first.max(*renewed));
            LogHead { number: key.number, record: Arc::clone(record), lease }
        });
        Ok(head)
    }

    /// Returns [`AppendOutcome::Lost`] if the execution is gone.
    async fn append_record(&self, key: &RecordKey, record: Record) -> Result<AppendOutcome, Fault> {
        let mut state = self.lock_state();
        if !state.has_execution(&key.execution) {
            return Ok(AppendOutcome::Lost);
        }
        let Entry::Vacant(entry) = state.records.entry(key.clone()) else {
            return Ok(AppendOutcome::Lost);
        };
        let record = Arc::clone(entry.insert(Arc::new(record)));
        if let Some(number) = key.number.previous_number() {
            let before = RecordKey { number, ..key.clone() };
            state.leases.remove(&before);
        }
        Ok(AppendOutcome::Done(record))
    }

    /// Extends the lease of a record. Does nothing unless the record is the head of its log.
    async fn renew_lease(&self, key: &RecordKey, until: Timestamp) -> Result<(), Fault> {
        let mut state = self.lock_state();
        let head = state.head_record(&key.execution, &key.frame);
        if head.is_some_and(|(head, _)| head == key) {
            let lease = state.leases.entry(key.clone()).or_insert(until);
            *lease = until.max(*lease);
        }
        Ok(())
    }
}

impl MemoryState {
    fn head_record(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> Option<(&RecordKey, &Arc<Record>)> {
        let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
        let log = key(RecordNumber::FIRST)..=key(RecordNumber::new(u64::MAX));
        self.records.range(log).next_back()
    }
}

/// Records of a page of outlines.
const OUTLINES_MAX: usize = 1_000;

impl HistoryReader for MemoryStore {
    async fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault> {
        let state = self.lock_state();
        let own = entries_of_execution(&state.records, execution);
        Ok(own.map(|(key, record)| (key.frame.clone(), key.number, Arc::clone(record))).collect())
    }

    async fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault> {
        let state = self.lock_state();
        let own = entries_of_execution(&state.records, execution);
        let following = own.filter(|(key, _)| {
            after.is_none_or(|(frame, number)| (&key.frame, key.number) > (frame, *number))
        });
        let outlined =
            following.map(|(key, record)| (key.frame.clone(), key.number, record.outline()));
        Ok(outlined.take(OUTLINES_MAX).collect())
    }

    async fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> Result<Vec<(RecordNumber, Arc<Record>)>, Fault> {
        let state = self.lock_state();
        let key = |number| RecordKey { execution: execution.clone(), frame: frame.clone(), number };
        let (first, last) = (RecordNumber::FIRST, RecordNumber::new(u64::MAX));
        let shown = |(key, record): (&RecordKey, &Arc<Record>)| (key.number, Arc::clone(record));
        Ok(match order {
            LogOrder::OldestFirst => {
                let log = state.records.range(key(from.unwrap_or(first))..=key(last));
                log.take(limit).map(shown).collect()
            }
            LogOrder::NewestFirst => {
                let log = state.records.range(key(first)..=key(from.unwrap_or(last)));
                log.rev().take(limit).map(shown).collect()
            }
        })
    }

    async fn has_child_frames(&self, execution: &ExecutionId) -> Result<bool, Fault> {
        let state = self.lock_state();
        let mut own = entries_of_execution(&state.records, execution);
        Ok(own.any(|(key, _)| key.frame != FramePath::ROOT))
    }
}
