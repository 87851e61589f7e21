//! Mocks of Task states, by state name.
//!
//! ```text
//! {"Charge": {"result": {"id": 1}},                          every call
//!  "Reserve": [{"error": "Busy", "cause": "full"},           the first call,
//!              {"result": {}, "seconds": 3}],                the second, which takes 3 seconds
//!  "Ship": {"0": {"Throw": {"Error": "E", "Cause": "c"}},    as MockConfigFile.json has it
//!           "1-2": {"Return": {}}}}
//! ```

use std::collections::BTreeMap;

use model::{Failure, Payload, StateName};
use orchestrator::ports::CallOutcome;
use serde_json::{Map, Value};

use crate::nearest_word::find_nearest_word;

/// Holds the mock answers of each state.
#[derive(Clone, Debug, Default)]
pub struct StateMocks(BTreeMap<StateName, Vec<NumberedAnswer>>);

/// An answer and the calls that it answers, which count from 0.
#[derive(Clone, Debug)]
struct NumberedAnswer {
    first: u32,
    /// `None` if it answers all calls from `first` on.
    last: Option<u32>,
    answer: MockAnswer,
}

/// Describes how a mock answers one call.
#[derive(Clone, Debug)]
pub struct MockAnswer {
    /// The outcome of the call.
    pub outcome: CallOutcome,
    /// How long the call takes, in virtual milliseconds.
    pub milliseconds: i64,
}

/// Reports mocks that are invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateMocksError {
    /// The value is not a JSON object.
    #[error("mocks are a JSON object of answers by the names of states")]
    NoObject,
    /// The answers of a state are invalid.
    #[error("the mock of state '{state}' {reason}")]
    State {
        /// The state.
        state: StateName,
        /// What is wrong.
        reason: String,
    },
}

impl StateMocks {
    /// Parses a JSON object that maps each state name to one answer, an array of answers, or
    /// numbered answers.
    pub fn from_json(value: &Value) -> Result<Self, StateMocksError> {
        let states = value.as_object().ok_or(StateMocksError::NoObject)?;
        let mut mocks = Self::default();
        for (name, answers) in states {
            let state = StateName::new(name);
            let turns = parse_answers(answers)
                .map_err(|reason| StateMocksError::State { state: state.clone(), reason })?;
            mocks.0.insert(state, turns);
        }
        Ok(mocks)
    }

    /// Adds the mocks of `other` for states that have no mock here.
    #[must_use]
    pub fn with_fallback(mut self, other: &Self) -> Self {
        for (state, turns) in &other.0 {
            self.0.entry(state.clone()).or_insert_with(|| turns.clone());
        }
        self
    }

    /// Lists the states that have a mock.
    pub fn mocked_states(&self) -> impl Iterator<Item = &StateName> {
        self.0.keys()
    }

    /// Returns whether a state has a mock.
    pub fn has_mock(&self, state: &StateName) -> bool {
        self.0.contains_key(state)
    }

    /// Returns the answer to a call of a state. Calls count from 0.
    pub fn answer_for_call(&self, state: &StateName, call: u32) -> Option<&MockAnswer> {
        let is_for = |turn: &&NumberedAnswer| {
            turn.first <= call && turn.last.is_none_or(|last| call <= last)
        };
        self.0.get(state)?.iter().find(is_for).map(|turn| &turn.answer)
    }
}

fn parse_answers(value: &Value) -> Result<Vec<NumberedAnswer>, String> {
    match value {
        Value::Array(answers) if answers.is_empty() => Err("has no answer".to_owned()),
        Value::Array(answers) => (0..)
            .zip(answers)
            .map(|(call, value)| {
                Ok(NumberedAnswer { first: call, last: Some(call), answer: parse_answer(value)? })
            })
            .collect(),
        Value::Object(members) if is_numbered(members) => members
            .iter()
            .map(|(calls, value)| {
                let (first, last) = parse_call_range(calls)?;
                Ok(NumberedAnswer { first, last: Some(last), answer: parse_answer(value)? })
            })
            .collect(),
        value => Ok(vec![NumberedAnswer { first: 0, last: None, answer: parse_answer(value)? }]),
    }
}

fn is_numbered(members: &Map<String, Value>) -> bool {
    members.keys().next().is_some_and(|key| key.starts_with(|c: char| c.is_ascii_digit()))
}

/// Parses the number of a call or a range of calls: `0` or `1-2`.
fn parse_call_range(text: &str) -> Result<(u32, u32), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("names the calls '{text}', which are neither a number nor a range")),
    }
}

