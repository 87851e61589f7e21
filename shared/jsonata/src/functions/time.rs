//! `$now`, `$millis`, `$toMillis`, `$fromMillis`.

use super::{
    Arguments,
    calendar::{clip_time, time_of_day, utc_milliseconds},
    date_format::format_date,
    date_parse::parse_date,
};
use crate::{
    datum::{Datum, quote_json},
    thrown::{Evaluated, Thrown},
};

/// `$now([picture [, timezone]])`: the session's time as text.
pub(super) fn now<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    format_time(arguments, session_time(arguments), 0)
}

/// `$millis()`: the session's time in milliseconds since 1970.
#[expect(clippy::unnecessary_wraps, reason = "every function may fail")]
pub(super) fn millis<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    Ok(Datum::Number(session_time(arguments)))
}

#[expect(clippy::cast_precision_loss, reason = "times are far below 2^53 milliseconds")]
fn session_time(arguments: Arguments<'_, '_>) -> f64 {
    arguments.evaluator.session.now_milliseconds() as f64
}

pub(super) fn from_millis<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    match arguments.number(0)? {
        Some(milliseconds) => format_time(arguments, milliseconds, 1),
        None => Ok(Datum::Undefined),
    }
}

/// A time as text. The picture is the argument at an index, and the time zone the one after it.
fn format_time<'a>(
    arguments: Arguments<'_, 'a>,
    milliseconds: f64,
    index: usize,
) -> Evaluated<Datum<'a>> {
    let (picture, zone) = (arguments.picture(index)?, arguments.picture(index + 1)?);
    let picture = picture.map(|picture| &**picture);
    arguments.text_result(format_date(milliseconds, picture, zone.map(|zone| &**zone))?)
}

/// `$toMillis(text [, picture])`: a time in milliseconds since 1970.
pub(super) fn to_millis<'a>(arguments: Arguments<'_, 'a>) -> Evaluated<Datum<'a>> {
    let Some(text) = arguments.picture(0)? else { return Ok(Datum::Undefined) };
    let milliseconds = match arguments.picture(1)? {
        Some(picture) => parse_date(text, picture, session_time(arguments), arguments.meter())?,
        None => match parse_timestamp(text) {
            Some(milliseconds) => Some(milliseconds),
            None => return Err(Thrown::with_value("D3110", quote_json(text))),
        },
    };
    Ok(milliseconds.map_or(Datum::Undefined, Datum::Number))
}

/// Reads the digits of a timestamp.
struct TimestampReader<'t>(&'t str);

impl TimestampReader<'_> {
    /// A number of so many digits after a mark.
    fn number_after(&mut self, mark: &str, digits: usize) -> Option<f64> {
        let after = self.0.strip_prefix(mark)?;
        let number = after.get(..digits)?;
        let is_number = number.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number {
            return None;
        }
        self.0 = after.get(digits..)?;
        number.parse().ok()
    }
}

