//! The log: one per frame, append-only.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, Timestamp};

use crate::Fault;

/// What became of an append.
#[derive(Clone, Debug)]
pub enum AppendOutcome {
    /// The record is durable and is the head.
    Done(Arc<Record>),
    /// Another record has that number; nothing was written.
    Lost,
}

/// The newest record of a log.
#[derive(Clone, Debug)]
pub struct LogHead {
    /// Its place.
    pub number: RecordNumber,
    /// The record.
    pub record: Arc<Record>,
    /// Until when whoever works on it counts as alive: the later of [`Record::alive_until`] and what
    /// it was renewed to. For a claim the past, where the adapter knows that its worker is gone.
    pub lease: Timestamp,
}

/// Records by their keys. Reads are strongly consistent.
pub trait RecordLog {
    /// The record of that key, if there is one.
    fn load_record(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send;

    /// The records of those keys, in their order; a missing one is left out.
    fn load_records(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send;

    /// The newest record of a frame, if it has any.
    fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<LogHead>, Fault>> + Send;

    /// Compare-and-append: once this returns [`AppendOutcome::Done`] the record is durable and no other
    /// can ever have its key. A fault leaves open whether it was written.
    fn append_record(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<AppendOutcome, Fault>> + Send;

    /// Once this returns, whoever works on the record of that key counts as alive until then, if it
    /// is still the head. May repeat; never makes the time earlier.
    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// All logs of an execution.
pub trait HistoryReader {
    /// Every record of the execution, in any order; none if there is no such execution.
    fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send;
}
