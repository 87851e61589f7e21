//! Compiles the text of a path into its steps.

use super::{
    Path, PathSyntaxError, arguments,
    cursor::{Cursor, Regexes},
    filter::Filter,
    functions::Function,
    token::{Root, Token},
};

type Parsed<T> = Result<T, PathSyntaxError>;

/// Compiles a path which starts with `$` or `@` and stands `nesting` paths deep.
pub(crate) fn compile(text: &str, nesting: usize) -> Parsed<Path> {
    if nesting > Path::NESTING_MAX {
        return Err(PathSyntaxError::new("Paths are nested too deeply"));
    }
    let mut cursor = Cursor::new(text);
    cursor.trim();
    let root = match cursor.current()? {
        '$' => Root::Document,
        '@' => Root::Item,
        _ => return Err(PathSyntaxError::new("Path must start with '$' or '@'")),
    };
    if cursor.last() == Some('.') {
        return Err(PathSyntaxError::new("Path must not end with a '.' or '..'"));
    }
    if cursor.is_tail() {
        return Ok(Path::new(text.to_owned(), root, Vec::new()));
    }
    cursor.advance(1);
    if !cursor.is('.') && !cursor.is('[') {
        let at = cursor.position();
        return Err(PathSyntaxError::new(format!(
            "Illegal character at position {at} expected '.' or '['"
        )));
    }
    let mut parser = Parser { cursor, nesting, tokens: Vec::new() };
    parser.tokens()?;
    Ok(Path::new(text.to_owned(), root, parser.tokens))
}

struct Parser {
    cursor: Cursor,
    nesting: usize,
    tokens: Vec<Token>,
}

impl Parser {
    /// Reads steps until the last character: Jayway ignores one stray character after a step.
    fn tokens(&mut self) -> Parsed<()> {
        loop {
            self.token()?;
            if self.cursor.is_tail() {
                return Ok(());
            }
            if self.tokens.len() >= Path::STEPS_MAX {
                return Err(PathSyntaxError::new("Path has too many steps"));
            }
        }
    }

    fn token(&mut self) -> Parsed<()> {
        if self.cursor.is('.') {
            self.dots()?;
        }
        match self.cursor.current()? {
            '[' => self.bracket(),
            '*' => {
                self.cursor.advance(1);
                self.tokens.push(Token::Wildcard);
                Ok(())
            }
            _ => self.name(),
        }
    }

    /// `.` or `..`
    fn dots(&mut self) -> Parsed<()> {
        let position = self.cursor.position();
        if self.cursor.at(position + 1) == Some('.') {
            self.tokens.push(Token::Scan);
            self.cursor.advance(2);
        } else {
            self.cursor.advance(1);
        }
        if self.cursor.current()? == '.' {
            return Err(PathSyntaxError::new(format!(
                "Character '.' on position {} is not valid.",
                self.cursor.position()
            )));
        }
        Ok(())
    }

    /// `name` or `name(…)`
    fn name(&mut self) -> Parsed<()> {
        let start = self.cursor.position();
        if self.cursor.is(' ') {
            return Err(self.unknown_token(""));
        }
        let mut end = start;
        while let Some(character) = self.cursor.at(end) {
            match character {
                ' ' => {
                    return Err(PathSyntaxError::new(format!(
                        "Use bracket notion ['my prop'] if your property contains blank \
                         characters. position: {start}"
                    )));
                }
                '.' | '[' | '(' => break,
                _ => end += 1,
            }
        }
        let name = self.cursor.slice(start, end);
        if self.cursor.at(end) == Some('(') {
            return self.function(name, end);
        }
        self.cursor.jump(end);
        self.tokens.push(Token::Properties { names: vec![name], quote: '\'' });
        Ok(())
    }

    /// `name(…)`, whose parenthesis opens at `open`.
    fn function(&mut self, name: String, open: usize) -> Parsed<()> {
        let mut depth = 1_usize;
        let mut at = open + 1;
        while let Some(character) = self.cursor.at(at) {
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
            return Err(arguments::unclosed(&name));
        }
        let arguments = if self.cursor.at(open + 1) == Some(')') {
            // The cursor stays on the parenthesis: if more follows, Jayway reads it as a property.
            self.cursor.jump(open + 1);
            Vec::new()
        } else {
            self.cursor.jump(open + 1);
            arguments::read(&mut self.cursor, &name, self.nesting)?
        };
        let function = Function::named(&name);
        self.tokens.push(Token::Function { name, function, arguments });
        Ok(())
    }

    fn bracket(&mut self) -> Parsed<()> {
        let open = self.cursor.position();
        let next = self.cursor.next_significant(open);
        match next.and_then(|i| self.cursor.at(i)) {
            Some(quote @ ('\'' | '"')) => self.properties(quote),
            Some('0'..='9' | '-' | ':') => self.indexes(),
            Some('*') => self.wildcard(next.unwrap_or(open)),
            Some('?') => self.filter(open, next.unwrap_or(open)),
            _ => Err(self.unknown_token(". Expected ?, ', 0-9, * ")),
        }
    }

