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
        Path, PathSyntaxError,
        cursor::{Cursor, Regexes},
        lenient,
        parser::{compile, unescape},
    },
    Condition, Operand,
    literal::{Literal, pattern},
    node::Decimal,
    operator::Operator,
};

/// How deep parentheses and negations may nest. Ours.
const PARENTHESES_MAX: usize = 32;

/// Why no filter could be read here.
enum Mistake {
    /// A mistake which lets a relation fall back to a mere existence check.
    Syntax(PathSyntaxError),
    /// The text is not even that.
    Broken,
}

impl From<PathSyntaxError> for Mistake {
    fn from(error: PathSyntaxError) -> Self {
        Self::Syntax(error)
    }
}

type Parsed<T> = Result<T, Mistake>;

/// Compiles `[?(…)]`.
pub(super) fn parse(text: &str, nesting: usize) -> Result<Condition, PathSyntaxError> {
    let mut cursor = Cursor::new(text);
    cursor.trim();
    for (open, close) in [('[', Some(']')), ('?', None)] {
        if !cursor.is(open) || close.is_some_and(|close| cursor.last() != Some(close)) {
            return Err(PathSyntaxError::new(format!("Filter must start with '[?' : {text}")));
        }
        cursor.advance(1);
        if close.is_some() {
            cursor.drop_last();
        }
        cursor.trim();
    }
    if !cursor.is('(') || cursor.last() != Some(')') {
        return Err(PathSyntaxError::new(format!(
            "Filter must start with '[?(' and end with ')]'. {text}"
        )));
    }
    let mut parser = Parser { cursor, nesting, parentheses: 0 };
    parser.all_of_it().map_err(|mistake| match mistake {
        Mistake::Syntax(error) => error,
        Mistake::Broken => {
            let at = parser.cursor.position();
            let character = parser.cursor.peek().map(String::from).unwrap_or_default();
            PathSyntaxError::new(format!(
                "Failed to parse filter: {text}, error on position: {at}, char: {character}"
            ))
        }
    })
}

struct Parser {
    cursor: Cursor,
    nesting: usize,
    parentheses: usize,
}

impl Parser {
    fn all_of_it(&mut self) -> Parsed<Condition> {
        let condition = self.any()?;
        if self.cursor.skip_blanks().peek().is_some() {
            let rest = self.cursor.slice(self.cursor.position(), self.cursor.end());
            return Err(syntax(format!("Expected end of filter expression instead of: {rest}")));
        }
        Ok(condition)
    }

    fn any(&mut self) -> Parsed<Condition> {
        let mut conditions = vec![self.all()?];
        while self.take("||") {
            conditions.push(self.all()?);
        }
        Ok(single(conditions, Condition::Any))
    }

    fn all(&mut self) -> Parsed<Condition> {
        let mut conditions = vec![self.operand()?];
        while self.take("&&") {
            conditions.push(self.operand()?);
        }
        Ok(single(conditions, Condition::All))
    }

    fn operand(&mut self) -> Parsed<Condition> {
        let start = self.cursor.skip_blanks().position();
        if self.cursor.is('!') {
            self.cursor.advance(1);
            self.cursor.skip_blanks();
            match self.current()? {
                // `!@.a` belongs to the path: it asks that the path leads nowhere.
                '$' | '@' => self.cursor.jump(start),
                _ => return self.nested(|parser| Ok(Condition::Not(Box::new(parser.operand()?)))),
            }
        }
        if self.cursor.is('(') {
            self.cursor.advance(1);
            return self.nested(|parser| {
                let condition = parser.any()?;
                parser.current_significant()?;
                parser.cursor.expect(')')?;
                Ok(condition)
            });
        }
        self.relation()
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Condition>) -> Parsed<Condition> {
        if self.parentheses >= PARENTHESES_MAX {
            return Err(Mistake::Broken);
        }
        self.parentheses += 1;
        let condition = read(self);
        self.parentheses -= 1;
        condition
    }

    /// If no operator and no right side follow, the left side must be a path.
    fn relation(&mut self) -> Parsed<Condition> {
        let (left, expected) = self.value()?;
        let start = self.cursor.position();
        match self.right_side() {
            Ok((operator, right)) => Ok(Condition::Relation { left, operator, right }),
            Err(Mistake::Broken) => Err(Mistake::Broken),
            Err(Mistake::Syntax(_)) => {
                self.cursor.jump(start);
                match left {
                    Operand::Path(path) => Ok(Condition::Exists { path, expected }),
                    Operand::Literal(_) => Err(syntax("Expected path node")),
                }
            }
        }
    }

    fn right_side(&mut self) -> Parsed<(Operator, Operand)> {
        let operator = self.operator()?;
        let (right, _) = self.value()?;
        Ok((operator, right))
    }

    fn operator(&mut self) -> Parsed<Operator> {
        let start = self.cursor.skip_blanks().position();
        let symbolic = is_symbol(self.current()?);
        while let Some(character) = self.cursor.peek() {
            let belongs = if symbolic { is_symbol(character) } else { character != ' ' };
            if !belongs {
                break;
            }
            self.cursor.advance(1);
        }
        let name = self.cursor.slice(start, self.cursor.position());
        Operator::named(&name)
            .ok_or_else(|| syntax(format!("Filter operator {name} is not supported!")))
    }