fn parse_answer(value: &Value) -> Result<MockAnswer, String> {
    let Value::Object(members) = value else {
        return Err("has an answer that is no object".to_owned());
    };
    let known = ["result", "error", "cause", "seconds", "Return", "Throw"];
    if let Some(unknown) = members.keys().find(|key| !known.contains(&key.as_str())) {
        let near = find_nearest_word(unknown, known);
        let guess = near.map(|near| format!("; is it '{near}'?")).unwrap_or_default();
        return Err(format!("has an unknown member '{unknown}'{guess}"));
    }
    let result = members.get("result").or_else(|| members.get("Return"));
    let failure = match members.get("Throw") {
        Some(throw) => Some(parse_failure(throw.get("Error"), throw.get("Cause"))?),
        None if members.contains_key("error") || members.contains_key("cause") => {
            Some(parse_failure(members.get("error"), members.get("cause"))?)
        }
        None => None,
    };
    let outcome = match (result, failure) {
        (Some(result), None) => CallOutcome::Succeeded(Payload::from_value(result.clone())),
        (None, Some(failure)) => CallOutcome::Failed(failure),
        (Some(_), Some(_)) | (None, None) => {
            return Err("needs either a result or an error in each answer".to_owned());
        }
    };
    let milliseconds = members.get("seconds").map_or(Ok(0), parse_milliseconds)?;
    Ok(MockAnswer { outcome, milliseconds })
}

fn parse_failure(error: Option<&Value>, cause: Option<&Value>) -> Result<Failure, String> {
    let text = |value: Option<&Value>| match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err("has an error or a cause that is no text".to_owned()),
    };
    Ok(Failure { error: text(error)?, cause: text(cause)? })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond 64 bits becomes the largest number, which is the end of time"
)]
fn parse_milliseconds(seconds: &Value) -> Result<i64, String> {
    match seconds.as_f64() {
        Some(seconds) if seconds >= 0.0 => Ok((seconds * 1000.0) as i64),
        Some(_) | None => Err("takes a number of seconds that is none".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer_text(mocks: &Value, call: u32) -> Option<String> {
        let mocks = StateMocks::from_json(mocks).expect("the mocks are in order");
        mocks.answer_for_call(&StateName::new("S"), call).map(|answer| match &answer.outcome {
            CallOutcome::Succeeded(output) | CallOutcome::Submitted { output, .. } => {
                output.json_text().to_owned()
            }
            CallOutcome::Failed(failure) | CallOutcome::NotScheduled(failure) => {
                failure.error.clone().unwrap_or_default()
            }
            CallOutcome::Queued { .. } => "queued".to_owned(),
            CallOutcome::TimedOut => "timed out".to_owned(),
        })
    }

    fn error_text(mocks: &Value) -> String {
        StateMocks::from_json(mocks).expect_err("the mocks are refused").to_string()
    }

    #[test]
    fn one_answer_is_for_every_call() {
        let mocks = json!({"S": {"result": null}});
        assert_eq!(answer_text(&mocks, 0).as_deref(), Some("null"));
        assert_eq!(answer_text(&mocks, 99).as_deref(), Some("null"));
    }

    #[test]
    fn answers_in_a_row_are_used_up() {
        let mocks = json!({"S": [{"error": "E"}, {"result": 1}]});
        assert_eq!(
            [0, 1, 2].map(|call| answer_text(&mocks, call)),
            [Some("E".to_owned()), Some("1".to_owned()), None]
        );
    }

    #[test]
    fn numbered_answers_are_for_those_calls() {
        let mocks = json!({"S": {"0": {"Throw": {"Error": "E", "Cause": "c"}},
            "1-2": {"Return": 1}, "4": {"Return": 2}}});
        let all = [0, 1, 2, 3, 4].map(|call| answer_text(&mocks, call).unwrap_or_default());
        assert_eq!(all, ["E", "1", "1", "", "2"]);
    }

    #[test]
    fn a_mock_that_answers_nothing_is_refused_by_its_state() {
        let wrong = [json!({}), json!([]), json!({"result": 1, "error": "E"}), json!({"reslt": 1})];
        for wrong in wrong.into_iter().chain([json!({"1-0": {"Return": 1}}), json!("x")]) {
            let refused = error_text(&json!({"S": wrong}));
            assert!(refused.starts_with("the mock of state 'S' "), "{refused}");
        }
        assert_eq!(error_text(&json!([])), StateMocksError::NoObject.to_string());
    }

    #[test]
    fn own_mocks_go_before_inherited_ones() {
        let read = |value| StateMocks::from_json(&value).expect("in order");
        let own = read(json!({"S": {"result": 1}}));
        let merged = own.with_fallback(&read(json!({"S": {"result": 2}, "T": {"result": 3}})));
        assert!(merged.has_mock(&StateName::new("T")));
        let answer = merged.answer_for_call(&StateName::new("S"), 0).expect("it is mocked");
        assert!(matches!(&answer.outcome, CallOutcome::Succeeded(one) if one.json_text() == "1"));
    }
}
