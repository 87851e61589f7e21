//! The source of a definition, with numbered lines, colours, and findings in place.

use maud::{Markup, html};

use crate::links::state_anchor;

/// A finding at a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineMark {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) is_error: bool,
    pub(crate) text: String,
}

/// A JSON text, line by line. A line at which a state begins has its name, by which a click in the drawing
/// finds it.
pub(crate) fn definition_source(
    text: &str,
    state_lines: &[(usize, String)],
    marks: &[LineMark],
) -> Markup {
    html! {
        ol.source tabindex="0" aria-label="Definition" {
            @for (index, line) in text.lines().enumerate() {
                @let number = index + 1;
                @let state = state_lines.iter().find(|(at, _)| *at == number).map(|(_, name)| name);
                @let marks_here: Vec<&LineMark> = marks.iter().filter(|mark| mark.line == number).collect();
                @let marked = (!marks_here.is_empty()).then_some("marked");
                li id=[state.map(|state| state_anchor(state))] class=[marked] data-source-of=[state] {
                    code { (coloured_line(line)) }
                    @for mark in marks_here {
                        p.finding.(if mark.is_error { "bad" } else { "careful" }) { (mark.text) }
                    }
                }
            }
        }
    }
}

/// One line of JSON: no token of it spans two lines.
fn coloured_line(line: &str) -> Markup {
    let mut rest = line;
    let mut tokens = Vec::new();
    while !rest.is_empty() {
        let end = token_end(rest);
        let (token, after) = rest.split_at(end);
        let class = match token.as_bytes()[0] {
            b'"' if after.trim_start().starts_with(':') => Some("key"),
            b'"' => Some("string"),
            b'-' | b'0'..=b'9' => Some("number"),
            b't' | b'f' | b'n' => Some("literal"),
            _ => None,
        };
        tokens.push((class, token));
        rest = after;
    }
    html! {
        @for (class, token) in tokens {
            @match class {
                Some(class) => { span class=(class) { (token) } }
                None => { (token) }
            }
        }
    }
}

/// The length of the token with which a text begins.
pub(super) fn token_end(text: &str) -> usize {
    let first = text.as_bytes()[0];
    if first == b'"' {
        let mut is_escaped = false;
        for (at, byte) in text.bytes().enumerate().skip(1) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => return at + 1,
                _ => {}
            }
        }
        return text.len();
    }
    let is_word =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '.');
    let starts_word = text.starts_with(is_word);
    let other = |letter: char| letter == '"' || is_word(letter) != starts_word;
    text.char_indices().skip(1).find(|(_, it)| other(*it)).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_colours() {
        let shown = coloured_line(r#"  "a\"<": [1, -2.5e+3, true, "b"], é"#).into_string();
        let expected = "  <span class=\"key\">&quot;a\\&quot;&lt;&quot;</span>: [<span \
                        class=\"number\">1</span>, <span class=\"number\">-2.5e+3</span>, <span \
                        class=\"literal\">true</span>, <span class=\"string\">&quot;b&quot;</span>], é";
        assert_eq!(shown, expected);
    }
}
