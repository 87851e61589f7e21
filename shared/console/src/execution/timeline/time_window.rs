//! The stretch of time that a timeline shows.

use graph::{ExecutionVisits, HistoryMoment};
use maud::{Markup, html};
use model::Timestamp;

use crate::{form::FormFields, view::duration_text};

/// The units from the left of a bar to its right.
pub(super) const UNITS: i64 = 1000;
/// Labels of the axis.
const LABELS: i64 = 5;

/// A stretch of time, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeWindow {
    from: i64,
    to: i64,
}

impl TimeWindow {
    /// From the first event, or from the redrive that a query names, to the end, or to now.
    pub(super) fn of_query(visits: &ExecutionVisits, now: Timestamp, query: &FormFields) -> Self {
        let since = query.get("since").and_then(|since| since.parse::<u64>().ok());
        let mut redrives = visits.redrives().iter();
        let redrive = redrives.find(|redrive| Some(redrive.event_id) == since).copied();
        let from = redrive.or_else(|| visits.started()).map_or(now, |start| start.at);
        let latest = visits.last_event_at().unwrap_or(now);
        // The clocks of the machines may differ.
        let to = visits.ended().map_or_else(|| latest.max(now), |end| end.at);
        let (from, to) = (from.as_milliseconds(), to.as_milliseconds());
        Self { from, to: to.max(from + 1) }
    }

    /// When something ended, or the last moment that is shown if it has not.
    pub(super) fn ending(self, ended: Option<HistoryMoment>) -> Timestamp {
        ended.map_or_else(|| Timestamp::from_milliseconds(self.to), |ended| ended.at)
    }

    /// The milliseconds from the first moment that is shown.
    pub(super) const fn offset(self, at: Timestamp) -> i64 {
        at.as_milliseconds().saturating_sub(self.from)
    }

    /// Where a moment is between the left and the right of a bar.
    pub(super) fn position(self, at: Timestamp) -> i64 {
        let position =
            i128::from(self.offset(at)) * i128::from(UNITS) / i128::from(self.to - self.from);
        i64::try_from(position.clamp(0, i128::from(UNITS))).unwrap_or(UNITS)
    }

    /// Whether a stretch of time is a part of it.
    pub(super) const fn shows(self, from: Timestamp, to: Timestamp) -> bool {
        to.as_milliseconds() >= self.from && from.as_milliseconds() <= self.to
    }

    /// The scale above the bars. Each row says its times in words.
    pub(super) fn axis(self) -> Markup {
        let label = |number: i64| duration_text((self.to - self.from) * number / (LABELS - 1));
        html! {
            div.axis aria-hidden="true" {
                span {}
                div.ticks { @for number in 0..LABELS { span { (label(number)) } } }
                span {}
            }
        }
    }
}
