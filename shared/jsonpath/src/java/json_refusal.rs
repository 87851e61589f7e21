//! Words why a text is no JSON as Jackson does, the JSON library of AWS.
//!
//! The text has been refused already, so this reader only looks for the first mistake.

/// Where a mistake is: the line and the column, both counted from 1.
#[derive(Clone, Copy)]
struct TextPlace {
    line: usize,
    column: usize,
}

impl TextPlace {
    /// Jackson's print, which hides the text (observed).
    fn source(self) -> String {
        let Self { line, column } = self;
        format!(
            "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: \
             {line}, column: {column}]"
        )
    }
}

/// Explains why a text is no JSON. `error` is what the reader said that has refused it.
pub(crate) fn explain_refusal(text: &str, error: &serde_json::Error) -> String {
    let mut reader = MistakeReader { characters: text.chars().collect(), position: 0 };
    let (message, at) = match reader.find_mistake() {
        Some((message, at)) => (message, reader.place_of(at)),
        // This reader knows no bound that the other has exceeded.
        None => (without_position(error), TextPlace { line: error.line(), column: error.column() }),
    };
    format!("{message}\n at {}", at.source())
}

fn without_position(error: &serde_json::Error) -> String {
    let full = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    full.strip_suffix(&position).unwrap_or(&full).to_owned()
}

/// An open array or object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

impl Container {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Array => "Array",
            Self::Object => "Object",
        }
    }

    const fn close(self) -> char {
        match self {
            Self::Array => ']',
            Self::Object => '}',
        }
    }
}

/// The words of a mistake, and the number of characters before the place that Jackson names.
type Mistake = (String, usize);

struct MistakeReader {
    characters: Vec<char>,
    position: usize,
}

const VALUE: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

impl MistakeReader {
    /// The first mistake of the text.
    fn find_mistake(&mut self) -> Option<Mistake> {
        let mut open: Vec<(Container, usize)> = Vec::new();
        loop {
            // A value.
            self.skip_blanks();
            let start = self.position;
            let Some(first) = self.peek() else { return Some(self.end_of_input(&open)) };
            let container = match first {
                '{' => Some(Container::Object),
                '[' => Some(Container::Array),
                _ => None,
            };
            if let Some(container) = container {
                self.position += 1;
                open.push((container, start));
                self.skip_blanks();
                if self.peek() != Some(container.close()) {
                    if container == Container::Object
                        && let Some(mistake) = self.read_name(&open)
                    {
                        return Some(mistake);
                    }
                    continue;
                }
            } else if let Some(mistake) = self.read_scalar(first) {
                return Some(mistake);
            }
            // What follows a value.
            loop {
                self.skip_blanks();
                let Some((container, start)) = open.last().copied() else {
                    return self.peek().map(|found| self.unexpected_value(found));
                };
                match self.peek() {
                    None => return Some(self.end_of_input(&open)),
                    Some(',') => {
                        self.position += 1;
                        self.skip_blanks();
                        if container == Container::Object
                            && let Some(mistake) = self.read_name(&open)
                        {
                            return Some(mistake);
                        }
                        break;
                    }
                    Some(found) if found == container.close() => {
                        self.position += 1;
                        open.pop();
                    }
                    Some(found @ (']' | '}')) => {
                        let expected = container.close();
                        let (name, source) = (container.as_str(), self.place_of(start).source());
                        return Some((
                            format!(
                                "Unexpected close marker '{found}': expected '{expected}' (for \
                                 {name} starting at {source})"
                            ),
                            self.position,
                        ));
                    }
                    Some(found) => {
                        let name = container.as_str();
                        let rule = format!("was expecting comma to separate {name} entries");
                        return Some(self.unexpected(found, &rule));
                    }
                }
            }
        }
    }

