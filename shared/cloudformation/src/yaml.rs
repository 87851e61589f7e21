//! Reads the YAML of templates as JSON. Short tags are expanded, all other tags are ignored.
//!
//! A plain scalar is a number only if the number prints as it was written or is a decimal
//! fraction. An account id with a leading zero stays text, as in the parser that `sam` uses.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use serde_json::{Map, Number, Value, json};

/// How many levels deep a template may nest. Statewright's own limit.
const DEPTH_MAX: usize = 100;

/// How many values all aliases of a template may expand to. Statewright's own limit, against
/// documents that expand exponentially.
const ALIASED_VALUES_MAX: usize = 100_000;

/// Some editors begin a file with it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Says why a text is not a valid template.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The syntax is wrong.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A key is not a scalar. The number is its line.
    #[error("a key on line {0} is not text")]
    Key(usize),
    /// A mapping has a key twice.
    #[error("the key '{key}' on line {line} is given twice")]
    DuplicateKey {
        /// The key.
        key: String,
        /// The line on which it is given again.
        line: usize,
    },
    /// The text nests too deep.
    #[error("it nests more than {DEPTH_MAX} levels deep")]
    Depth,
    /// The aliases of the text expand to too many values.
    #[error("its aliases stand for more than {ALIASED_VALUES_MAX} values")]
    Aliases,
}

/// Parses the first document of a YAML or JSON text.
///
/// `!Ref X` → `{"Ref": "X"}`, `!GetAtt A.B` → `{"Fn::GetAtt": ["A", "B"]}`,
/// `!Any X` → `{"Fn::Any": X}`
///
/// Errors: wrong syntax, keys that are not text or given twice, more nesting or aliases than any
/// template has.
pub fn parse_yaml(text: &str) -> Result<Value, YamlError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut reader = YamlReader {
        events: Parser::new_from_str(text),
        anchors: HashMap::new(),
        aliased: 0,
        line: 0,
    };
    loop {
        match reader.next_event()? {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Value::Null),
            event => return reader.read_value(event, 0),
        }
    }
}

struct YamlReader<'input> {
    events: Parser<'input, StrInput<'input>>,
    anchors: HashMap<usize, Value>,
    aliased: usize,
    line: usize,
}

impl<'input> YamlReader<'input> {
    fn next_event(&mut self) -> Result<Event<'input>, YamlError> {
        let Some(next) = self.events.next() else { return Ok(Event::StreamEnd) };
        let (event, span) = next?;
        self.line = span.start.line();
        Ok(event)
    }

    fn read_value(&mut self, event: Event<'input>, depth: usize) -> Result<Value, YamlError> {
        if depth > DEPTH_MAX {
            return Err(YamlError::Depth);
        }
        let (value, anchor, tag) = match event {
            Event::Alias(anchor) => return self.resolve_alias(anchor),
            Event::Scalar(text, style, anchor, tag) => {
                (scalar_value(&text, style, tag.as_deref()), anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.read_sequence(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.read_mapping(depth)?, anchor, tag),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => (Value::Null, 0, None),
        };
        let value = match tag {
            Some(tag) if tag.handle == "!" => expand_short_tag(&tag.suffix, value),
            _ => value,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn read_sequence(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next_event()? {
                Event::SequenceEnd | Event::StreamEnd => return Ok(Value::Array(items)),
                event => items.push(self.read_value(event, depth + 1)?),
            }
        }
    }

    fn read_mapping(&mut self, depth: usize) -> Result<Value, YamlError> {
        let mut members = Map::new();
        let mut merged = Map::new();
        loop {
            let key = match self.next_event()? {
                Event::MappingEnd | Event::StreamEnd => break,
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(YamlError::Key(self.line)),
            };
            let line = self.line;
            let event = self.next_event()?;
            match self.read_value(event, depth + 1)? {
                Value::Object(value) if key == "<<" => merged.extend(value),
                _ if members.contains_key(&key) => {
                    return Err(YamlError::DuplicateKey { key, line });
                }
                value => drop(members.insert(key, value)),
            }
        }
        for (key, value) in merged {
            members.entry(key).or_insert(value);
        }
        Ok(Value::Object(members))
    }

    fn resolve_alias(&mut self, anchor: usize) -> Result<Value, YamlError> {
        let value = self.anchors.get(&anchor).unwrap_or(&Value::Null);
        self.aliased += count_values(value);
        if self.aliased > ALIASED_VALUES_MAX {
            return Err(YamlError::Aliases);
        }
        Ok(value.clone())
    }
}

fn count_values(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
        Value::Array(items) => 1 + items.iter().map(count_values).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count_values).sum::<usize>(),
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.handle == "!" || tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return text.into();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ => parse_number(text).map_or_else(|| text.into(), Value::Number),
    }
}

