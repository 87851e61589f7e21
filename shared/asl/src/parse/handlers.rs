//! Retry and Catch.

use model::limits::{MAX_DELAY_SECONDS_MAX, SECONDS_MAX};

use super::{cursor::DocumentCursor, fields::ObjectSchema, flow, language::ParseLanguage};
use crate::{Catcher, ErrorHandlers, JitterStrategy, Retrier};

/// Spec: ASL § Retrying after error.
const RETRIER_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &[
        "ErrorEquals",
        "IntervalSeconds",
        "MaxAttempts",
        "BackoffRate",
        "MaxDelaySeconds",
        "JitterStrategy",
        "Comment",
    ],
    required: &["ErrorEquals"],
    ..ObjectSchema::NONE
};

/// Spec: ASL § Fallback states.
const CATCHER_FIELDS: ObjectSchema = ObjectSchema {
    allowed: &["ErrorEquals", "Next", "Comment", "Assign"],
    jsonpath: &["ResultPath"],
    jsonata: &["Output"],
    required: &["ErrorEquals", "Next"],
};

/// The error name that matches all errors.
const ALL: &str = "States.ALL";

/// Reads `Retry` and `Catch`.
pub(super) fn parse_error_handlers<L: ParseLanguage>(
    state: &DocumentCursor<'_>,
) -> Option<ErrorHandlers<L>> {
    let retry = state
        .optional_field_or("Retry", Vec::new(), |list| parse_handler_list(list, parse_retrier));
    let catch = state.optional_field_or("Catch", Vec::new(), |list| {
        parse_handler_list(list, parse_catcher::<L>)
    });
    Some(ErrorHandlers { retry: retry?, catch: catch? })
}

fn parse_handler_list<T>(
    list: &DocumentCursor<'_>,
    read: impl Fn(&DocumentCursor<'_>, &ErrorNames) -> Option<T>,
) -> Option<Vec<T>> {
    let elements = list.expect_array()?;
    let end = elements.len().saturating_sub(1);
    let read_all: Vec<Option<T>> = elements
        .iter()
        .enumerate()
        .map(|(index, element)| {
            let position =
                if index == end { HandlerPosition::Last } else { HandlerPosition::Earlier };
            read(element, &ErrorNames(position))
        })
        .collect();
    read_all.into_iter().collect()
}

/// Position of a retrier or catcher in its list; only the last may name `States.ALL`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HandlerPosition {
    Earlier,
    Last,
}

/// Reads `ErrorEquals` of a retrier or catcher at this position.
struct ErrorNames(HandlerPosition);

impl ErrorNames {
    fn read_error_equals(&self, handler: &DocumentCursor<'_>) -> Option<Vec<String>> {
        let list = handler.get("ErrorEquals")?;
        let names = DocumentCursor::read_each(&list.expect_non_empty_array()?, |name| {
            name.expect_string().map(str::to_owned)
        })?;
        let has_all = names.iter().any(|name| name == ALL);
        if has_all && (names.len() > 1 || self.0 == HandlerPosition::Earlier) {
            list.refuse("States.ALL must appear alone and at end of list");
            return None;
        }
        Some(names)
    }
}

fn parse_retrier(retrier: &DocumentCursor<'_>, error_names: &ErrorNames) -> Option<Retrier> {
    if !RETRIER_FIELDS.check(retrier) {
        return None;
    }
    let error_equals = error_names.read_error_equals(retrier);
    // AWS accepts 0 (recorded).
    let interval =
        retrier.optional_field_or("IntervalSeconds", 1, |at| at.expect_integer(0, SECONDS_MAX));
    let attempts =
        retrier.optional_field_or("MaxAttempts", 3, |at| at.expect_integer(0, SECONDS_MAX));
    let backoff_rate = retrier.optional_field_or("BackoffRate", 2.0, parse_backoff_rate);
    let max_delay =
        retrier.optional_field("MaxDelaySeconds", |at| at.expect_integer(1, MAX_DELAY_SECONDS_MAX));
    let jitter =
        retrier.optional_field_or("JitterStrategy", JitterStrategy::None, parse_jitter_strategy);
    let comment = retrier.optional_field("Comment", DocumentCursor::expect_string);
    if let (Some(Some(max_delay)), Some(interval)) = (max_delay, interval)
        && max_delay <= interval
        && retrier.has_field("IntervalSeconds")
    {
        retrier.refuse("'MaxDelaySeconds' should be greater than 'IntervalSeconds'");
    }
    comment?;
    Some(Retrier {
        error_equals: error_equals?,
        interval_seconds: interval?,
        max_attempts: attempts?,
        backoff_rate: backoff_rate?,
        max_delay_seconds: max_delay?,
        jitter: jitter?,
    })
}