    /// Reads `"name":`.
    fn read_name(&mut self, open: &[(Container, usize)]) -> Option<Mistake> {
        match self.peek() {
            None => return Some(self.end_of_input(open)),
            Some('"') => {}
            Some(found) => {
                let rule = "was expecting double-quote to start field name";
                return Some(self.unexpected(found, rule));
            }
        }
        if let Some(mistake) = self.read_text("Unexpected end-of-input in field name") {
            return Some(mistake);
        }
        self.skip_blanks();
        match self.peek() {
            None => Some(self.end_of_input(open)),
            Some(':') => {
                self.position += 1;
                None
            }
            Some(found) => {
                let rule = "was expecting a colon to separate field name and value";
                Some(self.unexpected(found, rule))
            }
        }
    }

    fn read_scalar(&mut self, first: char) -> Option<Mistake> {
        match first {
            '"' => self.read_text(
                "Unexpected end-of-input: was expecting closing quote for a string value",
            ),
            '-' | '0'..='9' => self.read_number(),
            found if is_of_token(found) => {
                let start = self.position;
                while self.peek().is_some_and(is_of_token) {
                    self.position += 1;
                }
                let token: String = self.characters[start..self.position].iter().collect();
                let known = matches!(token.as_str(), "true" | "false" | "null");
                let words = format!("Unrecognized token '{token}': was expecting {VALUE}");
                (!known).then_some((words, self.position))
            }
            found => Some(self.unexpected_value(found)),
        }
    }

    /// Reads a text from its opening quote to its closing one.
    fn read_text(&mut self, without_end: &str) -> Option<Mistake> {
        self.position += 1;
        loop {
            let Some(found) = self.peek() else {
                return Some((without_end.to_owned(), self.position));
            };
            self.position += 1;
            match found {
                '"' => return None,
                '\\' => match self.peek() {
                    None => return Some((without_end.to_owned(), self.position)),
                    Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => self.position += 1,
                    Some('u') => {
                        self.position += 1;
                        if let Some(mistake) = self.read_hexadecimals() {
                            return Some(mistake);
                        }
                    }
                    Some(other) => {
                        let words =
                            format!("Unrecognized character escape {}", described_character(other));
                        return Some((words, self.position));
                    }
                },
                control @ '\u{0}'..='\u{1f}' => {
                    let words = format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be \
                         included in string value",
                        described_character(control)
                    );
                    return Some((words, self.position - 1));
                }
                _ => {}
            }
        }
    }

    fn read_hexadecimals(&mut self) -> Option<Mistake> {
        for _ in 0..4 {
            match self.peek() {
                Some(digit) if digit.is_ascii_hexdigit() => self.position += 1,
                Some(found) => {
                    let rule = "expected a hex-digit for character escape sequence";
                    return Some(self.unexpected(found, rule));
                }
                None => {
                    let words = "Unexpected end-of-input in character escape sequence";
                    return Some((words.to_owned(), self.position));
                }
            }
        }
        None
    }

    fn read_number(&mut self) -> Option<Mistake> {
        if self.peek() == Some('-') {
            self.position += 1;
            if let Some(mistake) = self
                .expect_digit("expected digit (0-9) to follow minus sign, for valid numeric value")
            {
                return Some(mistake);
            }
        }
        if self.peek() == Some('0')
            && self.characters.get(self.position + 1).is_some_and(char::is_ascii_digit)
        {
            let words = "Invalid numeric value: Leading zeroes not allowed";
            return Some((words.to_owned(), self.position + 1));
        }
        self.skip_digits();
        if self.peek() == Some('.') {
            self.position += 1;
            if let Some(mistake) = self.expect_digit("Decimal point not followed by a digit") {
                return Some(mistake);
            }
            self.skip_digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.position += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.position += 1;
            }
            if let Some(mistake) = self.expect_digit("Exponent indicator not followed by a digit") {
                return Some(mistake);
            }
            self.skip_digits();
        }
        None
    }

    fn expect_digit(&self, rule: &str) -> Option<Mistake> {
        match self.peek() {
            Some('0'..='9') => None,
            Some(found) => {
                let words = format!(
                    "Unexpected character ({}) in numeric value: {rule}",
                    described_character(found)
                );
                Some((words, self.position))
            }
            None => {
                let words = "Unexpected end-of-input in a Number value";
                Some((words.to_owned(), self.position))
            }
        }
    }

    fn skip_digits(&mut self) {
        while self.peek().is_some_and(|digit| digit.is_ascii_digit()) {
            self.position += 1;
        }
    }

    fn unexpected(&self, found: char, rule: &str) -> Mistake {
        let words = format!("Unexpected character ({}): {rule}", described_character(found));
        (words, self.position)
    }

    fn unexpected_value(&self, found: char) -> Mistake {
        self.unexpected(found, &format!("expected a valid value {VALUE}"))
    }

    fn end_of_input(&self, open: &[(Container, usize)]) -> Mistake {
        let words = match open.last() {
            Some((container, start)) => {
                let (name, source) = (container.as_str(), self.place_of(*start).source());
                format!(
                    "Unexpected end-of-input: expected close marker for {name} (start marker at \
                     {source})"
                )
            }
            None => "No content to map due to end-of-input".to_owned(),
        };
        (words, self.characters.len())
    }

    fn place_of(&self, position: usize) -> TextPlace {
        let before = &self.characters[..position.min(self.characters.len())];
        let line = 1 + before.iter().filter(|character| **character == '\n').count();
        let column = 1 + before.iter().rev().take_while(|character| **character != '\n').count();
        TextPlace { line, column }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.position += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }
}

