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

use crate::{Console, ConsoleApi, TargetKind, page::PageError};

/// The executions whose histories are kept.
const KEPT_MAX: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");
/// The most events on a page of the API.
///
/// Spec: API reference, `GetExecutionHistory` § `maxResults`.
const EVENTS_PER_PAGE: usize = 1_000;
/// The most pages that are read until one with an event is found: as many as a page of the API has events.
const DATA_PAGES_MAX: usize = EVENTS_PER_PAGE;
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
    /// Why there is no definition.
    definition_refusal: Option<PageError>,
    /// The role as which it runs, which the definition is told with.
    role: Option<Arc<str>>,
    /// The pages that were read.
    pages: Vec<HistoryPage>,
    /// Whether more pages follow.
    has_more: bool,
    read_as: Option<ReadAs>,
    read_at: Option<Instant>,
}

/// The execution as it was when it was read.
#[derive(Clone, Debug, PartialEq)]
struct ReadAs {
    /// Another one may have been started under the same name since.
    started: Value,
    status: String,
    redrives: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct HistoryPage {
    /// By which it is asked for; none for the first one.
    token: Option<String>,
    /// Its first and its last event: they change if the order does. None before it was read.
    ends: Option<[EventIdentity; 2]>,
}

/// An event, by what tells it from the one that takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct EventIdentity {
    id: u64,
    kind: String,
    timestamp: String,
}

impl EventIdentity {
    fn of(event: &Value) -> Self {
        Self {
            id: event["id"].as_u64().unwrap_or_default(),
            kind: event["type"].as_str().unwrap_or_default().to_owned(),
            timestamp: event["timestamp"].to_string(),
        }
    }

    /// Whether it is among these events.
    fn is_in(&self, events: &[Value]) -> bool {
        events.iter().any(|event| Self::of(event) == *self)
    }
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

    /// Whether the end of the execution was read. A description may tell of it before the history does.
    pub(crate) const fn has_ended(&self) -> bool {
        self.visits.ended().is_some()
    }

    pub(crate) fn definition(&self) -> &str {
        self.definition.as_deref().unwrap_or_default()
    }

    pub(crate) const fn definition_refusal(&self) -> Option<&PageError> {
        self.definition_refusal.as_ref()
    }

    pub(crate) fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Has everything read anew.
    fn forget_events(&mut self) {
        self.visits = ExecutionVisits::default();
        self.pages.clear();
        self.has_more = true;
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

    /// Reads the answer for the last page. Returns whether its events are where they were before.
    fn read_page(&mut self, answer: &Value) -> bool {
        let events = answer["events"].as_array().map_or(&[][..], Vec::as_slice);
        let [Some(first), Some(last)] = [events.first(), events.last()] else {
            self.has_more = false;
            return true;
        };
        let known = self.pages.last().and_then(|page| page.ends.as_ref());
        if known.is_some_and(|ends| ends.iter().any(|event| !event.is_in(events))) {
            return false;
        }
        if self.pages.is_empty() {
            self.pages.push(HistoryPage::default());
        }
        if let Some(page) = self.pages.last_mut() {
            page.ends = Some([first, last].map(EventIdentity::of));
        }
        for event in events {
            self.visits.read_event(event);
        }
        let token = answer["nextToken"].as_str();
        self.has_more = token.is_some();
        if let Some(token) = token {
            self.pages.push(HistoryPage { token: Some(token.to_owned()), ends: None });
        }
        true
    }

    /// The token of the page that has an event; none for the first page.
    fn token_of_event(&self, event_id: u64) -> Option<&str> {
        let begins_before =
            |page: &&HistoryPage| page.ends.as_ref().is_some_and(|[first, _]| first.id <= event_id);
        self.pages.iter().take_while(begins_before).last()?.token.as_deref()
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
        let started = execution["startDate"].clone();
        if history.read_as.as_ref().is_none_or(|read| read.started != started) {
            history.definition = None;
        }
        if history.definition.is_none() {
            let members = json!({ "executionArn": arn });
            let told = self.call("DescribeStateMachineForExecution", members).await;
            let text = |name: &str| told.as_ref().ok()?[name].as_str().map(Into::into);
            (history.definition, history.role) = (text("definition"), text("roleArn"));
            // What happened is told without it.
            history.definition_refusal = told.err();
            if history.definition.is_some() {
                // The members of the requests for events depend on it.
                history.forget_events();
            }
        }
        let read_as = Some(ReadAs { started, status: status.to_owned(), redrives });
        if history.read_as != read_as {
            history.forget_events();
            history.read_as = read_as;
        }
        let is_fresh = history
            .read_at
            .is_some_and(|at| at.elapsed() < self.target.kind.refresh_interval() / 2);
        if history.is_whole() && (history.has_ended() || is_fresh) {
            return Ok(());
        }
        // What tells a call that a redrive has repeated, or the execution that a task has started. Step
        // Functions wants a token to come with the members by which it was made.
        let includes_data = redrives > 0
            || history.definition().contains("startExecution")
            || self.target.kind == TargetKind::StepFunctions;
        let begun = Instant::now();
        loop {
            let request = history.next_request(arn, includes_data);
            match self.call("GetExecutionHistory", request).await {
                Ok(answer) => {
                    if !history.read_page(&answer) {
                        history.forget_events();
                    }
                }
                // It is a day old.
                Err(error) if error.is_invalid_token() && !history.pages.is_empty() => {
                    history.forget_events();
                }
                Err(error) => return Err(error),
            }
            if !history.has_more || begun.elapsed() > READING_TIME_MAX {
                break;
            }
        }
        history.read_at = Some(Instant::now());
        Ok(())
    }

    /// The events from one on, at most a page, with their data; at least that one, if there is one.
    pub(crate) async fn events_from(
        &self,
        arn: &str,
        history: &ReadHistory,
        event_id: u64,
    ) -> Result<Vec<Value>, PageError> {
        let mut members = json!({
            "executionArn": arn,
            "maxResults": EVENTS_PER_PAGE,
            "includeExecutionData": true,
        });
        if let Some(token) = history.token_of_event(event_id) {
            members["nextToken"] = token.into();
        }
        // With their data, fewer events are on a page than without.
        for _ in 0..DATA_PAGES_MAX {
            let mut answer = match self.call("GetExecutionHistory", members.clone()).await {
                // It is a day old: then the history is read from its beginning.
                Err(error) if error.is_invalid_token() && !members["nextToken"].is_null() => {
                    members.as_object_mut().map(|members| members.remove("nextToken"));
                    continue;
                }
                answered => answered?,
            };
            let events = match answer["events"].take() {
                Value::Array(events) => events,
                _ => Vec::new(),
            };
            let is_wanted = |event: &Value| event["id"].as_u64().is_some_and(|id| id >= event_id);
            let wanted: Vec<Value> = events.into_iter().filter(is_wanted).collect();
            let next = answer["nextToken"].take();
            if !wanted.is_empty() || next.is_null() {
                return Ok(wanted);
            }
            members["nextToken"] = next;
        }
        Ok(Vec::new())
    }
}
