//! Wait State.

use model::Timestamp;

use super::{cursor::DocumentCursor, fields::ObjectSchema, flow, language::ParseLanguage};
use crate::WaitState;

/// Spec: ASL § Wait State.
pub(super) const FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["Type", "Comment", "QueryLanguage", "Next", "End", "Seconds", "Timestamp", "Assign"],
    jsonpath: &["InputPath", "OutputPath", "SecondsPath", "TimestampPath"],
    jsonata: &["Output"],
    ..ObjectSchema::NONE
};

/// Reads a Wait.
pub(super) fn parse_wait_state<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<WaitState<L>> {
    let next = flow::parse_next_or_end(state);
    let flow = L::parse_input_output(state);
    let duration = L::parse_wait_duration(state);
    Some(WaitState { flow: flow?, duration: duration?, next: next? })
}

/// Reads an RFC 3339 timestamp.
///
/// Spec: ASL § Timestamps.
pub(super) fn parse_timestamp(cursor: &DocumentCursor<'_>) -> Option<Timestamp> {
    let timestamp = Timestamp::parse(cursor.expect_string()?).ok();
    if timestamp.is_none() {
        cursor.refuse("String does not match RFC3339 timestamp");
    }
    timestamp
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::examples::refusals_of;

    #[test]
    fn a_wait_has_one_duration() {
        let group = "[SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S";
        assert_eq!(
            refusals_of(json!({"Type": "Wait", "End": true})),
            [format!("This object should have only one of the following fields: {group}")]
        );
        assert_eq!(
            refusals_of(json!({"Type": "Wait", "End": true, "Seconds": 1, "SecondsPath": "$.s"})),
            [format!("There should only be one of the following fields: {group}")]
        );
    }

    #[test]
    fn a_wait_is_no_longer_than_three_years_and_no_shorter_than_nothing() {
        for (seconds, refusal) in [
            (json!(-1), "Minimum value is 0"),
            (json!(100_000_000), "Maximum value is 99999999"),
            (json!(1.5), "Expected value of type Integer"),
            (json!("1"), "Expected value of type Integer"),
        ] {
            assert_eq!(
                refusals_of(json!({"Type": "Wait", "End": true, "Seconds": seconds})),
                [format!("{refusal} at /States/S/Seconds")]
            );
        }
        assert!(refusals_of(json!({"Type": "Wait", "End": true, "Seconds": 0})).is_empty());
    }

    #[test]
    fn a_timestamp_has_a_date_that_exists_and_an_offset() {
        for text in ["2030-02-30T00:00:00Z", "2030-01-01T00:00:00", "2030-01-01", "soon"] {
            assert_eq!(
                refusals_of(json!({"Type": "Wait", "End": true, "Timestamp": text})),
                ["String does not match RFC3339 timestamp at /States/S/Timestamp"]
            );
        }
    }
}
