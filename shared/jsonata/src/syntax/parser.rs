//! Parses an expression by the precedence of its operators.
//!
//! The method is Pratt's: a token that starts an operand has a `nud`, one that continues it a `led`
//! and a binding power. Names and powers are those of jsonata-js.

use super::{
    BinaryOperator, Signature,
    parsed::{ParsedKind, ParsedNode, ParsedPair, ParsedTerm},
    token::{Token, TokenContext, Tokenizer},
};
use crate::{
    datum::quote_json, limits::SYNTAX_DEPTH_MAX, meter::with_stack,
    syntax_error::JsonataSyntaxError,
};

type Parsed<T> = Result<T, JsonataSyntaxError>;

/// Parses a text.
pub(super) fn parse_text(text: &str) -> Parsed<ParsedNode> {
    let mut parser = Parser { tokenizer: Tokenizer::new(text), token: Token::End, depth: 0 };
    parser.advance(TokenContext::Operand)?;
    let node = parser.expression(0)?;
    if matches!(parser.token, Token::End) {
        return Ok(node);
    }
    Err(error("S0201", &format!("Syntax error: {}", parser.token.quoted())))
}

struct Parser<'t> {
    tokenizer: Tokenizer<'t>,
    /// The token that is looked at.
    token: Token,
    depth: usize,
}

fn error(code: &str, message: &str) -> JsonataSyntaxError {
    JsonataSyntaxError::new(&format!("{code}: {message}"))
}

/// How strongly an operator binds what stands before it; zero if it is no infix operator.
fn binding_power(token: &Token) -> u32 {
    let Token::Operator(symbol) = token else { return 0 };
    match *symbol {
        "[" | "(" | "@" | "#" => 80,
        "." => 75,
        "{" => 70,
        "*" | "/" | "%" => 60,
        "+" | "-" | "&" => 50,
        "=" | "<" | ">" | "^" | "!=" | "<=" | ">=" | "~>" | "in" => 40,
        "and" => 30,
        "or" => 25,
        "?" => 20,
        ":=" => 10,
        _ => 0,
    }
}

fn node_at_height(kind: ParsedKind, height: usize) -> Parsed<ParsedNode> {
    let node = ParsedNode { kind, keep_array: false, height };
    if height > SYNTAX_DEPTH_MAX { Err(too_deep()) } else { Ok(node) }
}

fn too_deep() -> JsonataSyntaxError {
    JsonataSyntaxError::new("The expression is nested too deeply")
}

