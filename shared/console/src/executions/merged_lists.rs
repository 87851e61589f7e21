//! Lists of executions, merged in the order that each of them has.

use std::{cmp::Reverse, collections::VecDeque};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::{conditions::last_date, scan::LISTED_MAX};
use crate::{Console, ConsoleApi, page::PageError, view::milliseconds_of};

/// Most executions of a page of a list.
pub(super) const LIST_PAGE_MAX: usize = 100;
/// Least executions of a page of a list, where many lists are merged.
const LIST_PAGE_MIN: usize = 10;
/// So many lists are read at once.
const CONCURRENT_LISTS: usize = 8;

/// Lists that are read in step.
#[derive(Debug)]
pub(super) struct MergedLists {
    lists: Vec<ExecutionList>,
    page_size: usize,
    /// How many executions were listed.
    pub(super) listed: usize,
    /// Whether a list was refused: Express executions are in none, unless the target keeps them.
    pub(super) is_refused: bool,
}

/// What was read of one list, and not yet taken.
#[derive(Debug)]
struct ExecutionList {
    /// Those of its request, without a page.
    members: Value,
    /// With the date by which the list is ordered.
    page: VecDeque<(Option<i64>, Value)>,
    next: NextListPage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NextListPage {
    First,
    Token(String),
    None,
}

impl ExecutionList {
    fn needs_page(&self) -> bool {
        self.page.is_empty() && self.next != NextListPage::None
    }

    /// By which the list whose next execution is the newest is found. Of those that ended in the same
    /// millisecond, the one that started first ended last: it may have waited for the other.
    fn rank(&self) -> Option<impl Ord> {
        let (date, entry) = self.page.front()?;
        let started = milliseconds_of(&entry["startDate"]);
        Some((*date, Reverse(started), Reverse(entry["executionArn"].as_str())))
    }
}

impl MergedLists {
    /// Begins lists with these members of their requests.
    pub(super) fn begin(members: impl IntoIterator<Item = Value>) -> Self {
        let list =
            |members| ExecutionList { members, page: VecDeque::new(), next: NextListPage::First };
        let lists: Vec<_> = members.into_iter().map(list).collect();
        let page_size = (LISTED_MAX / lists.len().max(1)).clamp(LIST_PAGE_MIN, LIST_PAGE_MAX);
        Self { lists, page_size, listed: 0, is_refused: false }
    }

    /// Goes on with one list where an earlier page has ended.
    pub(super) fn go_on(members: Value, token: Option<&str>) -> Self {
        let mut lists = Self::begin([members]);
        if let (Some(list), Some(token)) = (lists.lists.first_mut(), token) {
            list.next = NextListPage::Token(token.to_owned());
        }
        lists
    }

    /// The next executions, at most [`LIST_PAGE_MAX`]; none at the end, or once as many were listed as may
    /// be. Those of a single list end with a page of it, so that its token goes on behind them.
    pub(super) async fn next_batch<A: ConsoleApi>(
        &mut self,
        console: &Console<A>,
    ) -> Result<Vec<Value>, PageError> {
        let mut batch = Vec::new();
        while batch.len() < LIST_PAGE_MAX {
            if self.lists.iter().any(ExecutionList::needs_page) {
                let is_page_taken = self.lists.len() == 1 && !batch.is_empty();
                if is_page_taken || self.listed >= LISTED_MAX {
                    break;
                }
                self.read_pages(console).await?;
                continue;
            }
            let nonempty = self.lists.iter_mut().filter(|list| !list.page.is_empty());
            let newest = nonempty.max_by(|one, other| one.rank().cmp(&other.rank()));
            let Some((_, entry)) = newest.and_then(|list| list.page.pop_front()) else { break };
            batch.push(entry);
        }
        Ok(batch)
    }

    /// Whether there may be more than was taken.
    pub(super) fn has_more(&self) -> bool {
        self.lists.iter().any(|list| !list.page.is_empty() || list.next != NextListPage::None)
    }

    /// Where a single list goes on.
    pub(super) fn next_token(&self) -> Option<&str> {
        match self.lists.as_slice() {
            [ExecutionList { next: NextListPage::Token(token), .. }] => Some(token),
            _ => None,
        }
    }

    /// Reads a page of each list that has none left.
    async fn read_pages<A: ConsoleApi>(&mut self, console: &Console<A>) -> Result<(), PageError> {
        let is_single = self.lists.len() == 1;
        let dry = self.lists.iter().enumerate().filter(|(_, list)| list.needs_page());
        let requests: Vec<(usize, Value)> =
            dry.map(|(index, list)| (index, page_request(list, self.page_size))).collect();
        let answers = stream::iter(requests).map(|(index, members)| async move {
            match console.call("ListExecutions", members).await {
                Ok(answer) => Ok((index, answer, false)),
                Err(error) if error.is_refused_type() => Ok((index, Value::Null, true)),
                // It has just been deleted, or is not for this user.
                Err(error)
                    if !is_single && (error.is_not_found() || error.is_unavailable_operation()) =>
                {
                    Ok((index, Value::Null, false))
                }
                Err(error) => Err(error),
            }
        });
        let answers: Vec<_> = answers.buffered(CONCURRENT_LISTS).try_collect().await?;
        for (index, mut answer, is_refused) in answers {
            self.is_refused |= is_refused;
            let Some(list) = self.lists.get_mut(index) else { continue };
            if let Value::Array(entries) = answer["executions"].take() {
                list.page.extend(entries.into_iter().map(|entry| (last_date(&entry), entry)));
            }
            // A page may be empty and still not be the last one.
            self.listed += list.page.len().max(1);
            list.next = match answer["nextToken"].take() {
                Value::String(token) => NextListPage::Token(token),
                _ => NextListPage::None,
            };
        }
        Ok(())
    }
}

fn page_request(list: &ExecutionList, page_size: usize) -> Value {
    let mut members = list.members.clone();
    members["maxResults"] = page_size.into();
    if let NextListPage::Token(token) = &list.next {
        members["nextToken"] = token.as_str().into();
    }
    members
}
