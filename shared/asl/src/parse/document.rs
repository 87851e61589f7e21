//! Parses a definition's text as JSON.
//!
//! Invariant: no object of the document has a field twice, so that nothing an author wrote is
//! silently dropped (test `a_field_that_is_given_twice_is_refused`).

use std::fmt;

use model::limits::DEFINITION_BYTES_MAX;
use serde_json::{Deserializer, Map, Value};

use crate::{Diagnostic, DiagnosticCode, DiagnosticSeverity};

/// Parses the text. Refuses text longer than [`DEFINITION_BYTES_MAX`] and nesting deeper than
/// [`model::limits::JSON_DEPTH_MAX`].
pub(super) fn parse_json(text: &str) -> Result<Value, Diagnostic> {
    if text.len() > DEFINITION_BYTES_MAX {
        let message = format!("The definition is longer than {DEFINITION_BYTES_MAX} bytes");
        return Err(document_error(message, None));
    }
    let mut deserializer = Deserializer::from_str(text);
    serde::Deserialize::deserialize(&mut deserializer)
        .and_then(|UniqueFieldsJson(value)| deserializer.end().map(|()| value))
        .map_err(|error| syntax_error(text, &error))
}

/// Parses a text that must be a JSON object. AWS words a blank text and any other value alike.
pub(super) fn parse_json_object(text: &str) -> Result<Value, Diagnostic> {
    let no_object = || Diagnostic {
        severity: DiagnosticSeverity::Error,
        code: DiagnosticCode::SchemaValidationFailed,
        message: "Definition must be a valid JSON object".to_owned(),
        location: None,
    };
    if text.trim().is_empty() {
        return Err(no_object());
    }
    parse_json(text).and_then(|value| if value.is_object() { Ok(value) } else { Err(no_object()) })
}

/// Returns the diagnostic of a text that could not be read although no error was found. No text
/// causes this; the diagnostic saves the caller from a panic.
pub(super) fn unreadable_document() -> Diagnostic {
    document_error("The definition cannot be read".to_owned(), None)
}

fn document_error(message: String, location: Option<String>) -> Diagnostic {
    Diagnostic {
        severity: DiagnosticSeverity::Error,
        code: DiagnosticCode::InvalidJsonDescription,
        message,
        location,
    }
}

/// Words the error as AWS's JSON parser, Jackson, does.
fn syntax_error(text: &str, error: &serde_json::Error) -> Diagnostic {
    let (line, column) = (error.line(), error.column());
    if error.is_syntax()
        && let Some((token, end)) = unknown_token(text, line, column)
    {
        let message = format!(
            "Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or \
             token 'null', 'true' or 'false')"
        );
        let location = format!("[Source: (String); line: {line}, column: {end}]");
        return document_error(message, Some(location));
    }
    let location = format!("[Source: (String); line: {line}, column: {column}]");
    let full = error.to_string();
    let reason = full.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&full);
    let message = if error.is_eof() {
        "Unexpected end-of-input".to_owned()
    } else {
        character_at(text, line, column).map_or_else(
            || reason.to_owned(),
            |found| format!("Unexpected character ('{found}' (code {})): {reason}", found as u32),
        )
    };
    let message = if error.is_data() || reason.starts_with("recursion") {
        reason.to_owned()
    } else {
        message
    };
    document_error(message, Some(location))
}

/// Returns the word at a position where a value is expected, and the column after it, which is the
/// one that Jackson names (observed). None if there is no word.
fn unknown_token(text: &str, line: usize, column: usize) -> Option<(&str, usize)> {
    let is_of_token = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let line_start: usize =
        text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let (before, _) = text.split_at_checked(line_start + column.checked_sub(1)?)?;
    let start = before.trim_end_matches(is_of_token).len();
    let rest = &text[start..];
    let token = &rest[..rest.find(|c| !is_of_token(c)).unwrap_or(rest.len())];
    let expects_value = matches!(before[..start].trim_end().chars().last(), None | Some('[' | ':'));
    let is_word = token.starts_with(|c: char| !c.is_ascii_digit());
    (expects_value && is_word).then_some((token, start + token.len() + 1 - line_start))
}

/// Returns the character at a position; columns count bytes from 1.
fn character_at(text: &str, line: usize, column: usize) -> Option<char> {
    let line = text.split('\n').nth(line.checked_sub(1)?)?;
    line.get(column.checked_sub(1)?..)?.chars().next()
}

/// A JSON value in which no object has a field twice.
struct UniqueFieldsJson(Value);

impl<'de> serde::Deserialize<'de> for UniqueFieldsJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueFieldsVisitor).map(Self)
    }
}

struct UniqueFieldsVisitor;

impl<'de> serde::de::Visitor<'de> for UniqueFieldsVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(UniqueFieldsJson(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(serde::de::Error::custom(format!("Duplicate field '{name}'")));
            }
            let UniqueFieldsJson(value) = fields.next_value()?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use model::limits::JSON_DEPTH_MAX;

    use super::*;

    fn refusal(text: &str) -> String {
        parse_json(text).map_or_else(|finding| finding.to_string(), |value| value.to_string())
    }

    #[test]
    fn a_syntax_error_names_the_character_and_its_place() {
        assert_eq!(
            refusal("{\"a\": 1,\n}"),
            "INVALID_JSON_DESCRIPTION: Unexpected character ('}' (code 125)): trailing comma at \
             [Source: (String); line: 2, column: 1]"
        );
        assert_eq!(
            refusal("{\"a\""),
            "INVALID_JSON_DESCRIPTION: Unexpected end-of-input at [Source: (String); line: 1, \
             column: 4]"
        );
        assert!(refusal("{} x").contains("('x' (code 120))"));
        assert!(refusal("").contains("Unexpected end-of-input"));
    }

    #[test]
    fn a_word_that_json_does_not_know_is_placed_at_its_end() {
        for (text, line, column) in [
            ("not a definition", 1, 4),
            ("  nothing", 1, 10),
            ("{\"a\":\n yes}", 2, 5),
            ("[tru]", 1, 5),
        ] {
            let refused = refusal(text);
            assert!(refused.contains("Unrecognized token '"), "{refused}");
            let place = format!("[Source: (String); line: {line}, column: {column}]");
            assert!(refused.ends_with(&place), "{refused}");
        }
        assert!(refusal("{a: 1}").contains("Unexpected character ('a' (code 97))"));
    }

    #[test]
    fn a_field_that_is_given_twice_is_refused() {
        assert!(refusal("{\"a\": {\"b\": 1, \"b\": 2}}").contains("Duplicate field 'b'"));
    }

    #[test]
    fn a_text_too_deep_or_too_long_is_refused() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse_json(&deep(JSON_DEPTH_MAX)).is_ok());
        assert!(refusal(&deep(JSON_DEPTH_MAX + 1)).contains("recursion limit exceeded"));
        let long = format!("\"{}\"", "x".repeat(DEFINITION_BYTES_MAX));
        assert!(refusal(&long).contains("longer than 1048576 bytes"));
    }

    #[test]
    fn a_document_keeps_its_numbers_and_the_order_of_its_fields() {
        let text = "{\"z\":[1,-2,2.5,null,true],\"a\":\"\\u00e9\"}";
        assert_eq!(refusal(text), "{\"z\":[1,-2,2.5,null,true],\"a\":\"é\"}");
    }
}
