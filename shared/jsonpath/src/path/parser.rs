//! Compiles the text of a path into its steps.

use super::{
    JaywayPath, JaywayPathSyntaxError, arguments,
    cursor::{CharacterCursor, RegexHandling},
    filter::PathFilter,
    functions::PathFunction,
    token::{PathRoot, PathToken},
};

type PathParseResult<T> = Result<T, JaywayPathSyntaxError>;

/// Compiles a path that starts with `$` or `@` and is inside `nesting` other paths.
pub(crate) fn compile_path(text: &str, nesting: usize) -> PathParseResult<JaywayPath> {
    if nesting > JaywayPath::NESTING_MAX {
        return Err(JaywayPathSyntaxError::new("Paths are nested too deeply"));
    }
    let mut cursor = CharacterCursor::new(text);
    cursor.trim_blanks();
    let root = match cursor.current_character()? {
        '$' => PathRoot::Document,
        '@' => PathRoot::Item,
        _ => return Err(JaywayPathSyntaxError::new("Path must start with '$' or '@'")),
    };
    if cursor.last_character() == Some('.') {
        return Err(JaywayPathSyntaxError::new("Path must not end with a '.' or '..'"));
    }
    if cursor.is_tail() {
        return Ok(JaywayPath::new(text.to_owned(), root, Vec::new()));
    }
    cursor.advance(1);
    if !cursor.is_at('.') && !cursor.is_at('[') {
        let at = cursor.position();
        return Err(JaywayPathSyntaxError::new(format!(
            "Illegal character at position {at} expected '.' or '['"
        )));
    }
    let mut parser = PathParser { cursor, nesting, tokens: Vec::new() };
    parser.parse_tokens()?;
    Ok(JaywayPath::new(text.to_owned(), root, parser.tokens))
}

struct PathParser {
    cursor: CharacterCursor,
    nesting: usize,
    tokens: Vec<PathToken>,
}

impl PathParser {
    /// Reads steps until the last character: Jayway ignores one stray character after a step.
    fn parse_tokens(&mut self) -> PathParseResult<()> {
        loop {
            self.parse_token()?;
            if self.cursor.is_tail() {
                return Ok(());
            }
            if self.tokens.len() >= JaywayPath::STEPS_MAX {
                return Err(JaywayPathSyntaxError::new("Path has too many steps"));
            }
        }
    }

    fn parse_token(&mut self) -> PathParseResult<()> {
        if self.cursor.is_at('.') {
            self.parse_dots()?;
        }
        match self.cursor.current_character()? {
            '[' => self.parse_bracket(),
            '*' => {
                self.cursor.advance(1);
                self.tokens.push(PathToken::Wildcard);
                Ok(())
            }
            _ => self.parse_name(),
        }
    }

    /// `.` or `..`
    fn parse_dots(&mut self) -> PathParseResult<()> {
        let position = self.cursor.position();
        if self.cursor.character_at(position + 1) == Some('.') {
            self.tokens.push(PathToken::Scan);
            self.cursor.advance(2);
        } else {
            self.cursor.advance(1);
        }
        if self.cursor.current_character()? == '.' {
            return Err(JaywayPathSyntaxError::new(format!(
                "Character '.' on position {} is not valid.",
                self.cursor.position()
            )));
        }
        Ok(())
    }

    /// `name` or `name(…)`
    fn parse_name(&mut self) -> PathParseResult<()> {
        let start = self.cursor.position();
        if self.cursor.is_at(' ') {
            return Err(self.unknown_token(""));
        }
        let mut end = start;
        while let Some(character) = self.cursor.character_at(end) {
            match character {
                ' ' => {
                    return Err(JaywayPathSyntaxError::new(format!(
                        "Use bracket notion ['my prop'] if your property contains blank \
                         characters. position: {start}"
                    )));
                }
                '.' | '[' | '(' => break,
                _ => end += 1,
            }
        }
        let name = self.cursor.text_between(start, end);
        if self.cursor.character_at(end) == Some('(') {
            return self.parse_function(name, end);
        }
        self.cursor.jump_to(end);
        self.tokens.push(PathToken::Properties { names: vec![name], quote: '\'' });
        Ok(())
    }

