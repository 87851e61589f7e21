//! When a schedule is due: `rate(…)`, `cron(…)` and `at(…)`.
//!
//! Spec: <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

use std::time::Duration;

use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp as Moment, Zoned, civil::DateTime, tz::TimeZone};
use model::Timestamp;

/// Says when something is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// As the template has it, such as `rate(1 hour)`.
    pub expression: String,
    times: ScheduledTimes,
}

#[derive(Debug, Clone, PartialEq)]
enum ScheduledTimes {
    Every(Duration),
    Cron(Box<Cron>, TimeZone),
    Once(Timestamp),
}

/// Says why an expression is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It is none of `rate(…)`, `cron(…)` and `at(…)`, or what is in it is wrong.
    #[error("`{0}` is not a schedule such as rate(5 minutes) or cron(0 12 * * ? *)")]
    Expression(String),
    /// This machine does not know the time zone.
    #[error("the time zone `{0}` is not known on this machine")]
    TimeZone(String),
}

impl Schedule {
    /// Parses an expression, whose times are in this time zone.
    ///
    /// `rate(5 minutes)`, `cron(15 10 ? * 6L 2026)`, `at(2026-11-30T08:00:00)`
    ///
    /// Errors: another expression, a time zone that is not known.
    pub fn parse(expression: &str, time_zone: Option<&str>) -> Result<Self, ScheduleError> {
        let unclear = || ScheduleError::Expression(expression.to_owned());
        let zone = match time_zone {
            None | Some("UTC") => TimeZone::UTC,
            Some(name) => {
                TimeZone::get(name).map_err(|_| ScheduleError::TimeZone(name.to_owned()))?
            }
        };
        let (kind, argument) = expression.trim().split_once('(').ok_or_else(unclear)?;
        let argument = argument.strip_suffix(')').ok_or_else(unclear)?.trim();
        let times = match kind {
            "rate" => ScheduledTimes::Every(parse_rate(argument).ok_or_else(unclear)?),
            "cron" => {
                let cron = parse_cron(argument).ok_or_else(unclear)?;
                ScheduledTimes::Cron(Box::new(cron), zone)
            }
            "at" => {
                let at = argument.parse::<DateTime>().ok().and_then(|at| at.to_zoned(zone).ok());
                ScheduledTimes::Once(timestamp_of(&at.ok_or_else(unclear)?))
            }
            _ => return Err(unclear()),
        };
        Ok(Self { expression: expression.to_owned(), times })
    }

    /// Returns when it is due for the first time after a moment; none if it never is. A rate is due
    /// that long after the moment.
    pub fn next_after(&self, moment: Timestamp) -> Option<Timestamp> {
        match &self.times {
            ScheduledTimes::Every(period) => {
                let period = i64::try_from(period.as_millis()).ok()?;
                Some(Timestamp::from_milliseconds(moment.as_milliseconds().checked_add(period)?))
            }
            ScheduledTimes::Cron(cron, zone) => {
                let moment = Moment::from_millisecond(moment.as_milliseconds()).ok()?;
                let next = cron.find_next_occurrence(&moment.to_zoned(zone.clone()), false).ok()?;
                Some(timestamp_of(&next))
            }
            ScheduledTimes::Once(at) => Some(*at).filter(|at| *at > moment),
        }
    }
}

/// `5 minutes`, `1 hour`, `2 days`
fn parse_rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let number = number.parse::<u64>().ok().filter(|number| *number > 0)?;
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

/// Six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday), year.
fn parse_cron(text: &str) -> Option<Cron> {
    if text.split_whitespace().count() != 6 {
        return None;
    }
    let parser = CronParser::builder()
        .alternative_weekdays(true)
        .seconds(Seconds::Required)
        .year(Year::Required)
        .sloppy_ranges(true)
        .build();
    parser.parse(&format!("0 {text}")).ok()
}

fn timestamp_of(at: &Zoned) -> Timestamp {
    Timestamp::from_milliseconds(at.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: Option<&str>, after: &str) -> Option<String> {
        let after: Moment = after.parse().expect("a time");
        let schedule = Schedule::parse(expression, zone).expect("a schedule");
        let next = schedule.next_after(Timestamp::from_milliseconds(after.as_millisecond()))?;
        Some(next.to_string())
    }

    #[test]
    fn each_kind_is_due_when_aws_says_so() {
        for (expression, zone, after, expected) in [
            ("rate(5 minutes)", None, "2026-11-30T08:00:30Z", "2026-11-30T08:05:30.000Z"),
            ("rate(1 day)", None, "2026-11-30T08:00:00Z", "2026-12-01T08:00:00.000Z"),
            ("cron(0 10 * * ? *)", None, "2026-11-30T10:00:00Z", "2026-12-01T10:00:00.000Z"),
            ("cron(15 12 ? * MON-FRI *)", None, "2026-12-04T12:15:00Z", "2026-12-07T12:15:00.000Z"),
            ("cron(0/10 * ? * 2 *)", None, "2026-11-30T10:01:00Z", "2026-11-30T10:10:00.000Z"),
            ("cron(0 8 L * ? *)", None, "2026-11-30T09:00:00Z", "2026-12-31T08:00:00.000Z"),
            ("cron(0 9 ? * 2#1 *)", None, "2026-11-30T10:00:00Z", "2026-12-07T09:00:00.000Z"),
            ("cron(15 10 ? * 6L *)", None, "2026-11-01T00:00:00Z", "2026-11-27T10:15:00.000Z"),
            ("cron(0 9 1W * ? *)", None, "2026-10-15T00:00:00Z", "2026-11-02T09:00:00.000Z"),
            ("at(2026-12-01T07:00:00)", None, "2026-11-30T08:00:00Z", "2026-12-01T07:00:00.000Z"),
            (
                "cron(0 10 * * ? *)",
                Some("America/New_York"),
                "2026-11-30T10:00:00Z",
                "2026-11-30T15:00:00.000Z",
            ),
        ] {
            assert_eq!(next(expression, zone, after).as_deref(), Some(expected), "{expression}");
        }
        assert_eq!(next("at(2026-12-01T07:00:00)", None, "2026-12-01T07:00:00Z"), None);
        assert_eq!(next("cron(0 0 1 1 ? 2020)", None, "2026-12-01T07:00:00Z"), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in [
            "",
            "hourly",
            "rate(5)",
            "rate(0 minutes)",
            "rate(1 week)",
            "cron(0 10 * * ?)",
            "at(noon)",
            "cron(99 * * * ? *)",
        ] {
            let refused = Schedule::parse(wrong, None);
            assert_eq!(refused, Err(ScheduleError::Expression(wrong.to_owned())));
        }
        let zone = Schedule::parse("rate(1 hour)", Some("Moon/Crater"));
        assert_eq!(zone, Err(ScheduleError::TimeZone("Moon/Crater".to_owned())));
    }
}
