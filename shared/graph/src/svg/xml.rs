//! Texts and numbers in XML.

use std::borrow::Cow;

/// Escapes a text for XML, between tags and in attributes, where line feeds would be spaces. What is no
/// character of XML 1.0 is U+FFFD.
pub(super) fn escape_xml(text: &str) -> Cow<'_, str> {
    let needs_none = |char: char| {
        !matches!(char, '&' | '<' | '>' | '"' | '\'' | '\t' | '\n' | '\r') && is_xml(char)
    };
    if text.chars().all(needs_none) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            char if is_xml(char) => escaped.push(char),
            _ => escaped.push('\u{fffd}'),
        }
    }
    Cow::Owned(escaped)
}

const fn is_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Writes a number of pixels with one decimal at most.
pub(super) fn number(pixels: f64) -> String {
    let text = format!("{pixels:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_escaped_or_replaced() {
        assert_eq!(escape_xml("a"), "a");
        let escaped = "&lt;b a=&quot;1&quot; c=&#39;&#39;&gt;&amp;\u{fffd}\u{fffd}";
        assert_eq!(escape_xml("<b a=\"1\" c=''>&\u{1b}\u{ffff}"), escaped);
    }

    #[test]
    fn a_number_has_one_decimal_at_most() {
        let numbers = [1.0, 1.25, -0.01, 1234.56].map(number);
        assert_eq!(numbers, ["1", "1.2", "0", "1234.6"]);
    }
}