impl Parser<'_> {
    /// Reads the next token and returns the one before.
    fn advance(&mut self, context: TokenContext) -> Parsed<Token> {
        let next = self.tokenizer.next_token(context)?;
        if let Token::Operator(symbol @ ("!" | "~")) = next {
            return Err(error("S0204", &format!("Unknown operator: {}", quote_json(symbol))));
        }
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// Reads past an operator that must be there.
    fn expect(&mut self, symbol: &str, context: TokenContext) -> Parsed<()> {
        if self.token.is_operator(symbol) {
            return self.advance(context).map(drop);
        }
        let expected = quote_json(symbol);
        Err(match &self.token {
            Token::End => error("S0203", &format!("Expected {expected} before end of expression")),
            other => error("S0202", &format!("Expected {expected}, got {}", other.quoted())),
        })
    }

    fn expression(&mut self, power: u32) -> Parsed<ParsedNode> {
        self.depth += 1;
        if self.depth > SYNTAX_DEPTH_MAX {
            return Err(too_deep());
        }
        let node = with_stack(|| {
            let token = self.advance(TokenContext::Operator)?;
            let mut left = self.operand(token)?;
            while power < binding_power(&self.token) {
                let token = self.advance(TokenContext::Operand)?;
                left = self.continuation(&token, left)?;
            }
            Ok(left)
        });
        self.depth -= 1;
        node
    }

    /// The operand that starts with a token, which is read.
    fn operand(&mut self, token: Token) -> Parsed<ParsedNode> {
        let leaf = |kind| Ok(ParsedNode { kind, keep_array: false, height: 1 });
        match token {
            Token::Name(name) => leaf(ParsedKind::Name(name)),
            Token::Variable(name) => leaf(ParsedKind::Variable(name)),
            Token::Text(text) => leaf(ParsedKind::Text(text)),
            Token::Number(number) => leaf(ParsedKind::Number(number)),
            Token::Bool(boolean) => leaf(ParsedKind::Bool(boolean)),
            Token::Null => leaf(ParsedKind::Null),
            Token::Regex(pattern) => leaf(ParsedKind::Regex(pattern)),
            Token::End => leaf(ParsedKind::End),
            Token::Operator(symbol @ ("and" | "or" | "in")) => leaf(ParsedKind::Keyword(symbol)),
            Token::Operator("*") => leaf(ParsedKind::Wildcard),
            Token::Operator("**") => leaf(ParsedKind::Descendants),
            Token::Operator("%") => leaf(ParsedKind::Parent),
            Token::Operator("-") => {
                let inner = self.expression(70)?;
                let height = inner.height + 1;
                node_at_height(ParsedKind::Negate(Box::new(inner)), height)
            }
            Token::Operator("(") => self.block(),
            Token::Operator("[") => self.array(),
            Token::Operator("{") => {
                let pairs = self.pairs()?;
                let height = pairs_height(&pairs);
                node_at_height(ParsedKind::Object(pairs), height + 1)
            }
            Token::Operator("|") => self.transform(),
            Token::Operator(symbol) => Err(JsonataSyntaxError::not_unary(symbol)),
        }
    }

    /// What an operator, which is read, makes of the node before it.
    fn continuation(&mut self, token: &Token, left: ParsedNode) -> Parsed<ParsedNode> {
        let Token::Operator(symbol) = token else { return Ok(left) };
        match *symbol {
            "(" => self.call(left),
            "[" => self.predicate(left),
            "{" => {
                let pairs = self.pairs()?;
                let height = left.height.max(pairs_height(&pairs));
                node_at_height(ParsedKind::GroupBy { left: Box::new(left), pairs }, height + 1)
            }
            "^" => self.order_by(left),
            ":=" => self.bind(left),
            "@" | "#" => self.bind_position(symbol, left),
            "?" => self.condition(left),
            other => {
                let right = self.expression(binding_power(token))?;
                let height = left.height.max(right.height) + 1;
                let (left, right) = (Box::new(left), Box::new(right));
                let kind = match other {
                    "." => ParsedKind::Map { left, right },
                    "~>" => ParsedKind::Apply { left, right },
                    "and" => ParsedKind::And { left, right },
                    "or" => ParsedKind::Or { left, right },
                    other => match BinaryOperator::from_symbol(other) {
                        Some(operator) => ParsedKind::Binary { operator, left, right },
                        None => return Err(JsonataSyntaxError::not_unary(other)),
                    },
                };
                node_at_height(kind, height)
            }
        }
    }

    fn block(&mut self) -> Parsed<ParsedNode> {
        let mut items = Vec::new();
        while !self.token.is_operator(")") {
            items.push(self.expression(0)?);
            if !self.token.is_operator(";") {
                break;
            }
            self.expect(";", TokenContext::Operand)?;
        }
        self.expect(")", TokenContext::Operator)?;
        let height = items_height(&items);
        node_at_height(ParsedKind::Block(items), height + 1)
    }

    fn array(&mut self) -> Parsed<ParsedNode> {
        let mut items = Vec::new();
        if !self.token.is_operator("]") {
            loop {
                let mut item = self.expression(0)?;
                if self.token.is_operator("..") {
                    self.expect("..", TokenContext::Operand)?;
                    let right = self.expression(0)?;
                    let height = item.height.max(right.height) + 1;
                    let (left, right) = (Box::new(item), Box::new(right));
                    let operator = BinaryOperator::Range;
                    item = node_at_height(ParsedKind::Binary { operator, left, right }, height)?;
                }
                items.push(item);
                if !self.token.is_operator(",") {
                    break;
                }
                self.expect(",", TokenContext::Operand)?;
            }
        }
        self.expect("]", TokenContext::Operator)?;
        let height = items_height(&items);
        node_at_height(ParsedKind::Array(items), height + 1)
    }

    /// The pairs of an object, whose opening brace is read.
    fn pairs(&mut self) -> Parsed<Vec<ParsedPair>> {
        let mut pairs = Vec::new();
        if !self.token.is_operator("}") {
            loop {
                let key = self.expression(0)?;
                self.expect(":", TokenContext::Operand)?;
                pairs.push((key, self.expression(0)?));
                if !self.token.is_operator(",") {
                    break;
                }
                self.expect(",", TokenContext::Operand)?;
            }
        }
        self.expect("}", TokenContext::Operator)?;
        Ok(pairs)
    }

    fn transform(&mut self) -> Parsed<ParsedNode> {
        let pattern = self.expression(0)?;
        self.expect("|", TokenContext::Operand)?;
        let update = self.expression(0)?;
        let mut delete = None;
        if self.token.is_operator(",") {
            self.expect(",", TokenContext::Operand)?;
            delete = Some(Box::new(self.expression(0)?));
        }
        self.expect("|", TokenContext::Operand)?;
        let below = delete.as_ref().map_or(0, |delete| delete.height);
        let height = pattern.height.max(update.height).max(below) + 1;
        let (pattern, update) = (Box::new(pattern), Box::new(update));
        node_at_height(ParsedKind::Transform { pattern, update, delete }, height)
    }

    fn call(&mut self, procedure: ParsedNode) -> Parsed<ParsedNode> {
        let mut arguments = Vec::new();
        if !self.token.is_operator(")") {
            loop {
                if self.token.is_operator("?") {
                    self.advance(TokenContext::Operand)?;
                    arguments.push(None);
                } else {
                    arguments.push(Some(self.expression(0)?));
                }
                if !self.token.is_operator(",") {
                    break;
                }
                self.expect(",", TokenContext::Operand)?;
            }
        }
        self.expect(")", TokenContext::Operator)?;
        if matches!(&procedure.kind, ParsedKind::Name(name) if name == "function" || name == "λ") {
            return self.lambda(arguments);
        }
        let below = arguments.iter().flatten().map(|argument| argument.height).max().unwrap_or(0);
        let height = procedure.height.max(below) + 1;
        node_at_height(ParsedKind::Call { procedure: Box::new(procedure), arguments }, height)
    }

    fn lambda(&mut self, arguments: Vec<Option<ParsedNode>>) -> Parsed<ParsedNode> {
        let mut parameters = Vec::new();
        for (i, argument) in arguments.into_iter().enumerate() {
            let Some(ParsedNode { kind: ParsedKind::Variable(name), .. }) = argument else {
                return Err(error(
                    "S0208",
                    &format!(
                        "Parameter {} of function definition must be a variable name (start with \
                         $)",
                        i + 1
                    ),
                ));
            };
            parameters.push(name);
        }
        let signature = if self.token.is_operator("<") { Some(self.signature()?) } else { None };
        self.expect("{", TokenContext::Operand)?;
        let body = Box::new(self.expression(0)?);
        self.expect("}", TokenContext::Operand)?;
        let height = body.height + 1;
        node_at_height(ParsedKind::Lambda { parameters, signature, body }, height)
    }

    fn signature(&mut self) -> Parsed<Signature> {
        let mut text = "<".to_owned();
        let mut depth = 1;
        while depth > 0 && !self.token.is_operator("{") && !matches!(self.token, Token::End) {
            self.advance(TokenContext::Operand)?;
            if self.token.is_operator(">") {
                depth -= 1;
            } else if self.token.is_operator("<") {
                depth += 1;
            }
            text.push_str(&self.token.plain());
        }
        self.expect(">", TokenContext::Operand)?;
        Signature::parse(&text)
    }

    fn predicate(&mut self, mut left: ParsedNode) -> Parsed<ParsedNode> {
        if self.token.is_operator("]") {
            // `[]` keeps an array of one item. It belongs to the step before all its predicates.
            let mut step = &mut left;
            while matches!(step.kind, ParsedKind::Predicate { .. }) {
                let ParsedKind::Predicate { left: inner, .. } = &mut step.kind else { break };
                step = inner;
            }
            step.keep_array = true;
            self.expect("]", TokenContext::Operand)?;
            return Ok(left);
        }
        let predicate = self.expression(0)?;
        self.expect("]", TokenContext::Operator)?;
        let height = left.height.max(predicate.height) + 1;
        let (left, predicate) = (Box::new(left), Box::new(predicate));
        node_at_height(ParsedKind::Predicate { left, predicate }, height)
    }

    fn order_by(&mut self, left: ParsedNode) -> Parsed<ParsedNode> {
        self.expect("(", TokenContext::Operand)?;
        let mut terms = Vec::new();
        loop {
            let is_descending = self.token.is_operator(">");
            if is_descending || self.token.is_operator("<") {
                self.advance(TokenContext::Operand)?;
            }
            terms.push(ParsedTerm { is_descending, expression: self.expression(0)? });
            if !self.token.is_operator(",") {
                break;
            }
            self.expect(",", TokenContext::Operand)?;
        }
        self.expect(")", TokenContext::Operand)?;
        let below = terms.iter().map(|term| term.expression.height).max().unwrap_or(0);
        let height = left.height.max(below) + 1;
        node_at_height(ParsedKind::OrderBy { left: Box::new(left), terms }, height)
    }

    fn bind(&mut self, left: ParsedNode) -> Parsed<ParsedNode> {
        let ParsedKind::Variable(name) = left.kind else {
            return Err(error(
                "S0212",
                "The left side of := must be a variable name (start with $)",
            ));
        };
        let value = self.expression(9)?;
        let height = value.height + 1;
        node_at_height(ParsedKind::Bind { name, value: Box::new(value) }, height)
    }

    fn bind_position(&mut self, symbol: &str, left: ParsedNode) -> Parsed<ParsedNode> {
        let ParsedKind::Variable(name) = self.expression(80)?.kind else {
            let message = format!(
                "The right side of {} must be a variable name (start with $)",
                quote_json(symbol)
            );
            return Err(error("S0214", &message));
        };
        let height = left.height + 1;
        let left = Box::new(left);
        let kind = if symbol == "@" {
            ParsedKind::Focus { left, name }
        } else {
            ParsedKind::Index { left, name }
        };
        node_at_height(kind, height)
    }

    fn condition(&mut self, condition: ParsedNode) -> Parsed<ParsedNode> {
        let yes = self.expression(0)?;
        let mut no = None;
        if self.token.is_operator(":") {
            self.expect(":", TokenContext::Operand)?;
            no = Some(self.expression(0)?);
        }
        let below = no.as_ref().map_or(0, |no| no.height);
        let height = condition.height.max(yes.height).max(below) + 1;
        let (condition, yes, no) = (Box::new(condition), Box::new(yes), no.map(Box::new));
        node_at_height(ParsedKind::Condition { condition, yes, no }, height)
    }
}

fn items_height(items: &[ParsedNode]) -> usize {
    items.iter().map(|item| item.height).max().unwrap_or(0)
}

fn pairs_height(pairs: &[ParsedPair]) -> usize {
    pairs.iter().map(|(key, value)| key.height.max(value.height)).max().unwrap_or(0)
}