/// The time of an ISO 8601 timestamp. `None` if it does not look like one; no number if there is no
/// such time.
fn parse_timestamp(text: &str) -> Option<f64> {
    let mut reader = TimestampReader(text);
    let year = reader.number_after("", 4)?;
    let month = reader.number_after("-", 2);
    let day = month.and_then(|_| reader.number_after("-", 2));
    let mut time = 0.0;
    let mut is_valid = month.is_none_or(|month| (1.0..=12.0).contains(&month))
        && day.is_none_or(|day| (1.0..=31.0).contains(&day));
    let has_time = reader.0.starts_with('T');
    if has_time {
        let hours = reader.number_after("T", 2)?;
        let minutes = reader.number_after(":", 2).filter(|minutes| *minutes < 60.0)?;
        let seconds = reader.number_after(":", 2).filter(|seconds| *seconds < 60.0)?;
        if hours >= 30.0 {
            return None;
        }
        // Hour 24 is the end of the day.
        is_valid &= hours < 24.0 || hours < 25.0 && minutes + seconds == 0.0;
        time = time_of_day(hours, minutes, seconds, 0.0);
    }
    if let Some(after) = reader.0.strip_prefix('.') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        is_valid &= has_time;
        let fraction = format!("{:0<3}", &after[..digits]);
        let milliseconds: f64 = fraction.get(..3)?.parse().ok()?;
        time += milliseconds;
        reader.0 = after.get(digits..)?;
    }
    let mut zone = 0.0;
    if let Some(sign) = reader.0.chars().next().filter(|sign| matches!(sign, '+' | '-')) {
        let hours = reader.number_after(sign.encode_utf8(&mut [0; 4]), 2)?;
        reader.0 = reader.0.strip_prefix(':').unwrap_or(reader.0);
        let minutes = reader.number_after("", 2).filter(|minutes| *minutes < 60.0)?;
        if hours >= 30.0 {
            return None;
        }
        is_valid &= has_time && hours < 24.0;
        let offset = (hours * 60.0 + minutes) * 60_000.0;
        zone = if sign == '-' { -offset } else { offset };
    } else if let Some(rest) = reader.0.strip_prefix('Z') {
        reader.0 = rest;
    }
    if !reader.0.is_empty() {
        return None;
    }
    if !is_valid {
        return Some(f64::NAN);
    }
    let days = full_year_days(year, month.unwrap_or(1.0) - 1.0, day.unwrap_or(1.0));
    Some(clip_time(days + time - zone))
}

/// The start of a day in a year of four digits, unlike [`utc_milliseconds`] also of the first
/// century.
fn full_year_days(year: f64, month: f64, day: f64) -> f64 {
    // 400 years are always equally long.
    const CYCLE_MILLISECONDS: f64 = 146_097.0 * super::calendar::DAY_MILLISECONDS;
    utc_milliseconds(year + 400.0, month, day, 0.0) - CYCLE_MILLISECONDS
}

#[cfg(test)]
mod tests {
    use crate::testing::{evaluated_value, thrown_message};

    #[test]
    fn the_time_is_the_sessions() {
        assert_eq!(evaluated_value("$now()"), "\"2017-11-07T15:07:54.972Z\"");
        assert_eq!(evaluated_value("$millis()"), "1510067274972");
        assert_eq!(evaluated_value("$now('[Y]-[M01]')"), "\"2017-11\"");
        assert_eq!(evaluated_value("$now('[H01]:[m01]', '+0530')"), "\"20:37\"");
    }

    #[test]
    fn a_picture_without_a_date_means_the_sessions_day() {
        assert_eq!(
            evaluated_value("$toMillis('13:45', '[H]:[m]') ~> $fromMillis()"),
            "\"2017-11-07T13:45:00.000Z\""
        );
        assert_eq!(
            evaluated_value("$toMillis('24', '[D]') ~> $fromMillis()"),
            "\"2017-11-24T00:00:00.000Z\""
        );
        assert_eq!(evaluated_value("$toMillis('1970-01-01T00:00:00.001Z')"), "1");
    }

    #[test]
    fn timestamps_are_read_as_in_javascript() {
        for (text, milliseconds) in [
            ("2018-02-01T24:00:00Z", "1517529600000"),
            ("2021-02-30", "1614643200000"),
            ("2017", "1483228800000"),
            ("2018-02-03Z", "1517616000000"),
            ("2017-10-30T16:25:32.935-0300", "1509391532935"),
            ("2017-10-30T16:25:32+05:30", "1509360932000"),
        ] {
            assert_eq!(evaluated_value(&format!("$toMillis('{text}')")), milliseconds);
        }
        for mistaken in ["yesterday", "2017-10-30T16:25", "2017-1-1", "2017-10-30T16:25:32 Z"] {
            assert!(thrown_message(&format!("$toMillis('{mistaken}')")).starts_with("D3110"));
        }
        assert_eq!(evaluated_value("$fromMillis(1.5)"), "\"1970-01-01T00:00:00.001Z\"");
        assert_eq!(
            evaluated_value("$fromMillis(1510067557121, '[FNn,3-3], [D1o] [MNn] [Y]; week [W]')"),
            "\"Tue, 7th November 2017; week 45\""
        );
    }
}
