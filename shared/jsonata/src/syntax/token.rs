//! Splits the text of an expression into tokens.

use crate::{
    datum::{number_text, quote_json},
    pattern::Pattern,
    syntax_error::JsonataSyntaxError,
};

/// A token.
#[derive(Debug)]
pub(super) enum Token {
    Operator(&'static str),
    Name(String),
    Variable(String),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Regex(Box<Pattern>),
    End,
}

impl Token {
    /// The token as the messages of errors quote it.
    pub(super) fn quoted(&self) -> String {
        match self {
            Self::Operator(symbol) => quote_json(symbol),
            Self::Name(text) | Self::Variable(text) | Self::Text(text) => quote_json(text),
            Self::Number(number) => number_text(*number),
            Self::Bool(boolean) => boolean.to_string(),
            Self::Null => "null".to_owned(),
            Self::Regex(_) => "{}".to_owned(),
            Self::End => "\"(end)\"".to_owned(),
        }
    }

    /// The token's text in a signature.
    pub(super) fn plain(&self) -> String {
        match self {
            Self::Operator(symbol) => (*symbol).to_owned(),
            Self::Name(text) | Self::Variable(text) | Self::Text(text) => text.clone(),
            Self::Number(number) => number_text(*number),
            Self::Bool(_) | Self::Null | Self::Regex(_) | Self::End => self.quoted(),
        }
    }

    pub(super) fn is_operator(&self, symbol: &str) -> bool {
        matches!(self, Self::Operator(operator) if *operator == symbol)
    }
}

/// What comes before a token, which decides what a slash means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenContext {
    /// An operand must follow, so that a slash starts a regular expression.
    Operand,
    /// An operator may follow.
    Operator,
}

const OPERATORS: [&str; 36] = [
    ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "+", "-", "*", "/", "%", "|",
    "=", "<", ">", "^", "**", "..", ":=", "!=", "<=", ">=", "~>", "and", "or", "in", "&", "!", "~",
];

const WHITESPACE: [char; 5] = [' ', '\t', '\n', '\r', '\u{b}'];

