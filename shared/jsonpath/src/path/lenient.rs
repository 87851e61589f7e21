//! JSON as the Java library reads it inside paths: single quotes and bare words are allowed.

use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest in a literal. Ours.
const NESTING_MAX: usize = 32;

/// Reads one value, or nothing if the text is malformed.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { characters: text.chars().collect(), position: 0 };
    let value = reader.value(0)?;
    reader.blanks();
    (reader.position == reader.characters.len()).then_some(value)
}

struct Reader {
    characters: Vec<char>,
    position: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn take(&mut self, expected: char) -> bool {
        self.blanks();
        let found = self.peek() == Some(expected);
        if found {
            self.position += 1;
        }
        found
    }

    fn value(&mut self, nesting: usize) -> Option<Value> {
        if nesting > NESTING_MAX {
            return None;
        }
        self.blanks();
        match self.peek()? {
            '[' => self.array(nesting),
            '{' => self.object(nesting),
            quote @ ('\'' | '"') => self.quoted(quote).map(Value::String),
            _ => Some(literal(&self.word())),
        }
    }

    fn array(&mut self, nesting: usize) -> Option<Value> {
        self.position += 1;
        let mut items = Vec::new();
        loop {
            while self.take(',') {}
            if self.take(']') {
                return Some(Value::Array(items));
            }
            let before = self.position;
            items.push(self.value(nesting + 1)?);
            if self.position == before {
                return None;
            }
        }
    }

    fn object(&mut self, nesting: usize) -> Option<Value> {
        self.position += 1;
        let mut members = Map::new();
        loop {
            while self.take(',') {}
            if self.take('}') {
                return Some(Value::Object(members));
            }
            self.blanks();
            let key = match self.peek()? {
                quote @ ('\'' | '"') => self.quoted(quote)?,
                _ => self.word(),
            };
            if !self.take(':') {
                return None;
            }
            members.insert(key, self.value(nesting + 1)?);
        }
    }

    fn quoted(&mut self, quote: char) -> Option<String> {
        self.position += 1;
        let start = self.position;
        let mut escaped = false;
        while let Some(character) = self.peek() {
            self.position += 1;
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == quote {
                let raw: String = self.characters[start..self.position - 1].iter().collect();
                return super::unescape(&raw).ok();
            }
        }
        None
    }

    fn word(&mut self) -> String {
        let start = self.position;
        while self.peek().is_some_and(|c| !matches!(c, ',' | ':' | ']' | '}')) {
            self.position += 1;
        }
        let word: String = self.characters[start..self.position].iter().collect();
        word.trim().to_owned()
    }
}

fn literal(word: &str) -> Value {
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

    use super::parse;

    #[test]
    fn quotes_may_be_single_or_missing() {
        assert_eq!(parse("['a', \"b\", c, 1]"), Some(json!(["a", "b", "c", 1])));
        assert_eq!(parse("{a: 1.5, 'b': null}"), Some(json!({"a": 1.5, "b": null})));
    }

    #[test]
    fn what_does_not_end_is_nothing() {
        for text in ["[1", "{a}", "'x", "[1] 2", "[}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
