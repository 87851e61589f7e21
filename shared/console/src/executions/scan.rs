//! The reading of lists until there is a page of executions that meet its conditions.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{
    conditions::{ListConditions, ListedAs},
    merged_lists::{LIST_PAGE_MAX, MergedLists},
};
use crate::{Console, ConsoleApi, page::PageError};

/// Most executions of a page, beside those of the last page of a list.
pub(super) const FOUND_MAX: usize = 100;
/// Most executions that are listed for a page.
pub(super) const LISTED_MAX: usize = 1_000;
/// Most executions that are described for a page.
const DESCRIBED_MAX: usize = 200;
/// So many are described at once.
const CONCURRENT_DESCRIPTIONS: usize = 16;

/// An execution that meets the conditions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScannedExecution {
    /// What its list says.
    pub(super) entry: Value,
    /// What `DescribeExecution` says, where the conditions needed it.
    pub(super) description: Option<Value>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ExecutionScan {
    pub(super) found: Vec<ScannedExecution>,
    /// How many executions were looked at.
    pub(super) listed: usize,
    pub(super) end: ScanEnd,
    /// The token with which a single list goes on.
    pub(super) next_token: Option<String>,
}

/// Why a reading has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanEnd {
    /// There are no others.
    Complete,
    /// The page is full; there may be others.
    PageFull,
    /// Too many were looked at; there may be others.
    LimitReached,
    /// The only list was refused, since the target keeps no list of Express executions.
    Unlisted,
}

impl<A: ConsoleApi> Console<A> {
    /// Reads lists until a page is full, a window ends, or too many were looked at.
    pub(super) async fn scan_executions(
        &self,
        mut lists: MergedLists,
        conditions: &ListConditions,
    ) -> Result<ExecutionScan, PageError> {
        let mut found: Vec<ScannedExecution> = Vec::new();
        let mut described = 0;
        let end = loop {
            let batch = lists.next_batch(self).await?;
            if batch.is_empty() {
                break match (lists.has_more(), lists.is_refused && lists.listed <= 1) {
                    (true, _) => ScanEnd::LimitReached,
                    (false, true) => ScanEnd::Unlisted,
                    (false, false) => ScanEnd::Complete,
                };
            }
            let (wanted, is_over) = take_wanted(batch, conditions);
            if conditions.needs_description() {
                described += wanted.len();
                found.extend(self.describe_wanted(wanted, conditions).await?);
            } else {
                let listed = |entry| ScannedExecution { entry, description: None };
                found.extend(wanted.into_iter().map(listed));
            }
            if is_over || !lists.has_more() {
                break ScanEnd::Complete;
            }
            if found.len() >= FOUND_MAX {
                break ScanEnd::PageFull;
            }
            if described + LIST_PAGE_MAX > DESCRIBED_MAX {
                break ScanEnd::LimitReached;
            }
        };
        let goes_on = matches!(end, ScanEnd::PageFull | ScanEnd::LimitReached);
        let next_token = lists.next_token().filter(|_| goes_on).map(str::to_owned);
        Ok(ExecutionScan { found, listed: lists.listed, end, next_token })
    }

    /// Describes executions, and keeps those whose description meets the conditions.
    async fn describe_wanted(
        &self,
        entries: Vec<Value>,
        conditions: &ListConditions,
    ) -> Result<Vec<ScannedExecution>, PageError> {
        let described = stream::iter(entries).map(|entry| async move {
            let members = json!({ "executionArn": entry["executionArn"] });
            match self.call("DescribeExecution", members).await {
                Ok(description) => Ok(Some((entry, description))),
                // It was deleted after it was listed.
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        });
        let described: Vec<_> = described.buffered(CONCURRENT_DESCRIPTIONS).try_collect().await?;
        let admitted = described
            .into_iter()
            .flatten()
            .filter(|(_, description)| conditions.admits_description(description));
        let found = admitted
            .map(|(entry, description)| ScannedExecution { entry, description: Some(description) });
        Ok(found.collect())
    }
}

/// The executions that are wanted by what the list says, and whether no later one can be.
fn take_wanted(batch: Vec<Value>, conditions: &ListConditions) -> (Vec<Value>, bool) {
    let mut wanted = Vec::new();
    for entry in batch {
        match conditions.judge_entry(&entry) {
            ListedAs::Wanted => wanted.push(entry),
            ListedAs::NotWanted => {}
            ListedAs::TooOld => return (wanted, true),
        }
    }
    (wanted, false)
}
