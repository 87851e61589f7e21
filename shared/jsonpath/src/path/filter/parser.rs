//! Compiles the text of a filter.
//!
//! ```text
//! any      = all { "||" all }
//! all      = operand { "&&" operand }
//! operand  = "(" any ")" | "!" operand | relation
//! relation = value [ operator value ]
//! ```

use super::{
    super::{
        JaywayPath, JaywayPathSyntaxError,
        cursor::{CharacterCursor, RegexHandling},
        lenient_json,
        parser::{compile_path, unescape_text},
    },
    FilterCondition, FilterOperand,
    literal::{FilterLiteral, compile_pattern},
    node::DecimalNumber,
    operator::FilterOperator,
};

/// The maximum nesting of parentheses and negations. This limit is ours.
const PARENTHESES_MAX: usize = 32;

/// The reason a filter could not be parsed.
enum FilterParseError {
    /// A mistake after which a relation can still be a plain existence check.
    Syntax(JaywayPathSyntaxError),
    /// A mistake that makes the whole filter invalid.
    Broken,
}

impl From<JaywayPathSyntaxError> for FilterParseError {
    fn from(error: JaywayPathSyntaxError) -> Self {
        Self::Syntax(error)
    }
}

type FilterParseResult<T> = Result<T, FilterParseError>;

/// Compiles `[?(…)]`.
pub(super) fn parse_filter_condition(
    text: &str,
    nesting: usize,
) -> Result<FilterCondition, JaywayPathSyntaxError> {
    let mut cursor = CharacterCursor::new(text);
    cursor.trim_blanks();
    for (open, close) in [('[', Some(']')), ('?', None)] {
        if !cursor.is_at(open) || close.is_some_and(|close| cursor.last_character() != Some(close))
        {
            return Err(JaywayPathSyntaxError::new(format!(
                "Filter must start with '[?' : {text}"
            )));
        }
        cursor.advance(1);
        if close.is_some() {
            cursor.drop_last();
        }
        cursor.trim_blanks();
    }
    if !cursor.is_at('(') || cursor.last_character() != Some(')') {
        return Err(JaywayPathSyntaxError::new(format!(
            "Filter must start with '[?(' and end with ')]'. {text}"
        )));
    }
    let mut parser = FilterParser { cursor, nesting, parentheses: 0 };
    parser.parse_whole().map_err(|mistake| match mistake {
        FilterParseError::Syntax(error) => error,
        FilterParseError::Broken => {
            let at = parser.cursor.position();
            let character = parser.cursor.peek().map(String::from).unwrap_or_default();
            JaywayPathSyntaxError::new(format!(
                "Failed to parse filter: {text}, error on position: {at}, char: {character}"
            ))
        }
    })
}

struct FilterParser {
    cursor: CharacterCursor,
    nesting: usize,
    parentheses: usize,
}

impl FilterParser {
    fn parse_whole(&mut self) -> FilterParseResult<FilterCondition> {
        let condition = self.parse_disjunction()?;
        if self.cursor.skip_blanks().peek().is_some() {
            let rest = self.cursor.text_between(self.cursor.position(), self.cursor.window_end());
            return Err(syntax_mistake(format!(
                "Expected end of filter expression instead of: {rest}"
            )));
        }
        Ok(condition)
    }

    fn parse_disjunction(&mut self) -> FilterParseResult<FilterCondition> {
        let mut conditions = vec![self.parse_conjunction()?];
        while self.take_symbol("||") {
            conditions.push(self.parse_conjunction()?);
        }
        Ok(join_conditions(conditions, FilterCondition::Any))
    }

    fn parse_conjunction(&mut self) -> FilterParseResult<FilterCondition> {
        let mut conditions = vec![self.parse_operand()?];
        while self.take_symbol("&&") {
            conditions.push(self.parse_operand()?);
        }
        Ok(join_conditions(conditions, FilterCondition::All))
    }

