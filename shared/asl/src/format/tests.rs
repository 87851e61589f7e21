use std::collections::BTreeMap;

use random_stream::RandomStream;
use serde_json::value::RawValue;

use super::*;

fn formatted(text: &str) -> String {
    format_definition(text).unwrap_or_else(|error| panic!("{text}: {error} at {}", error.offset))
}

#[test]
fn the_fields_of_a_definition_have_an_order_and_those_of_payloads_keep_theirs() {
    let text = r#"{"States": {"Z": {"End": true, "Parameters": {"z": 1, "Type": "b", "a": {"Next": 1, "End": 2}},
        "Catch": [{"Next": "A", "ErrorEquals": ["E"], "Mine": 1}], "Type": "Task", "Resource": "r",
        "Retry": [{"MaxAttempts": 1, "ErrorEquals": ["States.ALL"]}], "Comment": "c"},
        "A": {"Next": "Z", "Type": "Choice", "Choices": [{"Next": "Z", "Not": {"IsNull": true, "Variable": "$.a"}}]},
        "M": {"Type": "Map", "End": true, "ItemProcessor": {"States": {}, "StartAt": "I"}}},
        "StartAt": "A", "QueryLanguage": "JSONPath"}"#;
    let expected = r#"{
  "QueryLanguage": "JSONPath",
  "StartAt": "A",
  "States": {
    "Z": {
      "Comment": "c",
      "Type": "Task",
      "Resource": "r",
      "Parameters": { "z": 1, "Type": "b", "a": { "Next": 1, "End": 2 } },
      "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }],
      "Catch": [{ "ErrorEquals": ["E"], "Mine": 1, "Next": "A" }],
      "End": true
    },
    "A": {
      "Type": "Choice",
      "Choices": [{ "Not": { "Variable": "$.a", "IsNull": true }, "Next": "Z" }],
      "Next": "Z"
    },
    "M": {
      "Type": "Map",
      "ItemProcessor": {
        "StartAt": "I",
        "States": {}
      },
      "End": true
    }
  }
}
"#;
    assert_eq!(formatted(text), expected);
}

