//! Parses the input of an execution. Errors have the words of AWS's JSON parser, Jackson.

use model::{DeploymentLimits, Payload, limits::JSON_DEPTH_MAX};
use serde::de::IgnoredAny;

/// Parses an input, or says what is wrong with it.
pub(crate) fn parse_execution_input(
    text: &str,
    limits: DeploymentLimits,
) -> Result<Payload, String> {
    let most = limits.payload_bytes;
    if text.len() > most {
        return Err(format!("The input is larger than {most} bytes"));
    }
    Payload::parse(text).map_err(|refused| match serde_json::from_str::<IgnoredAny>(text) {
        Err(error) => jackson_error_message(text, &error),
        Ok(IgnoredAny) => unreadable_value_message(&refused.to_string()),
    })
}

/// Says why JSON cannot be read that is in order by its grammar.
fn unreadable_value_message(reason: &str) -> String {
    let (what, place) = reason.split_at(reason.find(" at line").unwrap_or(reason.len()));
    if what.starts_with("recursion limit") {
        too_deep()
    } else if what.starts_with("number out of range") {
        format!("The input has a number that is out of range{place}")
    } else if what.contains("surrogate") || what.contains("hex escape") {
        format!("The input has half of a surrogate pair without the other half{place}")
    } else {
        format!("The input cannot be read: {reason}")
    }
}

fn too_deep() -> String {
    format!("The input nests deeper than {JSON_DEPTH_MAX} levels")
}

/// The words of Jackson for an error of `serde_json`.
///
/// Spec: `JsonParseException`'s original message, without the source position.
fn jackson_error_message(text: &str, error: &serde_json::Error) -> String {
    const A_VALUE: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
    if text.is_empty() {
        return "Invalid execution input.".to_owned();
    }
    if text.trim().is_empty() {
        return "No content to map due to end-of-input".to_owned();
    }
    if error.is_eof() {
        return "Unexpected end-of-input".to_owned();
    }
    let reason = error.to_string();
    if reason.starts_with("recursion limit") {
        return too_deep();
    }
    let rest = from_position(text, error.line(), error.column());
    let Some(found) = rest.chars().next() else { return reason };
    let expecting = if reason.starts_with("expected `,` or `}`") {
        "was expecting comma to separate Object entries".to_owned()
    } else if reason.starts_with("expected `,` or `]`") {
        "was expecting comma to separate Array entries".to_owned()
    } else if reason.starts_with("expected `:`") {
        "was expecting a colon to separate field name and value".to_owned()
    } else if reason.starts_with("key must be a string")
        || (reason.starts_with("trailing comma") && found == '}')
    {
        "was expecting double-quote to start field name".to_owned()
    } else if let Some(token) = token_at(text, text.len() - rest.len()) {
        return format!("Unrecognized token '{token}': was expecting {A_VALUE}");
    } else {
        format!("expected a valid value {A_VALUE}")
    };
    format!("Unexpected character ('{found}' (code {})): {expecting}", found as u32)
}

/// The text from a position on; lines and columns count from 1, columns in bytes.
fn from_position(text: &str, line: usize, column: usize) -> &str {
    let line_start: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    text.get(line_start + column.saturating_sub(1)..).unwrap_or_default()
}

/// The word around a byte position in the text, as Jackson reads one where it expects a value.
fn token_at(text: &str, place: usize) -> Option<&str> {
    let outside = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    let (before, after) = text.split_at_checked(place)?;
    let start = before
        .rfind(outside)
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let end = after.find(outside).map_or(text.len(), |at| place + at);
    let token = &text[start..end];
    token.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$').then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse_execution_input(text, DeploymentLimits::AWS).expect_err("not JSON")
    }

    #[test]
    fn any_json_value_is_an_input() {
        for text in ["{}", "[1, 2]", "\"text\"", "4.0", "null", " {\"a\":\n1} "] {
            assert_eq!(
                parse_execution_input(text, DeploymentLimits::AWS)
                    .map(|input| input.json_text().to_owned()),
                Ok(text.trim().into())
            );
        }
    }

    #[test]
    fn a_word_is_no_token() {
        for (text, token) in [("invalid", "invalid"), ("{\"a\": nul}", "nul"), ("[tru]", "tru")] {
            assert_eq!(
                refusal(text),
                format!(
                    "Unrecognized token '{token}': was expecting (JSON String, Number, Array, \
                     Object or token 'null', 'true' or 'false')"
                )
            );
        }
    }

    #[test]
    fn a_character_out_of_place_is_named() {
        for (text, words) in [
            ("{\"a\": 1 R}", "('R' (code 82)): was expecting comma to separate Object entries"),
            ("[1 2]", "('2' (code 50)): was expecting comma to separate Array entries"),
            (
                "{\"a\" 1}",
                "('1' (code 49)): was expecting a colon to separate field name and value",
            ),
            ("{'a': 1}", "(''' (code 39)): was expecting double-quote to start field name"),
            ("{\"a\": 1,\n}", "('}' (code 125)): was expecting double-quote to start field name"),
        ] {
            assert_eq!(refusal(text), format!("Unexpected character {words}"), "{text}");
        }
    }

    #[test]
    fn an_input_ends_as_it_should() {
        assert_eq!(refusal("{\"a\": "), "Unexpected end-of-input");
        assert_eq!(refusal(""), "Invalid execution input.");
        assert_eq!(refusal(" "), "No content to map due to end-of-input");
    }

    #[test]
    fn a_value_that_cannot_be_held_is_told_from_deep_nesting() {
        let number = "The input has a number that is out of range at line 1 column";
        for text in ["1e400", "-1e400", "{\"a\":1e309}"] {
            assert!(refusal(text).starts_with(number), "{text}: {}", refusal(text));
        }
        let half = "The input has half of a surrogate pair without the other half at line 1 column";
        for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\n""#, r#"{"\ud800\u0041": 1}"#] {
            assert!(refusal(text).starts_with(half), "{text}: {}", refusal(text));
        }
    }

    #[test]
    fn an_input_has_limits() {
        let long = format!("\"{}\"", "x".repeat(DeploymentLimits::AWS.payload_bytes));
        assert_eq!(refusal(&long), "The input is larger than 262144 bytes");
        let deep = "[".repeat(JSON_DEPTH_MAX + 1) + &"]".repeat(JSON_DEPTH_MAX + 1);
        assert_eq!(refusal(&deep), "The input nests deeper than 127 levels");
    }
}
