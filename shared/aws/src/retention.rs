//! When DynamoDB removes what is no longer needed, by its own time to live, which costs nothing.
//!
//! | item | goes |
//! |---|---|
//! | record that another follows at once | the retention after it was written |
//! | record of a frame that waits until a time | the retention after that time |
//! | record of a frame that waits for an answer or for children; end of a child; fan; part | the retention and a year after it was written |
//! | execution, which is record 0 of its root | the retention, a year and a week after its end |
//! | message that is put off, machine, revision | not by itself |
//!
//! No execution lives longer than a year, so what a running one may need is there. One that runs for
//! longer than the retention loses the first events of its history. The execution itself goes last,
//! since its name is free again then: a week later, for what is written while children stop, and
//! since DynamoDB removes items within days, in any order. Of an execution that was stopped in a Wait
//! of over a year a record may stay longer. From the retention on an execution is no longer shown.
//!
//! Spec: Developer Guide, "Service quotas": execution history retention time, 90 days; maximum
//! execution time, 1 year. DynamoDB, "Time to Live": items go within a few days.

use aws_sdk_dynamodb::types::AttributeValue;
use model::{FramePath, FramePhase, NextAction, Record, Timestamp};
use orchestrator::ports::Clock;
use system_clock::SystemClock;

use crate::item::{self, TableItem};

/// The attribute that DynamoDB looks at: seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expires_at";
const DAY_MILLISECONDS: i64 = 24 * 3_600_000;
/// The longest life of an execution.
const LIFE_MILLISECONDS: i64 = 366 * DAY_MILLISECONDS;
/// By how much an execution outlasts everything else of it.
const LAST_MILLISECONDS: i64 = 7 * DAY_MILLISECONDS;

/// For how long what has ended is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetentionPeriod {
    /// None: for ever.
    pub(crate) days: Option<u32>,
}

impl RetentionPeriod {
    /// Marks the item of a record.
    pub(crate) fn set_record_expiry(
        self,
        item: &mut TableItem,
        frame: &FramePath,
        record: &Record,
    ) {
        let at = record.written_at;
        let needed = match &record.frame.phase {
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
        };
        set_item_expiry(item, self.expiry_attribute(needed));
    }

    /// Marks an item that may be needed for as long as its execution lives.
    pub(crate) fn set_lifetime_expiry(self, item: &mut TableItem) {
        set_item_expiry(item, self.lifetime_expiry());
    }

    /// When such an item goes.
    pub(crate) fn lifetime_expiry(self) -> Option<AttributeValue> {
        self.expiry_attribute(end_of_lifetime(SystemClock.now()))
    }

    /// What is set on an execution that has ended.
    pub(crate) fn ended_execution_expiry(self, at: Timestamp) -> Option<AttributeValue> {
        self.expiry_attribute(end_of_lifetime(at).plus_milliseconds(LAST_MILLISECONDS))
    }

    fn expiry_attribute(self, needed: Timestamp) -> Option<AttributeValue> {
        let days = i64::from(self.days?);
        let at = needed.plus_milliseconds(days * DAY_MILLISECONDS);
        Some(item::number_attribute(at.as_milliseconds().div_euclid(1000)))
    }

    /// Whether an execution that ended then is no longer shown.
    pub(crate) fn has_passed_since(self, ended_at: Timestamp) -> bool {
        self.days.is_some_and(|days| {
            ended_at.plus_milliseconds(i64::from(days) * DAY_MILLISECONDS) < SystemClock.now()
        })
    }
}

const fn end_of_lifetime(at: Timestamp) -> Timestamp {
    at.plus_milliseconds(LIFE_MILLISECONDS)
}

fn set_item_expiry(item: &mut TableItem, expires: Option<AttributeValue>) {
    if let Some(expires) = expires {
        item.insert(EXPIRES_AT.to_owned(), expires);
    }
}