#[test]
fn numbers_strings_and_placeholders_are_what_was_written() {
    let result = r#"[1.0, 1e3, 123456789012345678901234567890, -0.10, "\u00e9\/é", ${Count}]"#;
    let text = format!(r#"{{"StartAt":"A","States":{{"A":{{"Type":"Pass","Result":{result}}}}}}}"#);
    assert!(formatted(&text).contains(&format!("\"Result\": {result}\n")), "{}", formatted(&text));
}

#[test]
fn a_line_has_a_hundred_columns_and_no_more() {
    let line = |length: usize| {
        let text = format!(r#"{{"StartAt":"A","Comment":["{}"]}}"#, "é".repeat(length));
        formatted(&text).lines().nth(1).expect("it has lines").chars().count()
    };
    // Two of indentation, `"Comment": ["`, `"],`.
    assert_eq!(line(100 - 2 - 13 - 3), 100);
    assert_eq!(line(100 - 2 - 13 - 2), "  \"Comment\": [".len());
}

#[test]
fn of_a_key_that_is_there_twice_the_second_still_counts() {
    let text = r#"{"StartAt": "A", "StartAt": "B", "Start\u0041t": "C"}"#;
    let expected =
        "{\n  \"StartAt\": \"A\",\n  \"StartAt\": \"B\",\n  \"Start\\u0041t\": \"C\"\n}\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn the_line_endings_stay() {
    assert_eq!(formatted("{\r\n\"StartAt\": \"A\"}"), "{\r\n  \"StartAt\": \"A\"\r\n}\r\n");
}

#[test]
fn what_is_no_definition_is_refused_where_it_is_wrong() {
    let deep = format!("{{\"States\": {}", "[".repeat(200));
    for (text, offset, reason) in [
        ("", 0, "not JSON: expected a value, and here the text ends"),
        ("{\"StartAt\": \"A\",}", 16, "not JSON: expected a key in double quotes, and here is '}'"),
        ("{\"StartAt\" 1}", 11, "not JSON: expected ':', and here is '1'"),
        ("{\"StartAt\": 01}", 12, "not JSON: 01 is no value"),
        ("{\"StartAt\": \"A}", 12, "not JSON: this string has no end"),
        (r#"{"StartAt": "\x"}"#, 12, r#"not JSON: \"\\x\" is no value"#),
        ("{\"StartAt\": \u{1b}[2J}", 12, "not JSON: \\u{1b} is no value"),
        ("{\"StartAt\": ${A", 12, "not JSON: expected a value, and here is '$'"),
        ("{\"StartAt\": 1} // no", 15, "not JSON: expected the end of the text, and here is '/'"),
        ("{\"name\": 1}", 0, "this is no state machine: it has neither StartAt nor States"),
        ("[1]", 0, "this is no state machine: it has neither StartAt nor States"),
        (&deep, 138, "it nests deeper than 128 levels"),
    ] {
        let expected = Err(DefinitionFormatError { offset, reason: reason.to_owned() });
        assert_eq!(format_definition(text), expected, "{text}");
    }
}

/// The JSON in a text with the members of objects sorted, and all else as it was written. Written
/// without the formatter's own parser.
fn canonical_text(text: &str) -> String {
    match text.trim_start().chars().next() {
        Some('{') => {
            let members: BTreeMap<String, Box<RawValue>> =
                serde_json::from_str(text).expect("an object");
            let members = members
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical_text(value.get())));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Some('[') => {
            let elements: Vec<Box<RawValue>> = serde_json::from_str(text).expect("an array");
            let texts: Vec<String> =
                elements.iter().map(|element| canonical_text(element.get())).collect();
            format!("[{}]", texts.join(","))
        }
        _ => text.trim().to_owned(),
    }
}

const KEYS: [&str; 22] = [
    "Comment",
    "Type",
    "Next",
    "End",
    "Retry",
    "Catch",
    "Choices",
    "And",
    "Not",
    "States",
    "StartAt",
    "Branches",
    "ItemProcessor",
    "Parameters",
    "Result",
    "ErrorEquals",
    "QueryLanguage",
    "é",
    "a b",
    "\\u0041",
    "x.$",
    "",
];
const SCALARS: [&str; 12] = [
    "1.0",
    "1e3",
    "-0",
    "123456789012345678901234567890",
    "0.1E-7",
    "true",
    "null",
    "\"\"",
    "\"{% $a %}\"",
    "\"\\ud83d\\ude00 \\\" \\\\\"",
    "\"States.Format('{}', $.a)\"",
    "\"a long text that takes a good part of the line, so that lines are as often full as not\"",
];
const SPACES: [&str; 5] = ["", " ", "\n", "\t", "  \n  "];

/// A document whose names and values are drawn from those that matter here.
struct RandomDefinition {
    random: RandomStream,
    text: String,
}

impl RandomDefinition {
    fn pick<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        let count = u64::try_from(choices.len()).expect("a few");
        let at = usize::try_from(self.random.next_u64() % count).expect("less than a few");
        choices[at]
    }

    fn push_one_of(&mut self, choices: &[&str]) {
        let chosen = self.pick(choices);
        self.text.push_str(chosen);
    }

    fn push_value(&mut self, depth: usize) {
        self.push_one_of(&SPACES);
        let kind = if depth == 0 { 0 } else { self.random.next_u64() % 6 };
        let count = self.random.next_u64() % 5;
        match kind {
            0 | 1 => self.push_one_of(&SCALARS),
            2 => {
                self.text.push('[');
                for at in 0..count {
                    self.text.push_str(if at > 0 { "," } else { "" });
                    self.push_value(depth - 1);
                }
                self.text.push(']');
            }
            _ => self.push_object(depth, count),
        }
        self.push_one_of(&SPACES);
    }

    fn push_object(&mut self, depth: usize, count: u64) {
        self.text.push('{');
        for at in 0..count {
            self.text.push_str(if at > 0 { "," } else { "" });
            self.push_one_of(&SPACES);
            let key = self.pick(&KEYS);
            self.text += &["\"", key, "\":"].concat();
            self.push_value(depth - 1);
        }
        self.text.push('}');
    }
}

#[test]
fn formatting_changes_no_value_and_formatting_again_changes_nothing() {
    for seed in 0..2_000 {
        let mut drawn = RandomDefinition { random: RandomStream::new(seed), text: String::new() };
        drawn.text.push_str("{\"StartAt\": \"A\", \"States\":");
        drawn.push_object(6, 4);
        drawn.text.push('}');
        let once = formatted(&drawn.text);
        assert_eq!(canonical_text(&once), canonical_text(&drawn.text), "SEED={seed}");
        assert_eq!(formatted(&once), once, "SEED={seed}");
        let is_long = |line: &str| line.chars().count() > 100 && line.contains(", ");
        let long = once.lines().find(|line| is_long(line) && !line.contains("a long text"));
        assert_eq!(long, None, "SEED={seed}");
    }
}