    /// `name(…)`, whose parenthesis opens at `open`.
    fn parse_function(&mut self, name: String, open: usize) -> PathParseResult<()> {
        let mut depth = 1_usize;
        let mut at = open + 1;
        while let Some(character) = self.cursor.character_at(at) {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            at += 1;
        }
        if depth != 0 {
            return Err(arguments::unclosed_arguments(&name));
        }
        let arguments = if self.cursor.character_at(open + 1) == Some(')') {
            // The cursor stays on the parenthesis: if more follows, Jayway reads it as a property.
            self.cursor.jump_to(open + 1);
            Vec::new()
        } else {
            self.cursor.jump_to(open + 1);
            arguments::read_arguments(&mut self.cursor, &name, self.nesting)?
        };
        let function = PathFunction::from_name(&name);
        self.tokens.push(PathToken::Function { name, function, arguments });
        Ok(())
    }

    fn parse_bracket(&mut self) -> PathParseResult<()> {
        let open = self.cursor.position();
        let next = self.cursor.next_significant(open);
        match next.and_then(|i| self.cursor.character_at(i)) {
            Some(quote @ ('\'' | '"')) => self.parse_properties(quote),
            Some('0'..='9' | '-' | ':') => self.parse_indexes(),
            Some('*') => self.parse_wildcard(next.unwrap_or(open)),
            Some('?') => self.parse_filter(open, next.unwrap_or(open)),
            _ => Err(self.unknown_token(". Expected ?, ', 0-9, * ")),
        }
    }

    /// `[*]`
    fn parse_wildcard(&mut self, star: usize) -> PathParseResult<()> {
        let close = self.cursor.next_significant_is(star, ']').ok_or_else(|| {
            let at = star + 1;
            JaywayPathSyntaxError::new(format!(
                "Expected wildcard token to end with ']' on position {at}"
            ))
        })?;
        self.cursor.jump_to(close + 1);
        self.tokens.push(PathToken::Wildcard);
        Ok(())
    }

    /// `[?(…)]`
    fn parse_filter(&mut self, open: usize, question_mark: usize) -> PathParseResult<()> {
        let unknown = self.unknown_token(". Expected ?, ', 0-9, * ");
        let Some(parenthesis) = self.cursor.next_significant_is(question_mark, '(') else {
            return Err(unknown);
        };
        let close = self.cursor.matching_close(parenthesis, ('(', ')'), RegexHandling::Skipped)?;
        let Some(end) = close.and_then(|i| self.cursor.next_significant_is(i, ']')) else {
            return Err(unknown);
        };
        let criteria = self.cursor.text_between(open, end + 1);
        self.tokens.push(PathToken::Filter(Box::new(PathFilter::parse(&criteria, self.nesting)?)));
        self.cursor.jump_to(end + 1);
        Ok(())
    }

    /// `[1]`, `[1,2]`, `[1:]`, `[1:2]`, `[:2]`
    fn parse_indexes(&mut self) -> PathParseResult<()> {
        let open = self.cursor.position();
        let unknown = self.unknown_token(". Expected ?, ', 0-9, * ");
        let Some(close) = self.cursor.find_character(open + 1, ']') else {
            return Err(unknown);
        };
        let text = self.cursor.text_between(open + 1, close);
        let text = text.trim();
        if !text.chars().all(|c| matches!(c, '0'..='9' | ',' | '-' | ':' | ' ')) {
            return Err(unknown);
        }
        self.tokens.push(if text.contains(':') {
            parse_slice(text)?
        } else {
            parse_index_list(text)?
        });
        self.cursor.jump_to(close + 1);
        Ok(())
    }

    /// `['a']` or `['a','b']`
    fn parse_properties(&mut self, quote: char) -> PathParseResult<()> {
        let mut names = Vec::new();
        let mut start = self.cursor.position() + 1;
        let mut at = start;
        let mut end = start;
        let (mut inside, mut escaped, mut after_comma) = (false, false, false);
        while let Some(character) = self.cursor.character_at(at) {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if inside && character == quote {
                self.expect_separator(at)?;
                names.push(unescape_text(&self.cursor.text_between(start, at))?);
                end = at;
                inside = false;
            } else if inside {
                // A character of the name.
            } else if character == quote {
                start = at + 1;
                inside = true;
                after_comma = false;
            } else if matches!(character, ',' | ']') {
                if after_comma {
                    return Err(JaywayPathSyntaxError::new(format!(
                        "Found empty property at index {at}"
                    )));
                }
                if character == ']' {
                    break;
                }
                after_comma = true;
            }
            at += 1;
        }
        let unclosed = |what: char| {
            JaywayPathSyntaxError::new(format!(
                "Property has not been closed - missing closing {what}"
            ))
        };
        if inside {
            return Err(unclosed(quote));
        }
        let close = self.cursor.next_significant_is(end, ']').ok_or_else(|| unclosed(']'))?;
        self.cursor.jump_to(close + 1);
        self.tokens.push(PathToken::Properties { names, quote });
        Ok(())
    }

