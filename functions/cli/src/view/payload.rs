//! Inputs and outputs.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::visible_text;

/// JSON in one line, at most so many characters long.
pub(crate) fn one_line_json(text: &str, chars_max: usize) -> String {
    let line = visible_text(&without_blanks(text));
    if line.chars().count() <= chars_max {
        return line;
    }
    let kept: String = line.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// JSON without blanks between its tokens, and with its numbers as they are written; another text as it is.
fn without_blanks(text: &str) -> Cow<'_, str> {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Cow::Borrowed(text);
    }
    let (mut in_string, mut is_escaped) = (false, false);
    let is_kept = |letter: &char| {
        let was_in_string = in_string;
        in_string ^= *letter == '"' && !is_escaped;
        is_escaped = was_in_string && *letter == '\\' && !is_escaped;
        was_in_string || !letter.is_ascii_whitespace()
    };
    Cow::Owned(text.chars().filter(is_kept).collect())
}

/// A cause as a line: the message alone of an error that a Lambda function has raised.
///
/// Shape: `{"errorMessage": "card reader", "errorType": "Busy", "stackTrace": […]}` → `card reader`
pub(crate) fn cause_line(cause: &str) -> String {
    let raised: Option<Value> = serde_json::from_str(cause).ok();
    let message = raised.as_ref().and_then(|raised| raised["errorMessage"].as_str());
    visible_text(message.unwrap_or(cause))
}

/// JSON with two blanks for each level; what is no JSON as it is, without control characters but line ends.
pub(crate) fn pretty_json(text: &str) -> String {
    let pretty = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    // JSON may hold DEL and the controls beyond ASCII as they are.
    pretty.as_deref().unwrap_or(text).replace(|c: char| c.is_control() && c != '\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_steers_no_terminal() {
        assert_eq!(one_line_json("{ \"a\" :\n 1.50 }", 20), "{\"a\":1.50}");
        assert_eq!(one_line_json(r#"{"a": "b \" c\\", "d": 1}"#, 40), r#"{"a":"b \" c\\","d":1}"#);
        assert_eq!(one_line_json("{\"a\": \"long text\"}", 8), "{\"a\":\"l…");
        assert_eq!(one_line_json("no\u{1b}[2J json", 40), "no [2J json");
    }
}