/// Whether Jackson reads the character as part of a word such as `true`.
fn is_of_token(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

fn described_character(character: char) -> String {
    let code = u32::from(character);
    if character < ' ' {
        format!("(CTRL-CHAR, code {code})")
    } else {
        format!("'{character}' (code {code})")
    }
}

#[cfg(test)]
mod tests {
    use super::explain_refusal;

    const SOURCE: &str =
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ";

    fn refusal(text: &str) -> String {
        let error = serde_json::from_str::<serde_json::Value>(text).expect_err("it is no JSON");
        explain_refusal(text, &error)
    }

    #[test]
    fn a_mistake_has_jacksons_words_and_place() {
        for (text, words, line, column) in [
            (
                "{bad}",
                "Unexpected character ('b' (code 98)): was expecting double-quote to start field \
                 name",
                1,
                2,
            ),
            (
                "nothing",
                "Unrecognized token 'nothing': was expecting (JSON String, Number, Array, Object \
                 or token 'null', 'true' or 'false')",
                1,
                8,
            ),
            (
                "[1,\n 2 3]",
                "Unexpected character ('3' (code 51)): was expecting comma to separate Array \
                 entries",
                2,
                4,
            ),
            (
                "{\"a\" 1}",
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field \
                 name and value",
                1,
                6,
            ),
            (
                "[1,]",
                "Unexpected character (']' (code 93)): expected a valid value (JSON String, \
                 Number, Array, Object or token 'null', 'true' or 'false')",
                1,
                4,
            ),
            (
                "\"ab",
                "Unexpected end-of-input: was expecting closing quote for a string value",
                1,
                4,
            ),
            ("01", "Invalid numeric value: Leading zeroes not allowed", 1, 2),
        ] {
            let expected = format!("{words}\n at {SOURCE}{line}, column: {column}]");
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_end_names_its_start() {
        assert_eq!(
            refusal("[{\"a\":1"),
            format!(
                "Unexpected end-of-input: expected close marker for Object (start marker at \
                 {SOURCE}1, column: 2])\n at {SOURCE}1, column: 8]"
            )
        );
        assert!(refusal("{\"a\":[1}").starts_with(
            "Unexpected close marker '}': expected ']' (for Array starting at [Source: REDACTED"
        ));
    }

    #[test]
    fn every_refused_text_has_an_explanation() {
        for text in [
            "",
            "{",
            "[",
            "]",
            "}",
            "{\"a",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1,",
            "{\"a\":1,}",
            "[1 ",
            "-",
            "-x",
            "1.",
            "1.x",
            "1e",
            "1e+",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\u{1}\"",
            "{} {}",
            "1 2",
            "tru",
            "'a'",
            "\u{7f}",
            "[[[[",
            "{\"a\"}",
            ",",
            ":",
        ] {
            let words = refusal(text);
            assert!(words.contains("\n at [Source: REDACTED"), "{text}: {words}");
        }
        assert!(refusal(&"[".repeat(100_000)).contains("end-of-input"));
    }
}
