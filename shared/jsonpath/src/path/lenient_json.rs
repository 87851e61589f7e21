//! JSON as Jayway reads it inside paths: single quotes and bare words are allowed.

use serde_json::{Map, Number, Value};

/// The maximum nesting of arrays and objects in a literal. This limit is ours.
const NESTING_MAX: usize = 32;

/// Reads one value; `None` if the text is malformed.
pub(crate) fn parse_lenient_json(text: &str) -> Option<Value> {
    let mut reader = LenientJsonReader { characters: text.chars().collect(), position: 0 };
    let value = reader.read_value(0)?;
    reader.skip_blanks();
    (reader.position == reader.characters.len()).then_some(value)
}

struct LenientJsonReader {
    characters: Vec<char>,
    position: usize,
}

impl LenientJsonReader {
    fn peek_character(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek_character().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn take_character(&mut self, expected: char) -> bool {
        self.skip_blanks();
        let found = self.peek_character() == Some(expected);
        if found {
            self.position += 1;
        }
        found
    }

    fn read_value(&mut self, nesting: usize) -> Option<Value> {
        if nesting > NESTING_MAX {
            return None;
        }
        self.skip_blanks();
        match self.peek_character()? {
            '[' => self.read_array(nesting),
            '{' => self.read_object(nesting),
            quote @ ('\'' | '"') => self.read_quoted(quote).map(Value::String),
            _ => Some(bare_word_value(&self.read_bare_word())),
        }
    }

    fn read_array(&mut self, nesting: usize) -> Option<Value> {
        self.position += 1;
        let mut items = Vec::new();
        loop {
            while self.take_character(',') {}
            if self.take_character(']') {
                return Some(Value::Array(items));
            }
            let before = self.position;
            items.push(self.read_value(nesting + 1)?);
            if self.position == before {
                return None;
            }
        }
    }

    fn read_object(&mut self, nesting: usize) -> Option<Value> {
        self.position += 1;
        let mut members = Map::new();
        loop {
            while self.take_character(',') {}
            if self.take_character('}') {
                return Some(Value::Object(members));
            }
            self.skip_blanks();
            let key = match self.peek_character()? {
                quote @ ('\'' | '"') => self.read_quoted(quote)?,
                _ => self.read_bare_word(),
            };
            if !self.take_character(':') {
                return None;
            }
            members.insert(key, self.read_value(nesting + 1)?);
        }
    }

    fn read_quoted(&mut self, quote: char) -> Option<String> {
        self.position += 1;
        let start = self.position;
        let mut escaped = false;
        while let Some(character) = self.peek_character() {
            self.position += 1;
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == quote {
                let raw: String = self.characters[start..self.position - 1].iter().collect();
                return super::unescape_text(&raw).ok();
            }
        }
        None
    }

    fn read_bare_word(&mut self) -> String {
        let start = self.position;
        while self.peek_character().is_some_and(|c| !matches!(c, ',' | ':' | ']' | '}')) {
            self.position += 1;
        }
        let word: String = self.characters[start..self.position].iter().collect();
        word.trim().to_owned()
    }
}

fn bare_word_value(word: &str) -> Value {
    match word {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => word.parse::<Number>().map_or_else(|_| Value::String(word.to_owned()), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse_lenient_json;

    #[test]
    fn quotes_may_be_single_or_missing() {
        assert_eq!(parse_lenient_json("['a', \"b\", c, 1]"), Some(json!(["a", "b", "c", 1])));
        assert_eq!(parse_lenient_json("{a: 1.5, 'b': null}"), Some(json!({"a": 1.5, "b": null})));
    }

    #[test]
    fn what_does_not_end_is_nothing() {
        for text in ["[1", "{a}", "'x", "[1] 2", "[}"] {
            assert_eq!(parse_lenient_json(text), None, "{text}");
        }
    }
}
