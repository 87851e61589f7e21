//! JSON as its text has it: numbers with all their digits, and keys as often as they are there. A parsed
//! [`serde_json::Value`] has neither.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::json_source::token_end;

/// As many levels as everything else here reads.
const LEVELS_MAX: usize = 127;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WrittenJson<'t> {
    /// A string with its quotes, a number, or a word.
    Scalar(&'t str),
    List(Vec<Self>),
    /// Keys with their quotes, and their values.
    Object(Vec<(&'t str, Self)>),
}

impl<'t> WrittenJson<'t> {
    /// None if the text is no JSON, or nests too deep.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        Self::read(&mut Tokens { rest: text }, LEVELS_MAX)
    }

    /// Reads the next value of a text that is known to be JSON.
    fn read(tokens: &mut Tokens<'t>, levels_left: usize) -> Option<Self> {
        let token = tokens.next()?;
        let is_object = token == "{";
        if !is_object && token != "[" {
            return Some(Self::Scalar(token));
        }
        let levels_left = levels_left.checked_sub(1)?;
        let (mut members, mut elements) = (Vec::new(), Vec::new());
        loop {
            match tokens.peek()? {
                "}" | "]" => break,
                "," => drop(tokens.next()),
                key if is_object => {
                    let _key_and_colon = (tokens.next(), tokens.next());
                    members.push((key, Self::read(tokens, levels_left)?));
                }
                _ => elements.push(Self::read(tokens, levels_left)?),
            }
        }
        tokens.next();
        Some(if is_object { Self::Object(members) } else { Self::List(elements) })
    }

    /// A member of an object. Of a key that is there twice, the last one counts.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let found = self.members().iter().rev().find(|(key, _)| unquoted(key) == name);
        found.map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub(crate) fn members(&self) -> &[(&'t str, Self)] {
        if let Self::Object(members) = self { members } else { &[] }
    }

    /// The elements of a list; none of anything else.
    pub(crate) fn elements(&self) -> &[Self] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    /// The same with the members of every object in the order of their keys.
    #[must_use]
    pub(crate) fn sorted(self) -> Self {
        match self {
            Self::Scalar(_) => self,
            Self::List(elements) => Self::List(elements.into_iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let sorted = members.into_iter().map(|(key, value)| (key, value.sorted()));
                let mut members: Vec<_> = sorted.collect();
                members.sort_by_key(|(key, _)| *key);
                Self::Object(members)
            }
        }
    }

    /// Its text, a line for each value.
    pub(crate) fn indented(&self) -> String {
        let mut text = String::new();
        self.print(0, &mut text);
        text
    }

    fn print(&self, level: usize, text: &mut String) {
        let new_line = |text: &mut String, level: usize| {
            text.push('\n');
            text.extend(std::iter::repeat_n("  ", level));
        };
        match self {
            Self::Scalar(token) => text.push_str(token),
            Self::List(elements) if elements.is_empty() => text.push_str("[]"),
            Self::Object(members) if members.is_empty() => text.push_str("{}"),
            Self::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    text.push(if index == 0 { '[' } else { ',' });
                    new_line(text, level + 1);
                    element.print(level + 1, text);
                }
                new_line(text, level);
                text.push(']');
            }
            Self::Object(members) => {
                for (index, (key, value)) in members.iter().enumerate() {
                    text.push(if index == 0 { '{' } else { ',' });
                    new_line(text, level + 1);
                    text.push_str(key);
                    text.push_str(": ");
                    value.print(level + 1, text);
                }
                new_line(text, level);
                text.push('}');
            }
        }
    }
}

/// What a key or a string says, without quotes and escapes. Half a character, which is valid JSON and no
/// text, stays escaped.
pub(crate) fn unquoted(written: &str) -> Cow<'_, str> {
    let inner =
        written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written);
    if inner.contains('\\') {
        serde_json::from_str(written).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}

