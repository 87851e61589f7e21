//! When DynamoDB removes items by its time to live, which costs nothing.
//!
//! | item | is removed |
//! |---|---|
//! | record that another follows at once | the retention period and a week after it was written |
//! | record of a frame that waits until a time | the retention period and a week after that time |
//! | record of a frame that waits for an answer or for children; last record of a child; gate, slots, bucket; part | the retention period, a year and a week after it was written |
//! | execution, which is record 0 of its root | the retention period, a year and two weeks after its end |
//! | count of deaths | 15 days after it was written; SQS keeps a message for 14 |
//! | task that waits for a worker of an activity | the retention period, a year and a week after it was scheduled |
//! | which task waits for a job | the retention period, a year and a week after the job was started |
//! | delayed message, machine, revision, activity | not by time to live |
//!
//! No execution runs longer than a year, so everything that a running one may need is there. One
//! that runs for longer than the retention period loses the first events of its history. An
//! execution is hidden when the retention period after its end has passed.
//!
//! A record refers to a payload that another one holds only if that one is removed later than itself:
//! it is at most a week older, or it is record 0 of the root. Otherwise it holds the payload again.
//!
//! The execution item is removed last, since its name is free from then on. The extra week covers
//! records that are written while children stop, and that DynamoDB removes items within days, in
//! any order. A record of an execution that was stopped in a Wait of over a year may stay longer.
//!
//! Spec: Developer Guide, "Service quotas": execution history retention time, 90 days; maximum
//! execution time, 1 year. DynamoDB, "Time to Live": items are removed within a few days.

use aws_sdk_dynamodb::types::AttributeValue;
use model::{FramePath, FramePhase, NextAction, PayloadAddress, Record, RecordNumber, Timestamp};

use crate::item::{self, TableItem};

/// The attribute of DynamoDB's time to live: seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expires_at";
const DAY_MILLISECONDS: i64 = 24 * 3_600_000;
/// The longest time that an execution may run.
const LIFE_MILLISECONDS: i64 = 366 * DAY_MILLISECONDS;
/// How much older a record may be that holds a payload which another record refers to.
const HOLDER_AGE_MILLISECONDS_MAX: i64 = 7 * DAY_MILLISECONDS;
/// How much longer an execution item is kept than the other items of its execution.
const EXECUTION_ITEM_EXTRA_MILLISECONDS: i64 = 14 * DAY_MILLISECONDS;

/// How long ended executions are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetentionPeriod {
    /// `None` keeps them for ever.
    pub(crate) days: Option<u32>,
    /// The clock.
    pub(crate) now: fn() -> Timestamp,
}

/// How long an item is kept that is needed for as long as a message may be in a queue.
const MESSAGE_MILLISECONDS: i64 = 15 * DAY_MILLISECONDS;

impl RetentionPeriod {
    pub(crate) fn current_time(self) -> Timestamp {
        (self.now)()
    }

    /// Sets when the item of a record expires.
    pub(crate) fn set_record_expiry(
        self,
        item: &mut TableItem,
        frame: &FramePath,
        record: &Record,
    ) {
        set_item_expiry(item, self.record_expiry(needed_until(frame, record)));
    }

    /// Whether the record at this address may be removed before this record, which has a payload
    /// that the other one holds.
    pub(crate) fn takes_payload_from(
        self,
        address: &PayloadAddress,
        frame: &FramePath,
        record: &Record,
    ) -> bool {
        self.may_remove_before(address, needed_until(frame, record))
    }

    /// Whether the record at this address, which holds the output of an execution that ended then,
    /// may be removed before the retention period of the execution has passed.
    pub(crate) fn takes_output_from(self, address: &PayloadAddress, ended_at: Timestamp) -> bool {
        self.may_remove_before(address, ended_at)
    }

    fn may_remove_before(self, holder: &PayloadAddress, needed: Timestamp) -> bool {
        let is_execution = holder.frame == FramePath::ROOT && holder.record == RecordNumber::FIRST;
        let kept = holder.written_at.plus_milliseconds(HOLDER_AGE_MILLISECONDS_MAX);
        self.days.is_some() && !is_execution && needed > kept
    }

    fn record_expiry(self, needed: Timestamp) -> Option<AttributeValue> {
        self.expiry_attribute(needed.plus_milliseconds(HOLDER_AGE_MILLISECONDS_MAX))
    }

    /// Sets when an item expires that may be needed for as long as its execution runs.
    pub(crate) fn set_lifetime_expiry(self, item: &mut TableItem) {
        set_item_expiry(item, self.lifetime_expiry());
    }

    /// Sets when an item expires that is needed for as long as a message may be in a queue.
    pub(crate) fn set_message_expiry(self, item: &mut TableItem) {
        let at = (self.now)().plus_milliseconds(MESSAGE_MILLISECONDS);
        set_item_expiry(item, Some(expiry_seconds(at)));
    }

    /// When an item that is written at this moment expires if it may be needed for as long as its
    /// execution runs; `None` keeps it for ever.
    pub(crate) fn lifetime_expiry(self) -> Option<AttributeValue> {
        self.record_expiry(end_of_lifetime((self.now)()))
    }

    /// When the item of an execution that ended then expires; `None` keeps it for ever.
    pub(crate) fn ended_execution_expiry(self, at: Timestamp) -> Option<AttributeValue> {
        self.expiry_attribute(
            end_of_lifetime(at).plus_milliseconds(EXECUTION_ITEM_EXTRA_MILLISECONDS),
        )
    }

    fn expiry_attribute(self, needed: Timestamp) -> Option<AttributeValue> {
        let days = i64::from(self.days?);
        let at = needed.plus_milliseconds(days * DAY_MILLISECONDS);
        Some(expiry_seconds(at))
    }

    /// Whether the retention period of an execution that ended then has passed, which hides it.
    pub(crate) fn has_passed_since(self, ended_at: Timestamp) -> bool {
        self.days.is_some_and(|days| {
            ended_at.plus_milliseconds(i64::from(days) * DAY_MILLISECONDS) < (self.now)()
        })
    }
}

/// Until when an execution that goes on may read a record.
fn needed_until(frame: &FramePath, record: &Record) -> Timestamp {
    let at = record.written_at;
    match &record.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Claimed { .. } => at,
        FramePhase::Waiting { .. } | FramePhase::Delayed { .. } => {
            match record.frame.next_action() {
                NextAction::AdvanceAt(due) => due.max(at),
                NextAction::Advance
                | NextAction::Nothing
                | NextAction::MakeCall { .. }
                | NextAction::StartChildren { .. }
                | NextAction::ReportEnd(_) => at,
            }
        }
        FramePhase::Ended(_) if *frame == FramePath::ROOT => at,
        FramePhase::Submitted { .. } | FramePhase::Forked { .. } | FramePhase::Ended(_) => {
            end_of_lifetime(at)
        }
    }
}

fn expiry_seconds(at: Timestamp) -> AttributeValue {
    item::number_attribute(at.as_milliseconds().div_euclid(1000))
}

const fn end_of_lifetime(at: Timestamp) -> Timestamp {
    at.plus_milliseconds(LIFE_MILLISECONDS)
}

fn set_item_expiry(item: &mut TableItem, expires: Option<AttributeValue>) {
    if let Some(expires) = expires {
        item.insert(EXPIRES_AT.to_owned(), expires);
    }
}
