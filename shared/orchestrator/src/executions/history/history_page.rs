//! One page of a history.

use model::HistoryPosition;

use super::history_event::HistoryEvent;
use crate::ports::LogOrder;

/// Which events a page has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HistoryPageRequest<'a> {
    /// Which end comes first.
    pub(crate) order: LogOrder,
    /// The most events on the page; at least 1.
    pub(crate) limit: u32,
    /// Where the previous page ended; none for the first page.
    pub(crate) after: Option<&'a HistoryPosition>,
    /// Once its payloads have that many bytes, the page ends early.
    pub(crate) bytes_max: usize,
}

/// A page of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The events, in the order asked for.
    pub events: Vec<HistoryEvent>,
    /// Where this page ended; none on the last page.
    pub next: Option<HistoryPosition>,
}

impl HistoryPage {
    /// The first of these events, at most `limit` of them, and at least one if there are any.
    /// `is_end` says whether none follow these.
    pub(super) fn of_first(mut events: Vec<HistoryEvent>, limit: u32, is_end: bool) -> Self {
        let limit = limit.max(1) as usize;
        let is_last = is_end && events.len() <= limit;
        events.truncate(limit);
        let next = if is_last { None } else { events.last().map(HistoryEvent::position) };
        Self { events, next }
    }
}