    /// A value; for a path also whether it should lead somewhere.
    fn value(&mut self) -> Parsed<(Operand, bool)> {
        let mut first = self.current_significant()?;
        let negated = first == '!';
        if negated {
            self.cursor.advance(1);
            first = self.current_significant()?;
        }
        match first {
            '$' | '@' => Ok((Operand::Path(Box::new(self.path()?)), !negated)),
            _ if negated => Err(syntax("Unexpected character: !")),
            _ => Ok((Operand::Literal(self.literal(first)?), true)),
        }
    }

    fn literal(&mut self, first: char) -> Parsed<Literal> {
        match first {
            '\'' | '"' => self.text(first),
            't' => self.keyword("true", Literal::Boolean(true)),
            'f' => self.keyword("false", Literal::Boolean(false)),
            'n' => self.keyword("null", Literal::Null),
            '[' => self.json(('[', ']')),
            '{' => self.json(('{', '}')),
            '/' => self.pattern(),
            _ => self.number(),
        }
    }

    fn keyword(&mut self, word: &str, literal: Literal) -> Parsed<Literal> {
        if self.cursor.take_word(word) {
            Ok(literal)
        } else {
            Err(syntax(format!("Expected <{word}> value")))
        }
    }

    fn text(&mut self, quote: char) -> Parsed<Literal> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.find_unescaped(start + 1, quote) else {
            return Err(syntax(format!(
                "String literal does not have matching quotes. Expected {quote} in {}",
                self.cursor.whole()
            )));
        };
        self.cursor.jump(close + 1);
        Ok(Literal::Text(unescape(&self.cursor.slice(start + 1, close))?))
    }

    fn json(&mut self, brackets: (char, char)) -> Parsed<Literal> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.matching_close(start, brackets, Regexes::Plain)? else {
            return Err(syntax(format!(
                "String not closed. Expected ' in {}",
                self.cursor.whole()
            )));
        };
        self.cursor.jump(close + 1);
        Ok(Literal::Json(lenient::parse(&self.cursor.slice(start, close + 1))))
    }

    fn number(&mut self) -> Parsed<Literal> {
        let start = self.cursor.position();
        let mut end = start;
        while matches!(self.cursor.at(end), Some('0'..='9' | '-' | '.' | 'e' | 'E')) {
            end += 1;
        }
        self.cursor.jump(end);
        let number = Decimal::parse(&self.cursor.slice(start, end)).ok_or(Mistake::Broken)?;
        Ok(Literal::Number(number))
    }

    fn pattern(&mut self) -> Parsed<Literal> {
        let start = self.cursor.position();
        let Some(close) = self.cursor.find_unescaped(start + 1, '/') else {
            return Err(syntax(format!(
                "Pattern not closed. Expected / in {}",
                self.cursor.whole()
            )));
        };
        let mut end = close + 1;
        while matches!(self.cursor.at(end), Some('d' | 'i' | 'x' | 'm' | 's' | 'u' | 'U')) {
            end += 1;
        }
        self.cursor.jump(end);
        let source = self.cursor.slice(start + 1, close);
        let flags = self.cursor.slice(close + 1, end);
        pattern(&source, &flags).map(Literal::Pattern).map_err(|_| Mistake::Broken)
    }

    fn path(&mut self) -> Parsed<Path> {
        let start = self.cursor.position();
        self.cursor.advance(1);
        while let Some(character) = self.cursor.peek() {
            if character == '[' {
                let at = self.cursor.position();
                let close = self.cursor.matching_close(at, ('[', ']'), Regexes::Plain)?;
                let Some(close) = close else {
                    return Err(syntax(format!(
                        "Square brackets does not match in filter {}",
                        self.cursor.whole()
                    )));
                };
                self.cursor.jump(close + 1);
            }
            let character = self.current()?;
            let ends = is_symbol(character)
                || character == ' '
                || (character == ')' && !self.closes_call(start));
            if ends {
                break;
            }
            self.cursor.advance(1);
        }
        let text = self.cursor.slice(start, self.cursor.position());
        Ok(compile(&text, self.nesting + 1)?)
    }

    /// Whether the parenthesis under the cursor is that of `.name()`.
    fn closes_call(&self, start: usize) -> bool {
        let before = self.cursor.previous_significant(self.cursor.position());
        let open = before.filter(|&i| self.cursor.at(i) == Some('('));
        open.is_some_and(|open| (start + 1..open).any(|i| self.cursor.at(i) == Some('.')))
    }

    fn take(&mut self, word: &str) -> bool {
        let start = self.cursor.position();
        let taken = self.cursor.take_word(word);
        if !taken {
            self.cursor.jump(start);
        }
        taken
    }

    fn current(&self) -> Parsed<char> {
        self.cursor.peek().ok_or(Mistake::Broken)
    }

    fn current_significant(&mut self) -> Parsed<char> {
        self.cursor.skip_blanks();
        self.current()
    }
}

fn syntax(message: impl Into<String>) -> Mistake {
    Mistake::Syntax(PathSyntaxError::new(message))
}

fn single(mut conditions: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
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
