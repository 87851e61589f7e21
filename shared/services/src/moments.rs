//! Moments in the forms of the wire protocols.

use serde_json::Value;
use time::{
    Date, OffsetDateTime, PrimitiveDateTime, Time,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

use crate::service_model::TimestampFormat;

const HTTP_DATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// Reads an ISO 8601 date and time, or a date.
pub(crate) fn parse_date_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| {
        let date = Date::parse(text, DATE).ok()?;
        Some(PrimitiveDateTime::new(date, Time::MIDNIGHT).assume_utc())
    })
}

/// Reads a moment in any form: a number of seconds, ISO 8601, or an HTTP date.
pub(crate) fn parse_moment(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::Number(seconds) => from_seconds(seconds.as_f64()?),
        Value::String(text) => parse_date_time(text)
            .or_else(|| {
                PrimitiveDateTime::parse(text, HTTP_DATE).ok().map(PrimitiveDateTime::assume_utc)
            })
            .or_else(|| from_seconds(text.trim().parse().ok()?))
            .or_else(|| parse_loose_date_time(text)),
        _ => None,
    }
}

/// Reads what services write instead of ISO 8601: a space before the time, a zone without a colon or no
/// zone at all, which means UTC.
fn parse_loose_date_time(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let (clock, zone) = match time.find(['+', '-', 'Z']) {
        Some(at) => time.split_at(at),
        None => (time, "Z"),
    };
    let zone = match zone.split_at_checked(3) {
        Some((hours, minutes)) if !minutes.starts_with(':') => format!("{hours}:{minutes}"),
        _ => zone.to_owned(),
    };
    OffsetDateTime::parse(&format!("{date}T{clock}{zone}"), &Rfc3339).ok()
}

fn from_seconds(seconds: f64) -> Option<OffsetDateTime> {
    // Services answer with milliseconds at most; the rest is the error of the floating point.
    let milliseconds = (seconds * 1_000.0).round();
    if !(-1e15..=1e15).contains(&milliseconds) {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "it is a whole number within the bounds")]
    let nanoseconds = milliseconds as i128 * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

/// Writes a moment as a request has it: a number for seconds since 1970, otherwise a text.
pub(crate) fn write_moment(at: OffsetDateTime, format: TimestampFormat) -> Value {
    match format {
        TimestampFormat::DateTime => instant(at).into(),
        TimestampFormat::HttpDate => at.format(HTTP_DATE).unwrap_or_default().into(),
        TimestampFormat::EpochSeconds if at.nanosecond() == 0 => at.unix_timestamp().into(),
        TimestampFormat::EpochSeconds => seconds(at).into(),
    }
}

fn seconds(at: OffsetDateTime) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era fit")]
    let milliseconds = milliseconds(at) as f64;
    milliseconds / 1_000.0
}

/// The milliseconds since 1970.
pub(crate) fn milliseconds(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// Writes a moment as Java's `Instant` does: with no, three, six or nine decimals.
pub(crate) fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (date, nanoseconds) = (at.date(), at.nanosecond());
    let decimals = match nanoseconds {
        0 => String::new(),
        n if n % 1_000_000 == 0 => format!(".{:03}", n / 1_000_000),
        n if n % 1_000 == 0 => format!(".{:06}", n / 1_000),
        n => format!(".{n:09}"),
    };
    let (hour, minute, second) = at.to_hms();
    format!("{date}T{hour:02}:{minute:02}:{second:02}{decimals}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_in_every_form() {
        for (value, expected) in [
            (json!(1_700_000_000), "2023-11-14T22:13:20Z"),
            (json!(1_700_000_000.25), "2023-11-14T22:13:20.250Z"),
            (json!("2023-11-14T22:13:20.250Z"), "2023-11-14T22:13:20.250Z"),
            (json!("2023-11-15T00:13:20+02:00"), "2023-11-14T22:13:20Z"),
            (json!("Tue, 14 Nov 2023 22:13:20 GMT"), "2023-11-14T22:13:20Z"),
            (json!("1700000000"), "2023-11-14T22:13:20Z"),
            (json!("2023-11-15T00:13:20.250+0200"), "2023-11-14T22:13:20.250Z"),
            (json!("2023-11-14 22:13:20"), "2023-11-14T22:13:20Z"),
        ] {
            let at = parse_moment(&value).expect("a moment");
            assert_eq!(instant(at), expected);
        }
        assert_eq!(parse_moment(&json!("soon")), None);
    }

    #[test]
    fn moments_are_written_in_every_form() {
        let at = parse_moment(&json!(1_700_000_000)).expect("a moment");
        assert_eq!(write_moment(at, TimestampFormat::EpochSeconds), json!(1_700_000_000));
        assert_eq!(
            write_moment(at, TimestampFormat::HttpDate),
            json!("Tue, 14 Nov 2023 22:13:20 GMT")
        );
        assert_eq!(milliseconds(at), 1_700_000_000_000);
    }
}
