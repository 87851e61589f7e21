//! A record with its key.

use std::sync::Arc;

use model::{FramePath, Record, RecordKey, RecordNumber};

/// A durable record and its key.
#[derive(Clone, Debug)]
pub(crate) struct KeyedRecord {
    pub(crate) key: RecordKey,
    pub(crate) record: Arc<Record>,
}

impl KeyedRecord {
    /// The key of the record before this one in the same log; none for the first one.
    pub(crate) fn previous_key(&self) -> Option<RecordKey> {
        let number = self.key.number.previous_number()?;
        Some(RecordKey { number, ..self.key.clone() })
    }
}

/// The key of a record of an execution's root frame.
pub(crate) fn root_key(execution: &model::ExecutionId, number: RecordNumber) -> RecordKey {
    RecordKey { execution: execution.clone(), frame: FramePath::ROOT, number }
}