fn parse_backoff_rate(cursor: &DocumentCursor<'_>) -> Option<f64> {
    let rate = cursor.expect_type(cursor.value().as_f64(), "[NUMBER]")?;
    if rate < 1.0 {
        cursor.refuse("Minimum value is 1");
        return None;
    }
    Some(rate)
}

fn parse_jitter_strategy(cursor: &DocumentCursor<'_>) -> Option<JitterStrategy> {
    let strategy = cursor.expect_one_of(&["NONE", "FULL"])?;
    Some(if strategy == "FULL" { JitterStrategy::Full } else { JitterStrategy::None })
}

fn parse_catcher<L: ParseLanguage>(
    catcher: &DocumentCursor<'_>,
    error_names: &ErrorNames,
) -> Option<Catcher<L>> {
    if !CATCHER_FIELDS.check_in_dialect(catcher, L::DIALECT) {
        return None;
    }
    let error_equals = error_names.read_error_equals(catcher);
    let next = catcher.get("Next").and_then(|next| flow::parse_state_name(&next));
    let caught = L::parse_catcher_output(catcher);
    let comment = catcher.optional_field("Comment", DocumentCursor::expect_string);
    comment?;
    Some(Catcher { error_equals: error_equals?, next: next?, catcher_output: caught? })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::examples::{definition_of, refusals_of, task_state_json};
    use crate::{JitterStrategy, Retrier, StateBody, StateKind};

    #[test]
    fn a_retrier_has_defaults() {
        let definition =
            definition_of(&task_state_json(json!({"Retry": [{"ErrorEquals": ["E"]}]})));
        let retry = match definition.states.into_values().next().map(|state| state.body) {
            Some(StateBody::JsonPath(StateKind::Task(task))) => task.handlers.retry,
            other => panic!("not a Task: {other:?}"),
        };
        let expected = Retrier {
            error_equals: vec!["E".to_owned()],
            interval_seconds: 1,
            max_attempts: 3,
            backoff_rate: 2.0,
            max_delay_seconds: None,
            jitter: JitterStrategy::None,
        };
        assert_eq!(retry, [expected]);
    }

    #[test]
    fn a_retriers_numbers_have_bounds() {
        let retry = |fields: Value| {
            let mut retrier = json!({"ErrorEquals": ["E"]});
            if let (Some(retrier), Value::Object(fields)) = (retrier.as_object_mut(), fields) {
                retrier.extend(fields);
            }
            refusals_of(task_state_json(json!({"Retry": [retrier]})))
        };
        for (fields, refusal, position) in [
            (json!({"IntervalSeconds": -1}), "Minimum value is 0", "/IntervalSeconds"),
            (json!({"MaxAttempts": 100_000_000}), "Maximum value is 99999999", "/MaxAttempts"),
            (json!({"BackoffRate": 0.9}), "Minimum value is 1", "/BackoffRate"),
            (
                json!({"MaxDelaySeconds": 31_622_401}),
                "Maximum value is 31622400",
                "/MaxDelaySeconds",
            ),
            (
                json!({"JitterStrategy": "SOME"}),
                "Value should be one of the following: [NONE, FULL]",
                "/JitterStrategy",
            ),
            (
                json!({"IntervalSeconds": 5, "MaxDelaySeconds": 5}),
                "'MaxDelaySeconds' should be greater than 'IntervalSeconds'",
                "",
            ),
            (json!({"Next": "S"}), "Field 'Next' is not supported", ""),
        ] {
            assert_eq!(retry(fields), [format!("{refusal} at /States/S/Retry[0]{position}")]);
        }
        assert!(retry(json!({"IntervalSeconds": 0, "MaxAttempts": 0})).is_empty());
    }

    #[test]
    fn states_all_stands_alone_and_last() {
        let refusal = |index: usize| {
            format!(
                "States.ALL must appear alone and at end of list at \
                 /States/S/Catch[{index}]/ErrorEquals"
            )
        };
        let all = json!({"ErrorEquals": ["States.ALL"], "Next": "S"});
        let mixed = json!({"ErrorEquals": ["E", "States.ALL"], "Next": "S"});
        assert_eq!(
            refusals_of(task_state_json(json!({"Catch": [all, mixed]}))),
            [refusal(0), refusal(1)]
        );
    }

    #[test]
    fn a_handler_names_errors_and_a_catcher_leads_on() {
        assert_eq!(
            refusals_of(task_state_json(json!({"Catch": [{}], "Retry": [{"ErrorEquals": []}]}))),
            [
                "These fields are required: [ErrorEquals, Next] at /States/S/Catch[0]",
                "Value cannot be empty at /States/S/Retry[0]/ErrorEquals",
            ]
        );
        assert!(refusals_of(task_state_json(json!({"Catch": [], "Retry": []}))).is_empty());
    }
}
