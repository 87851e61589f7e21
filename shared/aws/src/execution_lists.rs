//! Rows of lists of executions, and where they stand.

use aws_sdk_dynamodb::types::AttributeValue;
use model::{ExecutionId, ExecutionStatus, ResourceName, Timestamp};
use orchestrator::ports::ListedExecution;

use crate::{
    Error,
    item::{self, TableItem},
    schema::{LISTED_AS, REDRIVEN, STARTED_AT, STARTED_VERSION, STOPPED_AT},
};

/// Index partitions of one machine and status. Each takes a thousand writes a second. Executions
/// stay listed in the shard where they are, so this number may grow, but never shrink.
pub(crate) const SHARDS: u32 = 4;

/// One row of a list and its list cursor.
pub(crate) struct ListedRow {
    pub(crate) cursor: String,
    pub(crate) execution: ListedExecution,
}

impl ListedRow {
    pub(crate) fn from_item(
        machine: &ResourceName,
        status: ExecutionStatus,
        item: &TableItem,
    ) -> Result<Self, Error> {
        let cursor = item::read_string(item, LISTED_AS)?;
        let id = ListCursor::parse(cursor)
            .and_then(|cursor| ExecutionId::of_machine(machine.as_str(), cursor.name).ok());
        let id = id.ok_or_else(|| item::broken_item(item, "it stands nowhere in a list"))?;
        let started_at = item::read_number(item, STARTED_AT)?;
        let started_at = started_at.ok_or_else(|| item::broken_item(item, "it has no start"))?;
        let execution = ListedExecution {
            id,
            status,
            started_at: Timestamp::from_milliseconds(started_at),
            stopped_at: item::read_number(item, STOPPED_AT)?.map(Timestamp::from_milliseconds),
            redriven: item::read_json(item, REDRIVEN)?,
            version: item::read_json(item, STARTED_VERSION)?,
        };
        Ok(Self { cursor: cursor.to_owned(), execution })
    }
}

/// Whether a text is a position in a list.
pub(crate) fn is_list_cursor(text: &str) -> bool {
    ListCursor::parse(text).is_some()
}

/// The position of an execution in a list: `0001700000000000.name`. Lists are sorted by these
/// texts, which are also the page tokens.
struct ListCursor<'name> {
    at: Timestamp,
    name: &'name str,
}

/// Digits of a time in milliseconds, enough for 300,000 years.
const TIME_DIGITS: usize = 16;

impl<'name> ListCursor<'name> {
    fn parse(text: &'name str) -> Option<Self> {
        let (at, name) = text.split_once('.')?;
        let is_time = at.len() == TIME_DIGITS && at.bytes().all(|byte| byte.is_ascii_digit());
        let at = Timestamp::from_milliseconds(at.parse().ok()?);
        (is_time && !name.is_empty()).then_some(Self { at, name })
    }
}

impl std::fmt::Display for ListCursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:0TIME_DIGITS$}.{}", self.at.as_milliseconds().max(0), self.name)
    }
}

/// The values of `:under` and `:as`.
pub(crate) fn listing_values(
    id: &ExecutionId,
    status: ExecutionStatus,
    at: Timestamp,
) -> [(&'static str, AttributeValue); 2] {
    let (machine, name) = (id.machine_name(), id.within_machine());
    let under = item::string_attribute(listing_partition(machine, status, shard_of_name(name)));
    [(":under", under), (":as", item::string_attribute(ListCursor { at, name }.to_string()))]
}

/// The index partition of a list. Neither the machine's name nor the status can contain a `#`.
pub(crate) fn listing_partition(machine: &str, status: ExecutionStatus, shard: u32) -> String {
    format!("{machine}#{}#{shard}", status.as_str())
}

/// The shard of an execution name, from its FNV-1a hash. A name must always have the same shard.
fn shard_of_name(name: &str) -> u32 {
    let mix = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811C_9DC5, mix) % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_in_the_order_of_times() {
        let places = [0, 1, 999, 1_700_000_000_000, 99_999_999_999_999]
            .map(|at| ListCursor { at: Timestamp::from_milliseconds(at), name: "e" }.to_string());
        assert!(places.is_sorted(), "{places:?}");
        let cursor = ListCursor::parse(&places[3]).expect("it was just printed");
        assert_eq!((cursor.at.as_milliseconds(), cursor.name), (1_700_000_000_000, "e"));
    }

    #[test]
    fn a_name_keeps_its_shard() {
        let shards = ["a", "b", "c", "forty-two", "é"].map(shard_of_name);
        assert_eq!(shards, [0, 1, 2, 0, 1], "they are where they were when they were started");
    }
}