/// Reads tokens from a text.
#[derive(Debug)]
pub(super) struct Tokenizer<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Tokenizer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next token.
    pub(super) fn next_token(
        &mut self,
        context: TokenContext,
    ) -> Result<Token, JsonataSyntaxError> {
        self.skip_space()?;
        let rest = self.rest();
        let Some(letter) = rest.chars().next() else { return Ok(Token::End) };
        if letter == '/' && context == TokenContext::Operand {
            self.position += 1;
            return self.read_regex();
        }
        if let Some(symbol) = operator_at(rest) {
            self.position += symbol.len();
            return Ok(Token::Operator(symbol));
        }
        match letter {
            '"' | '\'' => self.read_text(letter),
            '`' => self.read_quoted_name(),
            _ => match number_length(rest) {
                Some(length) => self.read_number(length),
                None => Ok(self.read_name()),
            },
        }
    }

    fn skip_space(&mut self) -> Result<(), JsonataSyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(WHITESPACE);
            self.position += rest.len() - trimmed.len();
            let Some(comment) = trimmed.strip_prefix("/*") else { return Ok(()) };
            let Some(length) = comment.find("*/") else {
                return Err(JsonataSyntaxError::new("S0106: Comment has no closing tag"));
            };
            self.position += length + 4;
        }
    }

    /// A regular expression. The slash is read.
    fn read_regex(&mut self) -> Result<Token, JsonataSyntaxError> {
        let rest = self.rest();
        let mut depth = 0_i64;
        let mut backslashes = 0_usize;
        for (position, letter) in rest.char_indices() {
            let is_escaped = backslashes % 2 == 1;
            if letter == '/' && depth == 0 && !is_escaped {
                return self.finish_regex(&rest[..position]);
            }
            // As in jsonata-js, any backslash before a bracket makes it count for nothing.
            if backslashes == 0 {
                match letter {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth -= 1,
                    _ => {}
                }
            }
            backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        }
        Err(JsonataSyntaxError::new("S0302: No terminating / in regular expression"))
    }

    fn finish_regex(&mut self, source: &str) -> Result<Token, JsonataSyntaxError> {
        if source.is_empty() {
            return Err(JsonataSyntaxError::new(
                "S0301: Empty regular expressions are not allowed",
            ));
        }
        self.position += source.len() + 1;
        let rest = self.rest();
        let flags = rest.len() - rest.trim_start_matches(['i', 'm']).len();
        self.position += flags;
        let pattern = Pattern::parse(source, &rest[..flags]).map_err(|reason| {
            let flags = &rest[..flags];
            JsonataSyntaxError::new(&format!(
                "Invalid regular expression: /{source}/{flags}g: {reason}"
            ))
        })?;
        Ok(Token::Regex(Box::new(pattern)))
    }

    fn read_text(&mut self, quote: char) -> Result<Token, JsonataSyntaxError> {
        self.position += 1;
        let mut text = String::new();
        let mut units = Vec::new();
        let mut letters = self.rest().char_indices();
        while let Some((position, letter)) = letters.next() {
            let escape =
                if letter == '\\' { letters.next().map(|(_, escape)| escape) } else { None };
            if escape == Some('u') {
                let digits = self
                    .rest()
                    .get(position + 2..position + 6)
                    .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
                units.push(unit.ok_or_else(|| {
                    JsonataSyntaxError::new(
                        "S0104: The escape sequence \\u must be followed by 4 hex digits",
                    )
                })?);
                letters.nth(3);
                continue;
            }
            // Escaped surrogates belong together.
            text.push_str(&String::from_utf16_lossy(&units));
            units.clear();
            match (letter, escape) {
                ('\\', Some(escape)) => text.push(unescaped(escape)?),
                ('\\', None) => break,
                (letter, _) if letter == quote => {
                    self.position += position + 1;
                    return Ok(Token::Text(text));
                }
                (letter, _) => text.push(letter),
            }
        }
        Err(JsonataSyntaxError::new("S0101: String literal must be terminated by a matching quote"))
    }

    fn read_quoted_name(&mut self) -> Result<Token, JsonataSyntaxError> {
        self.position += 1;
        let Some(length) = self.rest().find('`') else {
            return Err(JsonataSyntaxError::new(
                "S0105: Quoted property name must be terminated with a backquote (`)",
            ));
        };
        let name = self.rest()[..length].to_owned();
        self.position += length + 1;
        Ok(Token::Name(name))
    }

    fn read_number(&mut self, length: usize) -> Result<Token, JsonataSyntaxError> {
        let text = &self.rest()[..length];
        let number: f64 = text.parse().unwrap_or(f64::NAN);
        if !number.is_finite() {
            return Err(JsonataSyntaxError::new(&format!(
                "S0102: Number out of range: {}",
                quote_json(text)
            )));
        }
        self.position += length;
        Ok(Token::Number(number))
    }

    fn read_name(&mut self) -> Token {
        let rest = self.rest();
        let is_end = |letter: char| {
            WHITESPACE.contains(&letter)
                || OPERATORS.iter().any(|operator| {
                    let mut letters = operator.chars();
                    letters.next() == Some(letter) && letters.next().is_none()
                })
        };
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.position += word.len();
        if let Some(name) = word.strip_prefix('$') {
            return Token::Variable(name.to_owned());
        }
        match word {
            "or" => Token::Operator("or"),
            "in" => Token::Operator("in"),
            "and" => Token::Operator("and"),
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            "null" => Token::Null,
            name => Token::Name(name.to_owned()),
        }
    }
}

/// The operator of one or two characters at the start of a text.
fn operator_at(text: &str) -> Option<&'static str> {
    const DOUBLE: [&str; 7] = ["..", ":=", "!=", ">=", "<=", "**", "~>"];
    if let Some(symbol) = DOUBLE.iter().find(|symbol| text.starts_with(**symbol)) {
        return Some(symbol);
    }
    OPERATORS.iter().find(|symbol| symbol.len() == 1 && text.starts_with(**symbol)).copied()
}

/// How long the number at the start of a text is.
fn number_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |start: usize| {
        bytes.get(start..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut end = match bytes.first()? {
        b'0' => 1,
        b'1'..=b'9' => digits(0),
        _ => return None,
    };
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    Some(end)
}

fn unescaped(escape: char) -> Result<char, JsonataSyntaxError> {
    Ok(match escape {
        '"' | '\\' | '/' => escape,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        other => {
            return Err(JsonataSyntaxError::new(&format!(
                "S0103: Unsupported escape sequence: \\{}",
                quote_json(&other.to_string())
            )));
        }
    })
}
