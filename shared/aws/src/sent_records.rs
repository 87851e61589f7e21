//! Records that travel with messages. A message that advances a frame from a record which its sender
//! has just appended carries that record, so that its receiver need not read it.
//!
//! ```text
//! append_record ─▶ kept ─▶ send_message ─▶ SQS ─▶ read_delivery ─▶ kept ─▶ load_record
//! ```
//!
//! Invariant: a record that came with a message is what a read would return. It was durable before
//! its message was sent, records never change, and it is used for a minute only, in which nothing is
//! removed that a message may still be about (`machine_deletion`). So it is no cache: it is for one
//! read, and after a minute, or when the message is received again, the table is asked.
//! `tests/contracts/sqs/sent_records.rs`

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use model::{NextAction, Record, RecordKey, StoredRecord, Timestamp};

/// Bytes of the JSON text of a record that travels. SQS bills each 64 KB of a message as a request,
/// and a message has more than its record.
const RECORD_BYTES_MAX: usize = 48 * 1024;
/// Records that a process keeps either way: more than it handles messages at once.
const RECORDS_MAX: NonZeroUsize = NonZeroUsize::new(32).expect("32 is not zero");
/// For how long a record is used after its message was sent, by clocks that may differ.
const USED_MILLISECONDS: i64 = 60_000;
/// How long after its end an execution must be kept, so that no record of it is used any more.
pub(crate) const KEPT_AFTER_END_MILLISECONDS: i64 = 2 * USED_MILLISECONDS;

/// The records that this process has appended and not sent yet, and has received and not used yet.
#[derive(Debug)]
pub(crate) struct SentRecords {
    state: Mutex<SentRecordsState>,
}

#[derive(Debug)]
struct SentRecordsState {
    appended: LruCache<RecordKey, String>,
    received: LruCache<RecordKey, (StoredRecord, Timestamp)>,
}

impl SentRecords {
    pub(crate) fn new() -> Self {
        let (appended, received) = (LruCache::new(RECORDS_MAX), LruCache::new(RECORDS_MAX));
        Self { state: Mutex::new(SentRecordsState { appended, received }) }
    }

    /// Keeps the JSON text of a record that was appended, if a message about it is to be sent.
    pub(crate) fn keep_appended(&self, key: &RecordKey, record: &Record, json: String) {
        if record.frame.next_action() == NextAction::Advance && json.len() <= RECORD_BYTES_MAX {
            self.lock_state().appended.put(key.clone(), json);
        }
    }

    /// Takes the JSON text of that record, for the message that is about it.
    pub(crate) fn take_appended(&self, key: &RecordKey) -> Option<String> {
        self.lock_state().appended.pop(key)
    }

    /// Keeps a record that came with a message, which was sent at that time.
    pub(crate) fn keep_received(&self, key: RecordKey, record: StoredRecord, sent_at: Timestamp) {
        let until = sent_at.plus_milliseconds(USED_MILLISECONDS);
        self.lock_state().received.put(key, (record, until));
    }

    /// Takes that record, unless it has become too old.
    pub(crate) fn take_received(&self, key: &RecordKey, now: Timestamp) -> Option<StoredRecord> {
        let (record, until) = self.lock_state().received.pop(key)?;
        (now < until).then_some(record)
    }

    fn lock_state(&self) -> MutexGuard<'_, SentRecordsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
