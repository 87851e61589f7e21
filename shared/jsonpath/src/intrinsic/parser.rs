//! Compiles the text of a call.
//!
//! ```text
//! call     = name "(" [ argument { "," argument } ] ")"
//! argument = "'" text "'" | number | "true" | "false" | "null" | path | call
//! ```

use serde_json::Value;

use super::{CallArgument, IntrinsicCall, IntrinsicFunction, ParsedCall};
use crate::{expression::JsonPathExpressionSyntaxError, sourced_path::SourcedPath};

type CallParseResult<T> = Result<T, JsonPathExpressionSyntaxError>;

/// Compiles a call, which must be the whole text.
pub(super) fn parse_intrinsic_call(text: &str) -> CallParseResult<ParsedCall> {
    let mut parser = CallParser { characters: text.chars().collect(), position: 0 };
    let call = parser.parse_call(1)?;
    parser.skip_blanks();
    if parser.position < parser.characters.len() {
        return Err(parser.syntax_error("nothing may follow the call"));
    }
    Ok(call)
}

struct CallParser {
    characters: Vec<char>,
    position: usize,
}

impl CallParser {
    fn parse_call(&mut self, depth: usize) -> CallParseResult<ParsedCall> {
        if depth > IntrinsicCall::NESTING_MAX {
            return Err(self.syntax_error("calls are nested too deeply"));
        }
        let start = self.position;
        while self.peek_character().is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') {
            self.position += 1;
        }
        let name = self.text_since(start);
        let Some(function) = IntrinsicFunction::from_name(&name) else {
            return Err(self.syntax_error("neither a path nor a known function"));
        };
        if !self.take_character('(') {
            return Err(self.syntax_error("'(' expected"));
        }
        let mut arguments = Vec::new();
        if self.take_character(')') {
            return Ok(ParsedCall { text: self.text_since(start), function, arguments });
        }
        loop {
            arguments.push(self.parse_argument(depth)?);
            if self.take_character(')') {
                return Ok(ParsedCall { text: self.text_since(start), function, arguments });
            }
            if !self.take_character(',') {
                return Err(self.syntax_error("',' or ')' expected"));
            }
        }
    }

    fn parse_argument(&mut self, depth: usize) -> CallParseResult<CallArgument> {
        self.skip_blanks();
        match self.peek_character() {
            Some('\'') => self.parse_text(),
            Some('$') => self.parse_path(),
            Some('0'..='9' | '-') => self.parse_number(),
            Some(_) => {
                for (word, value) in [
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("null", Value::Null),
                ] {
                    if self.is_word_next(word) {
                        self.position += word.len();
                        return Ok(CallArgument::Literal(value));
                    }
                }
                self.parse_call(depth + 1).map(CallArgument::Call)
            }
            None => Err(self.syntax_error("argument expected")),
        }
    }

    /// `'…'`. A backslash may only escape `'`, `{`, `}` and itself: AWS refuses other escapes when
    /// the state machine is created.
    fn parse_text(&mut self) -> CallParseResult<CallArgument> {
        self.position += 1;
        let (mut raw, mut value) = (String::new(), String::new());
        loop {
            match self.next_character() {
                Some('\'') => return Ok(CallArgument::Text { raw, value }),
                Some('\\') => match self.next_character() {
                    Some(escaped @ ('\'' | '{' | '}' | '\\')) => {
                        raw.extend(['\\', escaped]);
                        value.push(escaped);
                    }
                    _ => return Err(self.syntax_error("a backslash escapes only ' { } and \\")),
                },
                Some(character) => {
                    raw.push(character);
                    value.push(character);
                }
                None => return Err(self.syntax_error("the text does not end")),
            }
        }
    }

    /// A path ends at the comma or parenthesis that belongs to the call.
    fn parse_path(&mut self) -> CallParseResult<CallArgument> {
        let start = self.position;
        let (mut brackets, mut parentheses) = (0_usize, 0_usize);
        while let Some(character) = self.peek_character() {
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
        let text = self.text_since(start);
        Ok(CallArgument::Path(SourcedPath::parse(text.trim_end())?))
    }

    /// Moves to the closing quote.
    fn skip_quoted(&mut self, quote: char) -> CallParseResult<()> {
        loop {
            self.position += 1;
            match self.peek_character() {
                Some('\\') => self.position += 1,
                Some(character) if character == quote => return Ok(()),
                Some(_) => {}
                None => return Err(self.syntax_error("the path does not end")),
            }
        }
    }

    fn parse_number(&mut self) -> CallParseResult<CallArgument> {
        let start = self.position;
        while self
            .peek_character()
            .is_some_and(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
        {
            self.position += 1;
        }
        match self.text_since(start).parse::<serde_json::Number>() {
            Ok(number) => Ok(CallArgument::Literal(Value::Number(number))),
            // AWS accepts a number that no double can hold (believed).
            Err(error) if error.to_string().starts_with("number out of range") => {
                let largest = if self.characters[start] == '-' { f64::MIN } else { f64::MAX };
                Ok(CallArgument::Literal(Value::from(largest)))
            }
            Err(_) => Err(self.syntax_error("malformed number")),
        }
    }

    fn is_word_next(&self, word: &str) -> bool {
        let end = self.position + word.len();
        let follows = self.characters.get(end).is_none_or(|c| matches!(c, ',' | ')' | ' '));
        follows
            && word
                .chars()
                .enumerate()
                .all(|(i, c)| self.character_at(self.position + i) == Some(c))
    }

    fn take_character(&mut self, expected: char) -> bool {
        self.skip_blanks();
        let found = self.peek_character() == Some(expected);
        if found {
            self.position += 1;
        }
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek_character().is_some_and(char::is_whitespace) {
            self.position += 1;
        }
    }

    fn next_character(&mut self) -> Option<char> {
        let character = self.peek_character();
        self.position += 1;
        character
    }

    fn peek_character(&self) -> Option<char> {
        self.character_at(self.position)
    }

    fn character_at(&self, position: usize) -> Option<char> {
        self.characters.get(position).copied()
    }

    fn text_since(&self, start: usize) -> String {
        self.characters[start..self.position.min(self.characters.len())].iter().collect()
    }

    fn syntax_error(&self, message: &'static str) -> JsonPathExpressionSyntaxError {
        JsonPathExpressionSyntaxError::Call { message, position: self.position }
    }
}

#[cfg(test)]
mod tests {
    use super::parse_intrinsic_call;

    #[test]
    fn blanks_between_arguments_do_not_matter() {
        assert!(parse_intrinsic_call("States.Array( 1 ,'a',$.b , States.UUID( ) )").is_ok());
    }

    #[test]
    fn blanks_after_the_call_do_not_matter() {
        assert!(parse_intrinsic_call("States.UUID() \t\n").is_ok());
    }

    #[test]
    fn a_call_and_each_inner_call_know_their_own_text() {
        let call =
            parse_intrinsic_call("States.Array( States.UUID( ) ,1 ) ").expect("it is a call");
        assert_eq!(call.text, "States.Array( States.UUID( ) ,1 )");
        let super::CallArgument::Call(inner) = &call.arguments[0] else { panic!("it is a call") };
        assert_eq!(inner.text, "States.UUID( )");
    }

    #[test]
    fn a_number_too_large_for_a_double_is_a_number() {
        assert!(parse_intrinsic_call("States.MathAdd(1e309, -1e309)").is_ok());
        assert!(parse_intrinsic_call("States.MathAdd(1e, 1)").is_err());
    }

    #[test]
    fn paths_may_contain_commas_and_parentheses() {
        for text in [
            "States.Array($['a,b'], 1)",
            "States.Array($.a[?(@.b == ')')].c)",
            "States.ArrayLength($.a.length())",
            "States.Array($.a[0,1], $v['x'])",
        ] {
            assert!(parse_intrinsic_call(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn calls_nest_ten_deep() {
        let nested = |depth: usize| {
            format!("{}States.UUID(){}", "States.Array(".repeat(depth - 1), ")".repeat(depth - 1))
        };
        assert!(parse_intrinsic_call(&nested(10)).is_ok());
        assert!(parse_intrinsic_call(&nested(11)).is_err());
    }

    #[test]
    fn what_is_not_quite_a_call_is_refused() {
        for text in [
            "",
            "States.Nope()",
            "States.UUID",
            "States.UUID() x",
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
            assert!(parse_intrinsic_call(text).is_err(), "{text}");
        }
    }
}