/// A JSON text on several lines, with nothing but its white space changed; any other text as it is.
pub(crate) fn indented_json(text: &str) -> String {
    WrittenJson::parse(text).map_or_else(|| text.to_owned(), |json| json.indented())
}

/// The text of an object with these members. A string that is JSON itself, as histories have payloads, stands
/// there as that JSON, if its member is unfolded.
pub(crate) fn unfolded_json(
    members: &Map<String, Value>,
    is_unfolded: impl Fn(&str) -> bool,
) -> String {
    let written = members.iter().map(|(name, value)| {
        let inner = value.as_str().filter(|_| is_unfolded(name));
        let inner = inner.filter(|text| WrittenJson::parse(text).is_some());
        let value = inner.map_or_else(|| value.to_string(), str::to_owned);
        format!("{}:{value}", Value::from(name.as_str()))
    });
    format!("{{{}}}", written.collect::<Vec<_>>().join(","))
}

/// The tokens of a JSON text.
struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Tokens<'t> {
    fn peek(&mut self) -> Option<&'t str> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let end = match self.rest.as_bytes().first()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => token_end(self.rest),
        };
        Some(&self.rest[..end])
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let token = self.peek()?;
        self.rest = &self.rest[token.len()..];
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_white_space_is_changed() {
        let text = r#" {"id":12345678901234567890123 ,"p":1.10,"e":1E+2,"a":1,"a":{"b":[],"c":{}},
            "s":"\u00e9 \"{[,:","l":[true,[null , -0.0]]}"#;
        let expected = r#"{
  "id": 12345678901234567890123,
  "p": 1.10,
  "e": 1E+2,
  "a": 1,
  "a": {
    "b": [],
    "c": {}
  },
  "s": "\u00e9 \"{[,:",
  "l": [
    true,
    [
      null,
      -0.0
    ]
  ]
}"#;
        assert_eq!(indented_json(text), expected);
        assert_eq!(indented_json(expected), expected);
        for scalar in ["1.10", "\"a b\"", "null", "1e400"] {
            assert_eq!(indented_json(scalar), scalar);
        }
        for broken in ["", "{", "{'a': 1}", "[1,]", "01", "text", "[1] 2"] {
            assert_eq!(indented_json(broken), broken);
        }
    }

    #[test]
    fn the_layout_is_that_of_parsed_json() {
        let text = r#"{"States":{"A":{"Type":"Pass","Result":[1,{"x":[{}]}],"End":true}}}"#;
        let parsed: Value = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(indented_json(text), format!("{parsed:#}"));
    }

    #[test]
    fn what_nests_too_deep_is_left_as_it_is() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(WrittenJson::parse(&nested(LEVELS_MAX)).is_some());
        assert_eq!(WrittenJson::parse(&nested(LEVELS_MAX + 1)), None);
        let deep = nested(100_000);
        assert_eq!(indented_json(&deep), deep);
    }

    #[test]
    fn members_are_sorted_at_every_level() {
        let sorted = |text| WrittenJson::parse(text).expect("it is JSON").sorted();
        assert_eq!(
            sorted(r#"{"b":[{"d":1,"c":2}],"a":1.0}"#),
            sorted(r#"{"a":1.0,"b":[{"c":2,"d":1}]}"#)
        );
    }

    #[test]
    fn payloads_stand_as_the_json_that_they_are() {
        let details = json!({"input": "{\"n\": 1.10}", "output": "{cut", "name": "1.10", "n\"": 1});
        let text = unfolded_json(details.as_object().expect("it is one"), |name| name != "name");
        assert_eq!(text, r#"{"input":{"n": 1.10},"output":"{cut","name":"1.10","n\"":1}"#);
    }

    #[test]
    fn a_string_says_what_it_says() {
        for (written, said) in
            [(r#""a""#, "a"), (r#""\u00e9\"""#, "é\""), (r#""\ud800""#, "\\ud800"), (r#""""#, "")]
        {
            assert_eq!(unquoted(written), said);
        }
    }
}
