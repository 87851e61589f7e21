//! The record log: one per frame, append-only.

use std::{future::Future, sync::Arc};

use model::{ExecutionId, FramePath, Record, RecordKey, RecordNumber, RecordOutline, Timestamp};

use crate::Fault;

/// The result of an append.
#[derive(Clone, Debug)]
pub enum AppendOutcome {
    /// The record is durable and is the head.
    Done(Arc<Record>),
    /// Another record has that number; nothing was written.
    Lost,
}

/// The head of a log: its newest record.
#[derive(Clone, Debug)]
pub struct LogHead {
    /// Its number in the log.
    pub number: RecordNumber,
    /// The record.
    pub record: Arc<Record>,
    /// When its lease ends, that is until when its worker counts as alive: the later of
    /// [`Record::alive_until`] and the last renewal. For a claim whose worker the adapter knows to
    /// be gone, a time in the past.
    pub lease: Timestamp,
}

/// Stores records by their keys. Reads are strongly consistent.
pub trait RecordLog {
    /// Returns the record of that key, if there is one.
    fn load_record(
        &self,
        key: &RecordKey,
    ) -> impl Future<Output = Result<Option<Arc<Record>>, Fault>> + Send;

    /// Returns the records of those keys, in the order of the keys. A missing one is left out.
    fn load_records(
        &self,
        keys: &[RecordKey],
    ) -> impl Future<Output = Result<Vec<Arc<Record>>, Fault>> + Send;

    /// Returns the newest record of a frame, if it has any.
    fn load_head(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
    ) -> impl Future<Output = Result<Option<LogHead>, Fault>> + Send;

    /// Appends a record by compare-and-append: once this returns [`AppendOutcome::Done`], the
    /// record is durable and no other can ever have its key. After a fault it may have been written
    /// or not.
    fn append_record(
        &self,
        key: &RecordKey,
        record: Record,
    ) -> impl Future<Output = Result<AppendOutcome, Fault>> + Send;

    /// Renews the lease of the record of that key, if it is still the head: once this returns, its
    /// worker counts as alive until then. May be repeated. Never makes the time earlier.
    fn renew_lease(
        &self,
        key: &RecordKey,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Which end of a log comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogOrder {
    /// From its first record on.
    OldestFirst,
    /// From its head back.
    NewestFirst,
}

/// Reads the logs of an execution, to show them.
pub trait HistoryReader {
    /// Returns at most `limit` records of a frame's log, and fewer only where the log ends. The
    /// first of them is the one with the number `from`, or that at the end that comes first.
    fn load_log_page(
        &self,
        execution: &ExecutionId,
        frame: &FramePath,
        from: Option<RecordNumber>,
        order: LogOrder,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(RecordNumber, Arc<Record>)>, Fault>> + Send;

    /// Whether any frame of the execution but its root has a record.
    fn has_child_frames(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// Returns outlines of the records after that one, or from the first one, some thousand at most,
    /// and none only after the last. A frame's records come in the order of their numbers, before
    /// those of its descendants, which come before those of any other frame.
    fn load_outlines(
        &self,
        execution: &ExecutionId,
        after: Option<&(FramePath, RecordNumber)>,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, RecordOutline)>, Fault>> + Send;

    /// Returns every record of the execution, in any order; none if there is no such execution.
    fn load_all_records(
        &self,
        execution: &ExecutionId,
    ) -> impl Future<Output = Result<Vec<(FramePath, RecordNumber, Arc<Record>)>, Fault>> + Send;
}