fn parse_number(text: &str) -> Option<Number> {
    if let Ok(integer) = text.parse::<i64>() {
        return (integer.to_string() == text).then(|| integer.into());
    }
    let is_fraction = text.contains('.')
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    text.parse().ok().filter(|_| is_fraction).and_then(Number::from_f64)
}

fn expand_short_tag(tag: &str, value: Value) -> Value {
    match (tag, value) {
        ("Ref" | "Condition", value) => json!({ tag: value }),
        ("GetAtt", Value::String(path)) => {
            let (id, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({"Fn::GetAtt": [id, attribute]})
        }
        (tag, value) => json!({ format!("Fn::{tag}"): value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_written_out_wherever_they_stand() {
        let text = "a: !Ref B\nb: !GetAtt C.Outputs.D\nc: !If [X, !Ref Y, !Sub 'a${Z}']\n\
                    d: !Condition E\ne: !FindInMap\n  - F\n  - 1";
        assert_eq!(
            parse_yaml(text).expect("valid"),
            json!({
                "a": {"Ref": "B"},
                "b": {"Fn::GetAtt": ["C", "Outputs.D"]},
                "c": {"Fn::If": ["X", {"Ref": "Y"}, {"Fn::Sub": "a${Z}"}]},
                "d": {"Condition": "E"},
                "e": {"Fn::FindInMap": ["F", 1]},
            })
        );
    }

    #[test]
    fn plain_scalars_are_what_sam_takes_them_for() {
        let text = "[1, -2, 012, 1.50, .inf, 1e3, true, ~, '3', 2010-09-09, yes]";
        let expected =
            json!([1, -2, "012", 1.5, ".inf", "1e3", true, null, "3", "2010-09-09", "yes"]);
        assert_eq!(parse_yaml(text).expect("valid"), expected);
    }

    #[test]
    fn json_is_read_too_and_keeps_its_order() {
        let text = "{\n\t\"b\": [1, {\"c\": \"\\u00e9\\/\"}],\n\t\"a\": {}\n}";
        assert_eq!(parse_yaml(text).expect("valid").to_string(), r#"{"b":[1,{"c":"é/"}],"a":{}}"#);
    }

    #[test]
    fn aliases_and_merge_keys_repeat_what_they_name() {
        let text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3";
        let one = json!({"x": 1, "y": 2});
        let expected = json!({"a": one, "b": one, "c": {"y": 3, "x": 1}});
        assert_eq!(parse_yaml(text).expect("valid"), expected);
    }

    #[test]
    fn a_key_that_is_given_twice_is_refused() {
        let text = "States:\n  A: {Type: Pass}\n  B: 1\n  A: {Type: Wait}\n";
        let error = parse_yaml(text).expect_err("A is given twice").to_string();
        assert_eq!(error, "the key 'A' on line 4 is given twice");
        assert!(parse_yaml("a: {b: 1}\nc: {b: 1}").is_ok());
    }

    #[test]
    fn a_few_lines_cannot_stand_for_millions_of_values() {
        let mut text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
        for level in 1..8 {
            let parts = vec![format!("*a{}", level - 1); 10].join(", ");
            let line = format!("a{level}: &a{level} [{parts}]\n");
            text.push_str(&line);
        }
        assert!(matches!(parse_yaml(&text), Err(YamlError::Aliases)));
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(matches!(parse_yaml(&deep), Err(YamlError::Depth | YamlError::Scan(_))));
    }

    #[test]
    fn an_error_tells_its_line() {
        let error = parse_yaml("a: 1\nb: [").expect_err("unfinished").to_string();
        assert!(error.contains("line"), "{error}");
    }
}