    fn parse_operand(&mut self) -> FilterParseResult<FilterCondition> {
        let start = self.cursor.skip_blanks().position();
        if self.cursor.is_at('!') {
            self.cursor.advance(1);
            self.cursor.skip_blanks();
            match self.current_character()? {
                // In `!@.a` the `!` belongs to the path, which must then find no value.
                '$' | '@' => self.cursor.jump_to(start),
                _ => {
                    return self.parse_nested(|parser| {
                        Ok(FilterCondition::Not(Box::new(parser.parse_operand()?)))
                    });
                }
            }
        }
        if self.cursor.is_at('(') {
            self.cursor.advance(1);
            return self.parse_nested(|parser| {
                let condition = parser.parse_disjunction()?;
                parser.current_significant()?;
                parser.cursor.expect_character(')')?;
                Ok(condition)
            });
        }
        self.parse_relation()
    }

    fn parse_nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> FilterParseResult<FilterCondition>,
    ) -> FilterParseResult<FilterCondition> {
        if self.parentheses >= PARENTHESES_MAX {
            return Err(FilterParseError::Broken);
        }
        self.parentheses += 1;
        let condition = read(self);
        self.parentheses -= 1;
        condition
    }

    /// If no operator and no right side follow, the left side must be a path.
    fn parse_relation(&mut self) -> FilterParseResult<FilterCondition> {
        let (left, expected) = self.parse_value()?;
        let start = self.cursor.position();
        match self.parse_right_side() {
            Ok((operator, right)) => Ok(FilterCondition::Relation { left, operator, right }),
            Err(FilterParseError::Broken) => Err(FilterParseError::Broken),
            Err(FilterParseError::Syntax(_)) => {
                self.cursor.jump_to(start);
                match left {
                    FilterOperand::Path(path) => Ok(FilterCondition::Exists { path, expected }),
                    FilterOperand::Literal(_) => Err(syntax_mistake("Expected path node")),
                }
            }
        }
    }

    fn parse_right_side(&mut self) -> FilterParseResult<(FilterOperator, FilterOperand)> {
        let operator = self.parse_operator()?;
        let (right, _) = self.parse_value()?;
        Ok((operator, right))
    }

    fn parse_operator(&mut self) -> FilterParseResult<FilterOperator> {
        let start = self.cursor.skip_blanks().position();
        let symbolic = is_symbol(self.current_character()?);
        while let Some(character) = self.cursor.peek() {
            let belongs = if symbolic { is_symbol(character) } else { character != ' ' };
            if !belongs {
                break;
            }
            self.cursor.advance(1);
        }
        let name = self.cursor.text_between(start, self.cursor.position());
        FilterOperator::from_name(&name)
            .ok_or_else(|| syntax_mistake(format!("Filter operator {name} is not supported!")))
    }

    /// Parses a value. The flag tells whether a path must find a value.
    fn parse_value(&mut self) -> FilterParseResult<(FilterOperand, bool)> {
        let mut first = self.current_significant()?;
        let negated = first == '!';
        if negated {
            self.cursor.advance(1);
            first = self.current_significant()?;
        }
        match first {
            '$' | '@' => Ok((FilterOperand::Path(Box::new(self.parse_path()?)), !negated)),
            _ if negated => Err(syntax_mistake("Unexpected character: !")),
            _ => Ok((FilterOperand::Literal(self.parse_literal(first)?), true)),
        }
    }

    fn parse_literal(&mut self, first: char) -> FilterParseResult<FilterLiteral> {
        match first {
            '\'' | '"' => self.parse_text(first),
            't' => self.parse_keyword("true", FilterLiteral::Boolean(true)),
            'f' => self.parse_keyword("false", FilterLiteral::Boolean(false)),
            'n' => self.parse_keyword("null", FilterLiteral::Null),
            '[' => self.parse_json(('[', ']')),
            '{' => self.parse_json(('{', '}')),
            '/' => self.parse_pattern(),
            _ => self.parse_number(),
        }
    }

    fn parse_keyword(
        &mut self,
        word: &str,
        literal: FilterLiteral,
    ) -> FilterParseResult<FilterLiteral> {
        if self.cursor.take_word(word) {
            Ok(literal)
        } else {
            Err(syntax_mistake(format!("Expected <{word}> value")))
        }
    }

    fn parse_text(&mut self, quote: char) -> FilterParseResult<FilterLiteral> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.find_unescaped(start + 1, quote) else {
            return Err(syntax_mistake(format!(
                "String literal does not have matching quotes. Expected {quote} in {}",
                self.cursor.whole_text()
            )));
        };
        self.cursor.jump_to(close + 1);
        Ok(FilterLiteral::Text(unescape_text(&self.cursor.text_between(start + 1, close))?))
    }

    fn parse_json(&mut self, brackets: (char, char)) -> FilterParseResult<FilterLiteral> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.matching_close(start, brackets, RegexHandling::Plain)? else {
            return Err(syntax_mistake(format!(
                "String not closed. Expected ' in {}",
                self.cursor.whole_text()
            )));
        };
        self.cursor.jump_to(close + 1);
        Ok(FilterLiteral::Json(lenient_json::parse_lenient_json(
            &self.cursor.text_between(start, close + 1),
        )))
    }

    fn parse_number(&mut self) -> FilterParseResult<FilterLiteral> {
        let start = self.cursor.position();
        let mut end = start;
        while matches!(self.cursor.character_at(end), Some('0'..='9' | '-' | '.' | 'e' | 'E')) {
            end += 1;
        }
        self.cursor.jump_to(end);
        let number = DecimalNumber::parse(&self.cursor.text_between(start, end))
            .ok_or(FilterParseError::Broken)?;
        Ok(FilterLiteral::Number(number))
    }

    fn parse_pattern(&mut self) -> FilterParseResult<FilterLiteral> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.find_unescaped(start + 1, '/') else {
            return Err(syntax_mistake(format!(
                "Pattern not closed. Expected / in {}",
                self.cursor.whole_text()
            )));
        };
        let mut end = close + 1;
        while matches!(self.cursor.character_at(end), Some('d' | 'i' | 'x' | 'm' | 's' | 'u' | 'U'))
        {
            end += 1;
        }
        self.cursor.jump_to(end);
        let source = self.cursor.text_between(start + 1, close);
        let flags = self.cursor.text_between(close + 1, end);
        compile_pattern(&source, &flags)
            .map(FilterLiteral::Pattern)
            .map_err(|_| FilterParseError::Broken)
    }

    fn parse_path(&mut self) -> FilterParseResult<JaywayPath> {
        let start = self.cursor.position();
        self.cursor.advance(1);
        while let Some(character) = self.cursor.peek() {
            if character == '[' {
                let at = self.cursor.position();
                let close = self.cursor.matching_close(at, ('[', ']'), RegexHandling::Plain)?;
                let Some(close) = close else {
                    return Err(syntax_mistake(format!(
                        "Square brackets does not match in filter {}",
                        self.cursor.whole_text()
                    )));
                };
                self.cursor.jump_to(close + 1);
            }
            let character = self.current_character()?;
            let ends = is_symbol(character)
                || character == ' '
                || (character == ')' && !self.closes_call(start));
            if ends {
                break;
            }
            self.cursor.advance(1);
        }
        let text = self.cursor.text_between(start, self.cursor.position());
        Ok(compile_path(&text, self.nesting + 1)?)
    }

    /// Whether the parenthesis under the cursor closes `.name()`.
    fn closes_call(&self, start: usize) -> bool {
        let before = self.cursor.previous_significant(self.cursor.position());
        let open = before.filter(|&i| self.cursor.character_at(i) == Some('('));
        open.is_some_and(|open| (start + 1..open).any(|i| self.cursor.character_at(i) == Some('.')))
    }

    fn take_symbol(&mut self, word: &str) -> bool {
        let start = self.cursor.position();
        let taken = self.cursor.take_word(word);
        if !taken {
            self.cursor.jump_to(start);
        }
        taken
    }

    fn current_character(&self) -> FilterParseResult<char> {
        self.cursor.peek().ok_or(FilterParseError::Broken)
    }

    fn current_significant(&mut self) -> FilterParseResult<char> {
        self.cursor.skip_blanks();
        self.current_character()
    }
}

fn syntax_mistake(message: impl Into<String>) -> FilterParseError {
    FilterParseError::Syntax(JaywayPathSyntaxError::new(message))
}

fn join_conditions(
    mut conditions: Vec<FilterCondition>,
    join: fn(Vec<FilterCondition>) -> FilterCondition,
) -> FilterCondition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            join(conditions)
        }
    }
}

fn is_symbol(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '~' | '!')
}
