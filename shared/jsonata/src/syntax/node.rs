//! The tree that is evaluated.

use super::Signature;
use crate::pattern::Pattern;

/// The tree of an expression.
#[derive(Debug)]
pub(crate) struct SyntaxTree {
    pub(crate) root: Node,
    /// The name under which each reference to a parent finds it, by the number of its slot.
    pub(crate) labels: Vec<String>,
}

/// A node: what it does, and what is done with its result.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    /// Filters of the result of a node that is no step of a path.
    pub(crate) predicates: Vec<Node>,
    /// What is done with the results of a step.
    pub(crate) stages: Vec<StepStage>,
    /// `{…}` after the node.
    pub(crate) group: Option<Box<Group>>,
    /// Whether `[]` follows, so that one item stays an array.
    pub(crate) keep_array: bool,
    /// Whether the step binds variables.
    pub(crate) is_tuple: bool,
    /// Whether it is an array at the start or the end of a path, which is not flattened.
    pub(crate) is_constructed: bool,
    /// `@$name`
    pub(crate) focus: Option<String>,
    /// `#$name`
    pub(crate) index: Option<String>,
    /// The slot of the parent that the step is.
    pub(crate) ancestor: Option<usize>,
    /// The slots of the parents that are still to be found above.
    pub(crate) seeking_parents: Vec<usize>,
}

/// What a node does.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Path(PathNode),
    Binary {
        operator: BinaryOperator,
        left: Box<Node>,
        right: Box<Node>,
    },
    And {
        left: Box<Node>,
        right: Box<Node>,
    },
    Or {
        left: Box<Node>,
        right: Box<Node>,
    },
    Negate(Box<Node>),
    Array(Vec<Node>),
    Object(Group),
    Name(String),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
    Wildcard,
    Descendants,
    /// `%`, with the number of its slot.
    Parent(usize),
    Condition {
        condition: Box<Node>,
        yes: Box<Node>,
        no: Option<Box<Node>>,
    },
    Block(Vec<Node>),
    Bind {
        name: String,
        value: Box<Node>,
    },
    Regex(Pattern),
    Call {
        procedure: Box<Node>,
        arguments: Vec<Node>,
    },
    /// A call with `?` as an argument, which is `None` here.
    PartialCall {
        procedure: Box<Node>,
        arguments: Vec<Option<Node>>,
    },
    /// A call in tail position.
    TailCall {
        procedure: Box<Node>,
        arguments: Vec<Node>,
    },
    Variable(String),
    Lambda(LambdaNode),
    Apply {
        left: Box<Node>,
        right: Box<Node>,
    },
    Transform(TransformNode),
    Sort(Vec<SortTerm>),
}

#[derive(Debug)]
pub(crate) struct PathNode {
    pub(crate) steps: Vec<Node>,
    pub(crate) keeps_singleton_array: bool,
}

#[derive(Debug)]
pub(crate) struct LambdaNode {
    pub(crate) parameters: Vec<String>,
    pub(crate) signature: Option<Signature>,
    pub(crate) body: Box<Node>,
}

#[derive(Debug)]
pub(crate) struct TransformNode {
    pub(crate) pattern: Box<Node>,
    pub(crate) update: Box<Node>,
    pub(crate) delete: Option<Box<Node>>,
}

#[derive(Debug)]
pub(crate) struct SortTerm {
    pub(crate) is_descending: bool,
    pub(crate) expression: Node,
}

/// The pairs of keys and values of an object.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) pairs: Vec<(Node, Node)>,
}

/// What is done with the results of a step, in order.
#[derive(Debug)]
pub(crate) enum StepStage {
    /// `[…]`
    Filter(Node),
    /// `#$name` after a filter
    Index(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    Range,
    In,
}

impl BinaryOperator {
    /// The operator as it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Concatenate => "&",
            Self::Range => "..",
            Self::In => "in",
        }
    }

    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "&" => Self::Concatenate,
            ".." => Self::Range,
            "in" => Self::In,
            _ => return None,
        })
    }
}

impl Node {
    pub(crate) fn new(kind: NodeKind) -> Self {
        Self {
            kind,
            predicates: Vec::new(),
            stages: Vec::new(),
            group: None,
            keep_array: false,
            is_tuple: false,
            is_constructed: false,
            focus: None,
            index: None,
            ancestor: None,
            seeking_parents: Vec::new(),
        }
    }

    /// A path of one step.
    pub(crate) fn path(step: Self) -> Self {
        Self::new(NodeKind::Path(PathNode { steps: vec![step], keeps_singleton_array: false }))
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self.kind, NodeKind::Array(_))
    }

    /// Whether the node is a step that only selects a member.
    pub(crate) fn is_plain_step(&self) -> bool {
        self.stages.is_empty()
            && self.predicates.is_empty()
            && self.group.is_none()
            && !self.is_tuple
            && !self.keep_array
            && self.focus.is_none()
            && self.index.is_none()
    }

    /// Visits the nodes directly below, in the order of the text.
    pub(crate) fn visit_children<'n>(&'n self, visit: &mut dyn FnMut(&'n Self)) {
        match &self.kind {
            NodeKind::Path(path) => path.steps.iter().for_each(&mut *visit),
            NodeKind::Binary { left, right, .. }
            | NodeKind::And { left, right }
            | NodeKind::Or { left, right }
            | NodeKind::Apply { left, right } => {
                visit(left);
                visit(right);
            }
            NodeKind::Negate(inner) | NodeKind::Bind { value: inner, .. } => visit(inner),
            NodeKind::Array(items) | NodeKind::Block(items) => items.iter().for_each(&mut *visit),
            NodeKind::Object(group) => group.visit_nodes(visit),
            NodeKind::Condition { condition, yes, no } => {
                visit(condition);
                visit(yes);
                if let Some(no) = no {
                    visit(no);
                }
            }
            NodeKind::Call { procedure, arguments }
            | NodeKind::TailCall { procedure, arguments } => {
                visit(procedure);
                arguments.iter().for_each(&mut *visit);
            }
            NodeKind::PartialCall { procedure, arguments } => {
                visit(procedure);
                arguments.iter().flatten().for_each(&mut *visit);
            }
            NodeKind::Lambda(lambda) => visit(&lambda.body),
            NodeKind::Transform(transform) => {
                visit(&transform.pattern);
                visit(&transform.update);
                if let Some(delete) = &transform.delete {
                    visit(delete);
                }
            }
            NodeKind::Sort(terms) => terms.iter().for_each(|term| visit(&term.expression)),
            NodeKind::Name(_)
            | NodeKind::Text(_)
            | NodeKind::Number(_)
            | NodeKind::Bool(_)
            | NodeKind::Null
            | NodeKind::Wildcard
            | NodeKind::Descendants
            | NodeKind::Parent(_)
            | NodeKind::Regex(_)
            | NodeKind::Variable(_) => {}
        }
    }

    /// The filters of the node, as a step or otherwise.
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Self> {
        let stages = self.stages.iter().filter_map(|stage| match stage {
            StepStage::Filter(filter) => Some(filter),
            StepStage::Index(_) => None,
        });
        self.predicates.iter().chain(stages)
    }
}

impl Group {
    pub(crate) fn visit_nodes<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        for (key, value) in &self.pairs {
            visit(key);
            visit(value);
        }
    }
}
