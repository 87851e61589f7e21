//! Compiles the text of a call.
//!
//! ```text
//! call     = name "(" [ argument { "," argument } ] ")"
//! argument = "'" text "'" | number | "true" | "false" | "null" | path | call
//! ```

use serde_json::Value;

use super::{Argument, Call, Function, IntrinsicCall};
use crate::{expression::ExpressionSyntaxError, sourced_path::SourcedPath};

type Parsed<T> = Result<T, ExpressionSyntaxError>;

/// Compiles a call, which must be all of the text.
pub(super) fn parse(text: &str) -> Parsed<Call> {
    let mut parser = Parser { characters: text.chars().collect(), position: 0 };
    let call = parser.call(1)?;
    if parser.position < parser.characters.len() {
        return Err(parser.mistake("nothing may follow the call"));
    }
    Ok(call)
}

struct Parser {
    characters: Vec<char>,
    position: usize,
}

impl Parser {
    fn call(&mut self, depth: usize) -> Parsed<Call> {
        if depth > IntrinsicCall::NESTING_MAX {
            return Err(self.mistake("calls are nested too deeply"));
        }
        let start = self.position;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') {
            self.position += 1;
        }
        let name = self.slice(start);
        let Some(function) = Function::named(&name) else {
            return Err(self.mistake("neither a path nor a known function"));
        };
        if !self.take('(') {
            return Err(self.mistake("'(' expected"));
        }
        let mut arguments = Vec::new();
        if self.take(')') {
            return Ok(Call { function, arguments });
        }
        loop {
            arguments.push(self.argument(depth)?);
            if self.take(')') {
                return Ok(Call { function, arguments });
            }
            if !self.take(',') {
                return Err(self.mistake("',' or ')' expected"));
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Parsed<Argument> {
        self.blanks();
        match self.peek() {
            Some('\'') => self.text(),
            Some('$') => self.path(),
            Some('0'..='9' | '-') => self.number(),
            Some(_) => {
                for (word, value) in [
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("null", Value::Null),
                ] {
                    if self.word_is(word) {
                        self.position += word.len();
                        return Ok(Argument::Literal(value));
                    }
                }
                self.call(depth + 1).map(Argument::Call)
            }
            None => Err(self.mistake("argument expected")),
        }
    }

    /// `'…'`, in which a backslash escapes `'`, `{`, `}` and itself, and nothing else: AWS refuses
    /// other escapes when the state machine is created.
    fn text(&mut self) -> Parsed<Argument> {
        self.position += 1;
        let (mut raw, mut value) = (String::new(), String::new());
        loop {
            match self.next() {
                Some('\'') => return Ok(Argument::Text { raw, value }),
                Some('\\') => match self.next() {
                    Some(escaped @ ('\'' | '{' | '}' | '\\')) => {
                        raw.extend(['\\', escaped]);
                        value.push(escaped);
                    }
                    _ => return Err(self.mistake("a backslash escapes only ' { } and \\")),
                },
                Some(character) => {
                    raw.push(character);
                    value.push(character);
                }
                None => return Err(self.mistake("the text does not end")),
            }
        }
    }

    /// A path ends at the comma or parenthesis which belongs to the call.
    fn path(&mut self) -> Parsed<Argument> {
        let start = self.position;
        let (mut brackets, mut parentheses) = (0_usize, 0_usize);
        while let Some(character) = self.peek() {
            match character {
                '\'' | '"' => self.skip_quoted(character)?,
                '[' => brackets += 1,
                ']' => brackets = brackets.saturating_sub(1),
                '(' => parentheses += 1,
                ')' | ',' if brackets == 0 && parentheses == 0 => break,
                ')' => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            self.position += 1;
        }
        let text = self.slice(start);
        Ok(Argument::Path(SourcedPath::parse(text.trim_end())?))
    }

    /// Goes to the closing quote.
    fn skip_quoted(&mut self, quote: char) -> Parsed<()> {
        loop {
            self.position += 1;
            match self.peek() {
                Some('\\') => self.position += 1,
                Some(character) if character == quote => return Ok(()),
                Some(_) => {}
                None => return Err(self.mistake("the path does not end")),
            }
        }
    }

    fn number(&mut self) -> Parsed<Argument> {
        let start = self.position;
        while self.peek().is_some_and(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')) {
            self.position += 1;
        }
        match self.slice(start).parse::<serde_json::Number>() {
            Ok(number) => Ok(Argument::Literal(Value::Number(number))),
            Err(_) => Err(self.mistake("malformed number")),
        }
    }

    fn word_is(&self, word: &str) -> bool {
        let end = self.position + word.len();
        let follows = self.characters.get(end).is_none_or(|c| matches!(c, ',' | ')' | ' '));
        follows && word.chars().enumerate().all(|(i, c)| self.at(self.position + i) == Some(c))
    }

    fn take(&mut self, expected: char) -> bool {
        self.blanks();
        let found = self.peek() == Some(expected);
        if found {
            self.position += 1;
        }
        found
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek();
        self.position += 1;
        character
    }

    fn peek(&self) -> Option<char> {
        self.at(self.position)
    }

    fn at(&self, position: usize) -> Option<char> {
        self.characters.get(position).copied()
    }

    fn slice(&self, start: usize) -> String {
        self.characters[start..self.position.min(self.characters.len())].iter().collect()
    }

    fn mistake(&self, message: &'static str) -> ExpressionSyntaxError {
        ExpressionSyntaxError::Call { message, position: self.position }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn blanks_between_arguments_do_not_matter() {
        assert!(parse("States.Array( 1 ,'a',$.b , States.UUID( ) )").is_ok());
    }

    #[test]
    fn paths_may_contain_commas_and_parentheses() {
        for text in [
            "States.Array($['a,b'], 1)",
            "States.Array($.a[?(@.b == ')')].c)",
            "States.ArrayLength($.a.length())",
            "States.Array($.a[0,1], $v['x'])",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn calls_nest_ten_deep() {
        let nested = |depth: usize| {
            format!("{}States.UUID(){}", "States.Array(".repeat(depth - 1), ")".repeat(depth - 1))
        };
        assert!(parse(&nested(10)).is_ok());
        assert!(parse(&nested(11)).is_err());
    }

    #[test]
    fn what_is_not_quite_a_call_is_refused() {
        for text in [
            "",
            "States.Nope()",
            "States.UUID",
            "States.UUID() ",
            "States.UUID().x",
            "States.Array(1,)",
            "States.Array(,1)",
            "States.Array(1 2)",
            "States.Array('a)",
            r"States.Array('\n')",
            "States.Array({})",
            "States.Array(01)",
            "States.Array(truex)",
            "States.Array($.)",
            "uuid()",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
