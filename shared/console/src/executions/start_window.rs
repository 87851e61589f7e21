//! The window of time in which executions have started.

use model::Timestamp;

use crate::{form::FormFields, page::PageError};

/// The windows that a link offers: their names in a query, and how long they are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecentWindow {
    Hour,
    Day,
    Week,
}

/// From when until when executions have started; the end is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct StartWindow {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    /// The offered window that this is.
    pub(super) recent: Option<RecentWindow>,
}

impl RecentWindow {
    pub(super) const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    const fn milliseconds(self) -> i64 {
        const HOUR: i64 = 3_600_000;
        match self {
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
        }
    }
}

impl StartWindow {
    /// Reads `started-from` and `started-until`, or else `last`.
    ///
    /// Errors: a date that is none.
    pub(super) fn of_query(query: &FormFields, now: Timestamp) -> Result<Self, PageError> {
        let date = |name: &str| query.get(name).map(parse_local_date).transpose();
        let (from, until) = (date("started-from")?, date("started-until")?);
        let named = query.get("last").filter(|_| from.is_none() && until.is_none());
        let recent = RecentWindow::ALL.into_iter().find(|window| Some(window.name()) == named);
        let from =
            recent.map_or(from, |window| Some(now.plus_milliseconds(-window.milliseconds())));
        Ok(Self { from, until, recent })
    }

    /// Whether nothing is left out.
    pub(super) const fn is_open(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

/// Reads what a `datetime-local` field sends, in UTC: with seconds, or without.
///
/// Spec: HTML § Local dates and times
fn parse_local_date(text: &str) -> Result<Timestamp, PageError> {
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    Timestamp::parse(&format!("{text}{seconds}Z")).map_err(|_| {
        PageError::Invalid(format!("{text} is no date and time such as 2026-11-30T08:15"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(query: &str) -> Result<StartWindow, PageError> {
        let now = Timestamp::from_milliseconds(10_000_000);
        StartWindow::of_query(&FormFields::parse(query.as_bytes()), now)
    }

    #[test]
    fn a_window_is_two_dates_or_the_last_hours() {
        let at = |milliseconds| Some(Timestamp::from_milliseconds(milliseconds));
        let open = StartWindow::default();
        assert_eq!(window("last=century"), Ok(open));
        let hour = StartWindow { from: at(6_400_000), recent: Some(RecentWindow::Hour), ..open };
        assert_eq!(window("last=hour"), Ok(hour));
        let dates = StartWindow { from: at(60_000), until: at(61_500), recent: None };
        let query = "started-from=1970-01-01T00%3A01&started-until=1970-01-01T00:01:01.5&last=hour";
        assert_eq!(window(query), Ok(dates));
        for wrong in ["yesterday", "1970-01-01", "1970-13-01T00:00", "1970-01-01T00:00Z"] {
            assert!(window(&format!("started-from={wrong}")).is_err(), "{wrong}");
        }
    }
}
