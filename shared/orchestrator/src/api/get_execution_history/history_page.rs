//! One page of a history.

use super::history_event::{HistoryEvent, HistoryPosition};

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
    pub(super) fn of_first(mut events: Vec<HistoryEvent>, limit: u32) -> Self {
        let limit = limit.max(1) as usize;
        let is_last = events.len() <= limit;
        events.truncate(limit);
        let next = if is_last { None } else { events.last().map(HistoryEvent::position) };
        Self { events, next }
    }
}
