//! Checks whether values of expressions fit their fields. The errors have AWS's wording.

use model::{Timestamp, limits::SECONDS_MAX};
use serde_json::Value;

/// Checks a number of seconds, from 0 to [`SECONDS_MAX`].
pub(super) fn check_seconds(value: &Value, field: &str) -> Result<u64, String> {
    let number = check_integer(value, field)?;
    u64::try_from(number)
        .ok()
        .filter(|seconds| *seconds <= SECONDS_MAX)
        .ok_or_else(|| format!("{field} must be between 0 and {SECONDS_MAX} but was: {number}"))
}

/// Checks a whole number that is not negative.
pub(super) fn check_whole_number(value: &Value, field: &str) -> Result<u32, String> {
    let number = check_integer(value, field)?;
    u32::try_from(number)
        .map_err(|_| format!("{field} must be between 0 and {} but was: {number}", u32::MAX))
}

/// Checks and parses a point in time.
pub(super) fn check_timestamp(value: &Value) -> Result<Timestamp, String> {
    let text = value.as_str().unwrap_or_default();
    Timestamp::parse(text).map_err(|_| {
        format!(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format \
             string: {text}"
        )
    })
}

fn check_integer(value: &Value, field: &str) -> Result<i64, String> {
    value
        .as_i64()
        .ok_or_else(|| format!("The {field} field cannot be parsed as an integer: {value}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_of_seconds_is_whole_and_within_bounds() {
        assert_eq!(check_seconds(&json!(3), "TimeoutSeconds"), Ok(3));
        assert_eq!(
            check_seconds(&json!(1.6), "TimeoutSeconds"),
            Err("The TimeoutSeconds field cannot be parsed as an integer: 1.6".to_owned())
        );
        assert_eq!(
            check_seconds(&json!(-1), "TimeoutSeconds"),
            Err("TimeoutSeconds must be between 0 and 99999999 but was: -1".to_owned())
        );
    }
}
