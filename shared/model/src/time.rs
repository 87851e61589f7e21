//! Points in time, to the millisecond.

use std::fmt;

use ::time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The text is not an ISO-8601 extended date-time with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO-8601 extended offset date-time")]
pub struct TimestampError;

impl Timestamp {
    /// Wraps milliseconds since the Unix epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Returns milliseconds since the Unix epoch.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }

    /// Returns seconds since the Unix epoch, with a fraction. AWS JSON uses this form.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
    pub fn as_epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// Returns the time this many milliseconds later. Saturates on overflow.
    #[must_use]
    pub const fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Returns the time this many seconds later. Saturates on overflow.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        let milliseconds = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        self.plus_milliseconds(milliseconds)
    }

    /// Parses `2016-03-14T01:59:00Z`, with any fraction of a second and any offset. The `T` and an
    /// offset are required.
    ///
    /// Spec: ASL § Timestamps (RFC 3339 with an uppercase `T` and, without an offset, `Z`).
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        if !text.contains('T') || text.contains('z') {
            return Err(TimestampError);
        }
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampError)?;
        i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000_000))
            .map(Self)
            .map_err(|_| TimestampError)
    }
}

/// Formats the time as the context object shows it: `2023-07-17T14:35:51.123Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC);
        let (date, time) = (at.date(), at.time());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.millisecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_needs_a_t_and_an_offset() {
        let at = Timestamp::parse("2016-03-14T01:59:00Z");
        assert_eq!(at, Ok(Timestamp::from_milliseconds(1_457_920_740_000)));
        assert_eq!(Timestamp::parse("2016-03-14T02:59:00.000000001+01:00"), at);
        for bad in ["2016-03-14T01:59:00", "2016-03-14 01:59:00Z", "2016-13-05T21:29:29Z", ""] {
            assert_eq!(Timestamp::parse(bad), Err(TimestampError), "{bad}");
        }
    }

    #[test]
    fn a_timestamp_prints_milliseconds_and_z() {
        let text = "2016-03-14T01:59:00.007Z";
        assert_eq!(Timestamp::parse(text).map(|at| at.to_string()), Ok(text.to_owned()));
    }
}
