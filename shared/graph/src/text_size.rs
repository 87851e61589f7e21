//! How large a text is, and how it is broken into lines.

use unicode_width::UnicodeWidthChar;

/// The widths of the characters from the space to the tilde, in thousandths of the font's size. They
/// are those of Helvetica, which Arial, Liberation Sans and others share.
const ASCII_WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// A character of another script, such as é or щ.
const OTHER_WIDTH: u16 = 600;
/// A character that takes two columns, such as 注.
const WIDE_WIDTH: u16 = 1000;
/// How much wider bold letters are.
const BOLD_FACTOR: f64 = 1.07;

/// A font of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TextFont {
    /// Pixels.
    pub(crate) size: f64,
    pub(crate) is_bold: bool,
}

impl TextFont {
    /// The width of a text in pixels, as well as it can be known without the font.
    pub(crate) fn text_width(self, text: &str) -> f64 {
        let thousandths: f64 = text.chars().map(|char| f64::from(char_width(char))).sum();
        let factor = if self.is_bold { BOLD_FACTOR } else { 1.0 };
        thousandths * self.size * factor / 1000.0
    }

    /// The width of the widest line in pixels.
    pub(crate) fn lines_width(self, lines: &[String]) -> f64 {
        lines.iter().map(|line| self.text_width(line)).fold(0.0, f64::max)
    }

    /// Breaks a text into lines that are no wider, at the ends of words where there are any. What is
    /// left after so many lines is an ellipsis.
    pub(crate) fn wrap_text(self, text: &str, width_max: f64, lines_max: usize) -> Vec<String> {
        let text = printable_text(text);
        let mut lines = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() && lines.len() < lines_max {
            if self.text_width(rest) <= width_max {
                lines.push(rest.to_owned());
                return lines;
            }
            let fitting = self.fitting_bytes(rest, width_max);
            if lines.len() + 1 == lines_max {
                let fitting = self.fitting_bytes(rest, width_max - self.text_width("…"));
                lines.push(format!("{}…", rest[..fitting].trim_end()));
                return lines;
            }
            let end = break_before(rest, fitting);
            lines.push(rest[..end].trim_end().to_owned());
            rest = rest[end..].trim_start();
        }
        lines
    }

    /// How many bytes of a text fit into that width: at least one character's.
    fn fitting_bytes(self, text: &str, width_max: f64) -> usize {
        let mut width = 0.0;
        let mut end = 0;
        for (at, char) in text.char_indices() {
            let after = at + char.len_utf8();
            width += self.text_width(&text[at..after]);
            if width > width_max && at > 0 {
                break;
            }
            end = after;
        }
        end
    }
}

fn char_width(char: char) -> u16 {
    let ascii = u32::from(char).checked_sub(0x20).and_then(|at| usize::try_from(at).ok());
    if let Some(width) = ascii.and_then(|at| ASCII_WIDTHS.get(at)) {
        return *width;
    }
    match char.width() {
        None | Some(0) => 0,
        Some(1) => OTHER_WIDTH,
        Some(_) => WIDE_WIDTH,
    }
}

/// The last place before that byte where a line may end: after a space, else after a sign or before a
/// capital letter. If there is none but close to the start, it is the byte itself.
fn break_before(text: &str, end: usize) -> usize {
    if text[end..].starts_with(' ') {
        return end;
    }
    let (mut after_space, mut after_sign) = (None, None);
    let mut before = char::default();
    let places = text.char_indices().filter(|(at, _)| *at <= end && at * 5 > end * 2);
    for (at, char) in places {
        if before == ' ' {
            after_space = Some(at);
        }
        let is_hump = before.is_lowercase() && char.is_uppercase();
        if "-_.:/,".contains(before) || is_hump {
            after_sign = Some(at);
        }
        before = char;
    }
    after_space.or(after_sign).unwrap_or(end)
}

/// A text in which nothing moves the cursor, changes the direction or is no character of XML: white
/// space is a space, and the rest of these is U+FFFD.
pub(crate) fn printable_text(text: &str) -> String {
    let printable = |char: char| match char {
        char if char.is_whitespace() => ' ',
        '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fffe}'
        | '\u{ffff}' => '\u{fffd}',
        char if char.is_control() => '\u{fffd}',
        char => char,
    };
    text.chars().map(printable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FONT: TextFont = TextFont { size: 10.0, is_bold: false };

    #[test]
    fn a_text_is_broken_at_words_at_signs_at_humps_or_anywhere() {
        let wrap = |text| FONT.wrap_text(text, 60.0, 3);
        assert_eq!(wrap("Ask carrier"), ["Ask carrier"]);
        assert_eq!(wrap("Ask the carrier"), ["Ask the", "carrier"]);
        assert_eq!(wrap("AskTheNextCarrier"), ["AskTheNext", "Carrier"]);
        assert_eq!(wrap("ask_the_next_carrier"), ["ask_the_", "next_carrier"]);
        assert_eq!(wrap("abcdefghijklmnopq"), ["abcdefghijkl", "mnopq"]);
    }

    #[test]
    fn what_is_too_long_ends_in_an_ellipsis() {
        let lines = FONT.wrap_text(&"word ".repeat(30), 60.0, 2);
        assert_eq!(lines, ["word word", "word word…"]);
        assert!(FONT.lines_width(&lines) <= 60.0);
        assert!(FONT.wrap_text(&"注".repeat(30), 60.0, 1)[0].chars().count() <= 6);
    }

    #[test]
    fn nothing_in_a_text_moves_a_cursor() {
        assert_eq!(printable_text("a\u{1b}[2J\n\u{202e}b"), "a\u{fffd}[2J \u{fffd}b");
    }
}
