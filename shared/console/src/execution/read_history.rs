//! Histories that pages have read, kept in memory: they are long, and their events never change.
//!
//! ```text
//! GetExecutionHistory, page by page ─▶ ExecutionVisits
//!                                   └▶ tokens of the pages, by which an event is found again
//! ```
//!
//! While an execution runs, its newest events may still change their order. So one that has ended since
//! it was read is read anew, and so is one whose last page does not begin as it was read.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use graph::ExecutionVisits;
use lru::LruCache;
use serde_json::{Value, json};

use crate::{Console, ConsoleApi, page::PageError};

/// The executions whose histories are kept.
const KEPT_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
/// The most events on a page of the API.
///
/// Spec: API reference, `GetExecutionHistory` § `maxResults`.
const EVENTS_PER_PAGE: usize = 1_000;
/// The time after which a request stops reading, and shows what has been read. The next one goes on.
const READING_TIME_MAX: Duration = Duration::from_millis(300);

/// The histories that were used last.
pub(crate) struct ReadHistories(
    Mutex<LruCache<String, Arc<futures_util::lock::Mutex<ReadHistory>>>>,
);

/// As much of one history as was read.
#[derive(Debug, Default)]
pub(crate) struct ReadHistory {
    pub(crate) visits: ExecutionVisits,
    /// The definition that the execution runs, which never changes.
    definition: Option<Arc<str>>,
    /// The pages that were read.
    pages: Vec<HistoryPage>,
    /// Whether more pages follow.
    has_more: bool,
    /// The status and the redrives of the execution when it was read.
    read_as: Option<(String, u64)>,
    read_at: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct HistoryPage {
    /// By which it is asked for; none for the first one.
    token: Option<String>,
    first_event_id: u64,
    /// What its first event is: it changes if the order does.
    first_event: Value,
}

impl Default for ReadHistories {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT_MAX)))
    }
}

impl std::fmt::Debug for ReadHistories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReadHistories")
    }
}

impl ReadHistories {
    /// The history of an execution, of which nothing may have been read yet.
    pub(crate) fn of_execution(&self, arn: &str) -> Arc<futures_util::lock::Mutex<ReadHistory>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.get_or_insert_mut(arn.to_owned(), Arc::default))
    }
}

impl ReadHistory {
    /// Whether everything that has happened was read.
    pub(crate) const fn is_whole(&self) -> bool {
        !self.has_more
    }

    pub(crate) fn definition(&self) -> &str {
        self.definition.as_deref().unwrap_or_default()
    }

    fn forget_events(&mut self) {
        self.visits = ExecutionVisits::default();
        self.pages.clear();
    }

    /// Which page is read next: the last one again, which may have grown, or the one behind it.
    fn next_request(&self, arn: &str, includes_data: bool) -> Value {
        let mut members = json!({
            "executionArn": arn,
            "maxResults": EVENTS_PER_PAGE,
            "includeExecutionData": includes_data,
        });
        if let Some(token) = self.pages.last().and_then(|page| page.token.as_ref()) {
            members["nextToken"] = token.clone().into();
        }
        members
    }

    /// Reads the answer for the last page. Returns whether it begins as it did before.
    fn read_page(&mut self, answer: &Value) -> bool {
        let events = answer["events"].as_array().map_or(&[][..], Vec::as_slice);
        let Some(first) = events.first() else {
            self.has_more = false;
            return true;
        };
        let page = HistoryPage {
            token: self.pages.last().and_then(|page| page.token.clone()),
            first_event_id: first["id"].as_u64().unwrap_or_default(),
            first_event: json!([first["type"], first["timestamp"]]),
        };
        match self.pages.last_mut() {
            Some(known) if known.first_event_id != 0 && *known != page => return false,
            Some(known) => *known = page,
            None => self.pages.push(page),
        }
        for event in events {
            self.visits.read_event(event);
        }
        let token = answer["nextToken"].as_str();
        self.has_more = token.is_some();
        if let Some(token) = token {
            let token = Some(token.to_owned());
            self.pages.push(HistoryPage { token, first_event_id: 0, first_event: Value::Null });
        }
        true
    }

    /// The token of the page that has an event; none for the first page.
    fn token_of_event(&self, event_id: u64) -> Option<&str> {
        let read = self.pages.iter().take_while(|page| page.first_event_id != 0);
        let page = read.take_while(|page| page.first_event_id <= event_id).last();
        page.and_then(|page| page.token.as_deref())
    }
}

impl<A: ConsoleApi> Console<A> {
    /// Reads what has happened in an execution since it was read the last time.
    pub(crate) async fn read_history(
        &self,
        execution: &Value,
        history: &mut ReadHistory,
    ) -> Result<(), PageError> {
        let arn = execution["executionArn"].as_str().unwrap_or_default();
        let status = execution["status"].as_str().unwrap_or_default();
        let redrives = execution["redriveCount"].as_u64().unwrap_or_default();
        if history.definition.is_none() {
            let members = json!({ "executionArn": arn });
            let machine = self.call("DescribeStateMachineForExecution", members).await?;
            history.definition = machine["definition"].as_str().map(Into::into);
        }
        let read_as = Some((status.to_owned(), redrives));
        if history.read_as != read_as {
            history.forget_events();
            history.has_more = true;
            history.read_as = read_as;
        }
        let is_running = status == "RUNNING";
        let is_fresh = history
            .read_at
            .is_some_and(|at| at.elapsed() < self.target.kind.refresh_interval() / 2);
        if history.is_whole() && (!is_running || is_fresh) {
            return Ok(());
        }
        // What tells a call that a redrive has repeated, or the execution that a task has started.
        let includes_data = redrives > 0 || history.definition().contains("startExecution");
        let begun = Instant::now();
        loop {
            let request = history.next_request(arn, includes_data);
            let answer = self.call("GetExecutionHistory", request).await?;
            if !history.read_page(&answer) {
                history.forget_events();
                history.has_more = true;
            }
            if !history.has_more || begun.elapsed() > READING_TIME_MAX {
                break;
            }
        }
        history.read_at = Some(Instant::now());
        Ok(())
    }

    /// The events from one on, at most a page, with their data.
    pub(crate) async fn events_from(
        &self,
        arn: &str,
        history: &ReadHistory,
        event_id: u64,
    ) -> Result<Vec<Value>, PageError> {
        let mut members = json!({ "executionArn": arn, "maxResults": EVENTS_PER_PAGE });
        if let Some(token) = history.token_of_event(event_id) {
            members["nextToken"] = token.into();
        }
        let mut answer = self.call("GetExecutionHistory", members).await?;
        let events = match answer["events"].take() {
            Value::Array(events) => events,
            _ => Vec::new(),
        };
        let is_wanted = |event: &Value| event["id"].as_u64().is_some_and(|id| id >= event_id);
        Ok(events.into_iter().filter(is_wanted).collect())
    }
}
