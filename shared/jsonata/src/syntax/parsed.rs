//! The tree as the parser makes it, before its paths are put together.

use super::{BinaryOperator, Signature};
use crate::pattern::Pattern;

/// A node of the parsed tree.
#[derive(Debug)]
pub(super) struct ParsedNode {
    pub(super) kind: ParsedKind,
    /// Whether `[]` follows.
    pub(super) keep_array: bool,
    /// How many nodes are on the longest way down from here.
    pub(super) height: usize,
}

pub(super) type ParsedPair = (ParsedNode, ParsedNode);

/// What was parsed. The names of the variants are those of the syntax.
#[derive(Debug)]
pub(super) enum ParsedKind {
    Name(String),
    Variable(String),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Regex(Box<Pattern>),
    /// `and`, `or` or `in` where an operand is expected
    Keyword(&'static str),
    Wildcard,
    Descendants,
    Parent,
    Binary {
        operator: BinaryOperator,
        left: Box<ParsedNode>,
        right: Box<ParsedNode>,
    },
    And {
        left: Box<ParsedNode>,
        right: Box<ParsedNode>,
    },
    Or {
        left: Box<ParsedNode>,
        right: Box<ParsedNode>,
    },
    Map {
        left: Box<ParsedNode>,
        right: Box<ParsedNode>,
    },
    Predicate {
        left: Box<ParsedNode>,
        predicate: Box<ParsedNode>,
    },
    GroupBy {
        left: Box<ParsedNode>,
        pairs: Vec<ParsedPair>,
    },
    OrderBy {
        left: Box<ParsedNode>,
        terms: Vec<ParsedTerm>,
    },
    Bind {
        name: String,
        value: Box<ParsedNode>,
    },
    Focus {
        left: Box<ParsedNode>,
        name: String,
    },
    Index {
        left: Box<ParsedNode>,
        name: String,
    },
    Apply {
        left: Box<ParsedNode>,
        right: Box<ParsedNode>,
    },
    Negate(Box<ParsedNode>),
    Array(Vec<ParsedNode>),
    Object(Vec<ParsedPair>),
    Block(Vec<ParsedNode>),
    /// The arguments are `None` where `?` stands.
    Call {
        procedure: Box<ParsedNode>,
        arguments: Vec<Option<ParsedNode>>,
    },
    Lambda {
        parameters: Vec<String>,
        signature: Option<Signature>,
        body: Box<ParsedNode>,
    },
    Condition {
        condition: Box<ParsedNode>,
        yes: Box<ParsedNode>,
        no: Option<Box<ParsedNode>>,
    },
    Transform {
        pattern: Box<ParsedNode>,
        update: Box<ParsedNode>,
        delete: Option<Box<ParsedNode>>,
    },
    /// The end of the text where an operand is expected.
    End,
}

#[derive(Debug)]
pub(super) struct ParsedTerm {
    pub(super) is_descending: bool,
    pub(super) expression: ParsedNode,
}
