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
use model::{FramePath, Phase, Record, Timestamp, Wake};
use orchestrator::ports::Clock;
use system::SystemClock;

use crate::item::{self, Item};

/// The attribute that DynamoDB looks at: seconds since 1970.
pub(crate) const EXPIRES_AT: &str = "expires_at";
const DAY_MILLISECONDS: i64 = 24 * 3_600_000;
/// The longest life of an execution.
const LIFE_MILLISECONDS: i64 = 366 * DAY_MILLISECONDS;
/// By how much an execution outlasts everything else of it.
const LAST_MILLISECONDS: i64 = 7 * DAY_MILLISECONDS;

/// For how long what has ended is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retention {
    /// None: for ever.
    pub(crate) days: Option<u32>,
}

impl Retention {
    /// Marks the item of a record.
    pub(crate) fn of_record(self, item: &mut Item, frame: &FramePath, record: &Record) {
        let at = record.at;
        let needed = match &record.frame.phase {
            Phase::Ready { .. } | Phase::Claimed { .. } => at,
            Phase::Waiting { .. } | Phase::Delayed { .. } => match record.frame.wake() {
                Wake::At(due) => due.max(at),
                Wake::Now
                | Wake::Nothing
                | Wake::Call { .. }
                | Wake::Fork { .. }
                | Wake::End(_) => at,
            },
            Phase::Ended(_) if *frame == FramePath::ROOT => at,
            Phase::Submitted { .. } | Phase::Forked { .. } | Phase::Ended(_) => lived(at),
        };
        mark(item, self.expires(needed));
    }

    /// Marks an item that may be needed for as long as its execution lives.
    pub(crate) fn of_life(self, item: &mut Item) {
        mark(item, self.life());
    }

    /// When such an item goes.
    pub(crate) fn life(self) -> Option<AttributeValue> {
        self.expires(lived(SystemClock.now()))
    }

    /// What is set on an execution that has ended.
    pub(crate) fn of_end(self, at: Timestamp) -> Option<AttributeValue> {
        self.expires(lived(at).plus_milliseconds(LAST_MILLISECONDS))
    }

    fn expires(self, needed: Timestamp) -> Option<AttributeValue> {
        let days = i64::from(self.days?);
        let at = needed.plus_milliseconds(days * DAY_MILLISECONDS);
        Some(item::number(at.milliseconds().div_euclid(1000)))
    }

    /// Whether an execution that ended then is no longer shown.
    pub(crate) fn is_over(self, ended_at: Timestamp) -> bool {
        self.days.is_some_and(|days| {
            ended_at.plus_milliseconds(i64::from(days) * DAY_MILLISECONDS) < SystemClock.now()
        })
    }
}

const fn lived(at: Timestamp) -> Timestamp {
    at.plus_milliseconds(LIFE_MILLISECONDS)
}

fn mark(item: &mut Item, expires: Option<AttributeValue>) {
    if let Some(expires) = expires {
        item.insert(EXPIRES_AT.to_owned(), expires);
    }
}