    /// `[*]`
    fn wildcard(&mut self, star: usize) -> Parsed<()> {
        let close = self.cursor.next_significant_is(star, ']').ok_or_else(|| {
            let at = star + 1;
            PathSyntaxError::new(format!(
                "Expected wildcard token to end with ']' on position {at}"
            ))
        })?;
        self.cursor.jump(close + 1);
        self.tokens.push(Token::Wildcard);
        Ok(())
    }

    /// `[?(…)]`
    fn filter(&mut self, open: usize, question_mark: usize) -> Parsed<()> {
        let unknown = self.unknown_token(". Expected ?, ', 0-9, * ");
        let Some(parenthesis) = self.cursor.next_significant_is(question_mark, '(') else {
            return Err(unknown);
        };
        let close = self.cursor.matching_close(parenthesis, ('(', ')'), Regexes::Skipped)?;
        let Some(end) = close.and_then(|i| self.cursor.next_significant_is(i, ']')) else {
            return Err(unknown);
        };
        let criteria = self.cursor.slice(open, end + 1);
        self.tokens.push(Token::Filter(Box::new(Filter::parse(&criteria, self.nesting)?)));
        self.cursor.jump(end + 1);
        Ok(())
    }

    /// `[1]`, `[1,2]`, `[1:]`, `[1:2]`, `[:2]`
    fn indexes(&mut self) -> Parsed<()> {
        let open = self.cursor.position();
        let unknown = self.unknown_token(". Expected ?, ', 0-9, * ");
        let Some(close) = self.cursor.find(open + 1, ']') else {
            return Err(unknown);
        };
        let text = self.cursor.slice(open + 1, close);
        let text = text.trim();
        if !text.chars().all(|c| matches!(c, '0'..='9' | ',' | '-' | ':' | ' ')) {
            return Err(unknown);
        }
        self.tokens.push(if text.contains(':') { slice(text)? } else { index_list(text)? });
        self.cursor.jump(close + 1);
        Ok(())
    }

    /// `['a']` or `['a','b']`
    fn properties(&mut self, quote: char) -> Parsed<()> {
        let mut names = Vec::new();
        let mut start = self.cursor.position() + 1;
        let mut at = start;
        let mut end = start;
        let (mut inside, mut escaped, mut after_comma) = (false, false, false);
        while let Some(character) = self.cursor.at(at) {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if inside && character == quote {
                self.expect_separator(at)?;
                names.push(unescape(&self.cursor.slice(start, at))?);
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
                    return Err(PathSyntaxError::new(format!(
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
            PathSyntaxError::new(format!("Property has not been closed - missing closing {what}"))
        };
        if inside {
            return Err(unclosed(quote));
        }
        let close = self.cursor.next_significant_is(end, ']').ok_or_else(|| unclosed(']'))?;
        self.cursor.jump(close + 1);
        self.tokens.push(Token::Properties { names, quote });
        Ok(())
    }

    fn expect_separator(&self, at: usize) -> Parsed<()> {
        match self.cursor.next_significant(at).and_then(|i| self.cursor.at(i)) {
            Some(',' | ']') => Ok(()),
            _ => Err(PathSyntaxError::new(format!(
                "Property must be separated by comma or Property must be terminated close square \
                 bracket at index {at}"
            ))),
        }
    }

    fn unknown_token(&self, expectation: &str) -> PathSyntaxError {
        let at = self.cursor.position();
        PathSyntaxError::new(format!(
            "Could not parse token starting at position {at}{expectation}"
        ))
    }
}

fn index_list(text: &str) -> Parsed<Token> {
    let indexes = text.split(',').map(|part| integer(part.trim())).collect::<Option<Vec<i64>>>();
    indexes.map(Token::Indexes).ok_or_else(|| {
        PathSyntaxError::new(format!("Failed to parse token in ArrayIndexOperation: {text}"))
    })
}

/// A third part, the step of other dialects, is read over.
fn slice(text: &str) -> Parsed<Token> {
    let failed = || PathSyntaxError::new(format!("Failed to parse SliceOperation: {text}"));
    let mut bounds = text.split(':').map(|part| match part {
        "" => Some(None),
        digits => integer(digits).map(Some),
    });
    let mut bound = || bounds.next().unwrap_or(Some(None)).ok_or_else(failed);
    match (bound()?, bound()?) {
        (None, None) => Err(failed()),
        (from, to) => Ok(Token::Slice { from, to }),
    }
}

/// A Java `int`.
fn integer(text: &str) -> Option<i64> {
    text.parse::<i32>().ok().map(i64::from)
}

/// Replaces backslash escapes the way Jayway does: an unknown escape stands for its character.
pub(crate) fn unescape(text: &str) -> Parsed<String> {
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
                    PathSyntaxError::new(format!("Unable to parse unicode value: {digits}"))
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
    use super::{super::Path, unescape};

    fn normal_form(text: &str) -> String {
        match Path::parse(text) {
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
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn jayway_roots_a_path_without_a_root_in_the_document() {
        for (text, expected) in [("a.b", "$['a']['b']"), (".a", "$..['a']"), ("@.a", "@['a']")] {
            let path = Path::parse_rootless(text).map(|path| path.to_string());
            assert_eq!(path.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn escapes_in_names_are_resolved() {
        assert_eq!(unescape(r"it\'s \u00fc\n"), Ok("it's ü\n".to_owned()));
        assert!(unescape(r"\u00zz").is_err());
    }
}
