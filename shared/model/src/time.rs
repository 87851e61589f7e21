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
    /// From milliseconds since the epoch.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the epoch.
    pub const fn as_milliseconds(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch with a fraction: the form of AWS JSON.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this era fit 53 bits")]
    pub fn as_epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// This point so many milliseconds later; stays at the end of time.
    #[must_use]
    pub const fn plus_milliseconds(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// This point so many seconds later; stays at the end of time.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        let milliseconds = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        self.plus_milliseconds(milliseconds)
    }

    /// Reads `2016-03-14T01:59:00Z`, with any fraction and any offset; needs the `T` and an offset.
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

/// The context object's form: `2023-07-17T14:35:51.123Z`.
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
