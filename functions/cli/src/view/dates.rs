//! Dates and durations.

use model::Timestamp;
use serde_json::Value;

/// The members of the API's answers that are dates.
const DATES: [&str; 7] = [
    "creationDate",
    "redriveDate",
    "startDate",
    "stopDate",
    "timestamp",
    "updateDate",
    "lastModifiedDate",
];

/// A date of the API, which is a number of seconds.
#[expect(clippy::cast_possible_truncation, reason = "no date of an execution is beyond 2^53 ms")]
pub(crate) fn instant_of(date: &Value) -> Option<Timestamp> {
    let seconds = date.as_f64()?;
    Some(Timestamp::from_milliseconds((seconds * 1000.0).round() as i64))
}

/// `2026-11-30 08:01:02Z`
pub(crate) fn instant_text(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split_once('.').map_or(text.as_str(), |(seconds, _)| seconds);
    format!("{}Z", seconds.trim_end_matches('Z').replace('T', " "))
}

/// The answer with its dates as text, as the AWS CLI prints them.
///
/// Spec: ISO 8601, `2026-11-30T08:01:02.345Z`
pub(crate) fn with_iso_dates(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let converted = members.into_iter().map(|(name, value)| {
                let date = DATES.contains(&name.as_str()).then(|| instant_of(&value)).flatten();
                let value =
                    date.map_or_else(|| with_iso_dates(value), |date| date.to_string().into());
                (name, value)
            });
            Value::Object(converted.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(with_iso_dates).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_text_and_payloads_stay() {
        let answer = json!({
            "executions": [{"startDate": 1_700_000_000.25, "output": "{\"startDate\":1}"}],
        });
        let expected = json!({
            "executions": [
                {"startDate": "2023-11-14T22:13:20.250Z", "output": "{\"startDate\":1}"},
            ],
        });
        assert_eq!(with_iso_dates(answer), expected);
        let at = instant_of(&json!(1_700_000_000.25)).expect("a date");
        assert_eq!(instant_text(at), "2023-11-14 22:13:20Z");
        assert_eq!(instant_of(&json!("x")), None);
    }
}
