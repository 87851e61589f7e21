//! JSON as a tree of the pieces of its text, so that what is printed again is what was written.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::DefinitionFormatError;

/// As many levels as everything else here reads.
const NESTING_MAX: usize = 128;

/// The most characters of a text that an error shows.
const SHOWN_CHARS_MAX: usize = 40;

/// A value, as it was written.
#[derive(Debug)]
pub(super) enum JsonNode<'t> {
    /// A string with its quotes, a number, a word, or a placeholder `${Name}`.
    Scalar(&'t str),
    Array(Vec<Self>),
    Object(ObjectShape, Vec<JsonMember<'t>>),
}

/// One `"key": value` of an object.
#[derive(Debug)]
pub(super) struct JsonMember<'t> {
    /// The key with its quotes, as it was written.
    pub(super) key: &'t str,
    /// What the key says.
    pub(super) name: Cow<'t, str>,
    pub(super) value: JsonNode<'t>,
}

/// How an object is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ObjectShape {
    /// Each member is on a line of its own.
    Open,
    /// On one line, if it fits.
    OneLineIfItFits,
}

impl JsonNode<'_> {
    pub(super) fn has_member(&self, name: &str) -> bool {
        match self {
            Self::Object(_, members) => members.iter().any(|member| member.name == name),
            Self::Scalar(_) | Self::Array(_) => false,
        }
    }
}

pub(super) fn parse_json_tree(text: &str) -> Result<JsonNode<'_>, DefinitionFormatError> {
    let mut parser = JsonTreeParser { text, at: 0, depth: 0 };
    let document = parser.parse_value()?;
    match parser.peek() {
        None => Ok(document),
        Some(_) => Err(parser.refuse("the end of the text")),
    }
}

struct JsonTreeParser<'t> {
    text: &'t str,
    /// How many bytes have been read.
    at: usize,
    depth: usize,
}

impl<'t> JsonTreeParser<'t> {
    /// The next character that is no white space, which is skipped.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.at += rest.len() - trimmed.len();
        trimmed.chars().next()
    }

    fn refuse(&self, expected: &str) -> DefinitionFormatError {
        let reason = match self.text[self.at..].chars().next() {
            Some(found) => format!("not JSON: expected {expected}, and here is {found:?}"),
            None => format!("not JSON: expected {expected}, and here the text ends"),
        };
        DefinitionFormatError { offset: self.at, reason }
    }

    fn parse_value(&mut self) -> Result<JsonNode<'t>, DefinitionFormatError> {
        match self.peek() {
            Some('{') => self.parse_nested(Self::parse_object),
            Some('[') => self.parse_nested(Self::parse_array),
            Some('"') => Ok(JsonNode::Scalar(self.parse_string()?)),
            Some('$') if self.text[self.at..].starts_with("${") => self.parse_placeholder(),
            _ => self.parse_word(),
        }
    }

    /// Parses what is in brackets, whose opening one is next.
    fn parse_nested(
        &mut self,
        parse: fn(&mut Self) -> Result<JsonNode<'t>, DefinitionFormatError>,
    ) -> Result<JsonNode<'t>, DefinitionFormatError> {
        if self.depth == NESTING_MAX {
            let reason = format!("it nests deeper than {NESTING_MAX} levels");
            return Err(DefinitionFormatError { offset: self.at, reason });
        }
        self.depth += 1;
        self.at += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn parse_object(&mut self) -> Result<JsonNode<'t>, DefinitionFormatError> {
        let mut members = Vec::new();
        if !self.skip_if('}') {
            loop {
                if self.peek() != Some('"') {
                    return Err(self.refuse("a key in double quotes"));
                }
                let key = self.parse_string()?;
                if !self.skip_if(':') {
                    return Err(self.refuse("':'"));
                }
                let value = self.parse_value()?;
                members.push(JsonMember { key, name: decode_key(key), value });
                if self.skip_if('}') {
                    break;
                }
                if !self.skip_if(',') {
                    return Err(self.refuse("',' or '}'"));
                }
            }
        }
        Ok(JsonNode::Object(ObjectShape::OneLineIfItFits, members))
    }

    fn parse_array(&mut self) -> Result<JsonNode<'t>, DefinitionFormatError> {
        let mut elements = Vec::new();
        if !self.skip_if(']') {
            loop {
                elements.push(self.parse_value()?);
                if self.skip_if(']') {
                    break;
                }
                if !self.skip_if(',') {
                    return Err(self.refuse("',' or ']'"));
                }
            }
        }
        Ok(JsonNode::Array(elements))
    }

    fn skip_if(&mut self, mark: char) -> bool {
        let is_next = self.peek() == Some(mark);
        self.at += if is_next { mark.len_utf8() } else { 0 };
        is_next
    }

    /// Parses a string, whose opening quote is next.
    fn parse_string(&mut self) -> Result<&'t str, DefinitionFormatError> {
        let rest = &self.text[self.at..];
        let mut is_escaped = false;
        let end = rest.char_indices().skip(1).find(|(_, c)| match c {
            _ if is_escaped => {
                is_escaped = false;
                false
            }
            '\\' => {
                is_escaped = true;
                false
            }
            c => *c == '"',
        });
        let Some((end, quote)) = end else {
            let reason = "not JSON: this string has no end".to_owned();
            return Err(DefinitionFormatError { offset: self.at, reason });
        };
        self.take_scalar(end + quote.len_utf8())
    }

    fn parse_word(&mut self) -> Result<JsonNode<'t>, DefinitionFormatError> {
        let rest = &self.text[self.at..];
        let is_end = |c: char| c.is_whitespace() || ",:{}[]\"".contains(c);
        let length = rest.find(is_end).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.refuse("a value"));
        }
        self.take_scalar(length).map(JsonNode::Scalar)
    }

    fn parse_placeholder(&mut self) -> Result<JsonNode<'t>, DefinitionFormatError> {
        let rest = &self.text[self.at..];
        let is_in_name = |c: char| c.is_alphanumeric() || "_-.:".contains(c);
        let name = rest["${".len()..].find(|c| !is_in_name(c));
        let length = name.map_or(rest.len(), |length| length + "${".len());
        if !rest[length..].starts_with('}') {
            return Err(self.refuse("a value"));
        }
        self.at += length + 1;
        Ok(JsonNode::Scalar(&rest[..=length]))
    }

    /// Takes the next bytes, which must be one string, number or word of JSON.
    fn take_scalar(&mut self, length: usize) -> Result<&'t str, DefinitionFormatError> {
        let scalar = &self.text[self.at..self.at + length];
        if serde_json::from_str::<IgnoredAny>(scalar).is_err() {
            // A text that is refused may hold anything, also what steers a terminal.
            let shown: String = scalar.chars().take(SHOWN_CHARS_MAX).collect();
            let reason = format!("not JSON: {} is no value", shown.escape_debug());
            return Err(DefinitionFormatError { offset: self.at, reason });
        }
        self.at += length;
        Ok(scalar)
    }
}

/// What a key says, without quotes and escapes.
fn decode_key(key: &str) -> Cow<'_, str> {
    let plain = key.trim_start_matches('"').trim_end_matches('"');
    if !key.contains('\\') {
        return Cow::Borrowed(plain);
    }
    serde_json::from_str(key).map_or(Cow::Borrowed(plain), Cow::Owned)
}
