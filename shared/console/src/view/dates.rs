//! Dates and durations.

use std::time::{SystemTime, UNIX_EPOCH};

use maud::{Markup, html};
use model::Timestamp;
use serde_json::Value;

/// The time of this machine.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// A date of the API, which is a number of seconds, in milliseconds since the epoch.
#[expect(clippy::cast_possible_truncation, reason = "no date of an execution is beyond 2^53 ms")]
pub(crate) fn milliseconds_of(date: &Value) -> Option<i64> {
    date.as_f64().map(|seconds| (seconds * 1000.0).round() as i64)
}

/// A date for people, whose exact time programs read.
///
/// Shape: `2026-11-30 08:01:02` in UTC.
pub(crate) fn time_element(date: &Value) -> Markup {
    let Some(milliseconds) = milliseconds_of(date) else { return html! { "–" } };
    let exact = Timestamp::from_milliseconds(milliseconds).to_string();
    let seconds = exact.split_once('.').map_or(exact.as_str(), |(seconds, _)| seconds);
    html! { time datetime=(exact) title=(exact) { (seconds.replace('T', " ")) " UTC" } }
}

/// How long an execution took. That of one that still runs is counted by the script, so that the page stays
/// the same while nothing happens.
///
/// Units: milliseconds since the epoch.
pub(crate) fn running_duration(start: Option<i64>, stop: Option<i64>) -> Markup {
    html! {
        @match (start, stop) {
            (Some(start), Some(stop)) => (duration_text(stop - start)),
            (Some(start), None) => span.duration data-running-since=(start) { "running" },
            (None, _) => {}
        }
    }
}

/// A time for people, in the units that fit: `12 ms`, `1.25 s`, `3m 05s`, `2h 03m`, `4d 01h`.
pub fn duration_text(milliseconds: i64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        ..1 => format!("{milliseconds} ms"),
        1..60 => format!("{seconds}.{:02} s", milliseconds % 1000 / 10),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_units_that_fit() {
        let texts = [0, 999, 1_256, 59_999, 61_000, 7_380_000, 349_200_000].map(duration_text);
        assert_eq!(texts, ["0 ms", "999 ms", "1.25 s", "59.99 s", "1m 01s", "2h 03m", "4d 01h"]);
    }
}