    fn expect_separator(&self, at: usize) -> PathParseResult<()> {
        match self.cursor.next_significant(at).and_then(|i| self.cursor.character_at(i)) {
            Some(',' | ']') => Ok(()),
            _ => Err(JaywayPathSyntaxError::new(format!(
                "Property must be separated by comma or Property must be terminated close square \
                 bracket at index {at}"
            ))),
        }
    }

    fn unknown_token(&self, expectation: &str) -> JaywayPathSyntaxError {
        let at = self.cursor.position();
        JaywayPathSyntaxError::new(format!(
            "Could not parse token starting at position {at}{expectation}"
        ))
    }
}

fn parse_index_list(text: &str) -> PathParseResult<PathToken> {
    let indexes =
        text.split(',').map(|part| parse_java_int(part.trim())).collect::<Option<Vec<i64>>>();
    indexes.map(PathToken::Indexes).ok_or_else(|| {
        JaywayPathSyntaxError::new(format!("Failed to parse token in ArrayIndexOperation: {text}"))
    })
}

/// Parses `from:to`. A third part, the step in other dialects, is ignored.
fn parse_slice(text: &str) -> PathParseResult<PathToken> {
    let failed = || JaywayPathSyntaxError::new(format!("Failed to parse SliceOperation: {text}"));
    let mut bounds = text.split(':').map(|part| match part {
        "" => Some(None),
        digits => parse_java_int(digits).map(Some),
    });
    let mut bound = || bounds.next().unwrap_or(Some(None)).ok_or_else(failed);
    match (bound()?, bound()?) {
        (None, None) => Err(failed()),
        (from, to) => Ok(PathToken::Slice { from, to }),
    }
}

/// Parses an integer within the range of a Java `int`.
fn parse_java_int(text: &str) -> Option<i64> {
    text.parse::<i32>().ok().map(i64::from)
}

/// Replaces backslash escapes the way Jayway does: an unknown escape stands for its character.
pub(crate) fn unescape_text(text: &str) -> PathParseResult<String> {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        match characters.next() {
            Some('r') => result.push('\r'),
            Some('f') => result.push('\u{c}'),
            Some('t') => result.push('\t'),
            Some('n') => result.push('\n'),
            Some('b') => result.push('\u{8}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).map_err(|_| {
                    JaywayPathSyntaxError::new(format!("Unable to parse unicode value: {digits}"))
                })?;
                result.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => result.push(other),
            None => result.push('\\'),
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::{super::JaywayPath, unescape_text};

    fn normal_form(text: &str) -> String {
        match JaywayPath::parse(text) {
            Ok(path) => path.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_notations_of_a_property_mean_the_same() {
        assert_eq!(normal_form("$.a['b'][ 'c' ]"), "$['a']['b']['c']");
        assert_eq!(normal_form("$.['a']"), "$['a']");
    }

    #[test]
    fn every_kind_of_step_is_read() {
        assert_eq!(normal_form("$..a[*].*[0][1,2][1:][-1:3]"), "$..['a'][*][*][0][1,2][1:][-1:3]");
        assert_eq!(normal_form("$.a[?(@.b)].c.length()"), "$['a'][?]['c'].length");
    }

    #[test]
    fn a_slice_needs_a_bound_and_ignores_its_step() {
        assert_eq!(normal_form("$[0:4:2]"), "$[0:4]");
        assert!(normal_form("$[:]").starts_with("error: "));
        assert!(normal_form("$[::2]").starts_with("error: "));
    }

    #[test]
    fn one_stray_character_at_the_end_is_ignored() {
        assert_eq!(normal_form("$.a["), "$['a']");
        assert_eq!(normal_form("$['a']x"), "$['a']");
    }

    #[test]
    fn blanks_dots_and_brackets_out_of_place_are_refused() {
        for text in ["$.", "$..", "$...a", "$.a b", "$. a", "$a", "$.a[]", "$['a'", "$['a',]", "x"]
        {
            assert!(JaywayPath::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn jayway_roots_a_path_without_a_root_in_the_document() {
        for (text, expected) in [("a.b", "$['a']['b']"), (".a", "$..['a']"), ("@.a", "@['a']")] {
            let path = JaywayPath::parse_rootless(text).map(|path| path.to_string());
            assert_eq!(path.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn escapes_in_names_are_resolved() {
        assert_eq!(unescape_text(r"it\'s \u00fc\n"), Ok("it's ü\n".to_owned()));
        assert!(unescape_text(r"\u00zz").is_err());
    }
}
