//! Makes the tree that is evaluated from the parsed one.

use super::{
    Group, LambdaNode, Node, NodeKind, SyntaxTree, TransformNode,
    ancestry::{ParentSlots, cannot_derive_parent, pass_up},
    parsed::{ParsedKind, ParsedNode, ParsedPair},
    parser,
};
use crate::{meter::with_stack, syntax_error::JsonataSyntaxError};

pub(super) type Processed = Result<Node, JsonataSyntaxError>;

/// Parses the text of an expression.
pub(crate) fn parse_expression(text: &str) -> Result<SyntaxTree, JsonataSyntaxError> {
    let mut processor = Processor { slots: ParentSlots::default() };
    let root = processor.process(parser::parse_text(text)?)?;
    if matches!(root.kind, NodeKind::Parent(_)) || !root.seeking_parents.is_empty() {
        return Err(cannot_derive_parent());
    }
    Ok(SyntaxTree { root, labels: processor.slots.labels() })
}

pub(super) struct Processor {
    pub(super) slots: ParentSlots,
}

impl Processor {
    pub(super) fn process(&mut self, parsed: ParsedNode) -> Processed {
        let keep_array = parsed.keep_array;
        let mut node = with_stack(|| self.process_kind(parsed))?;
        node.keep_array |= keep_array;
        Ok(node)
    }

    fn process_boxed(&mut self, parsed: ParsedNode) -> Result<Box<Node>, JsonataSyntaxError> {
        self.process(parsed).map(Box::new)
    }

    fn process_kind(&mut self, parsed: ParsedNode) -> Processed {
        let keep_array = parsed.keep_array;
        match parsed.kind {
            ParsedKind::Map { left, right } => self.process_map(*left, *right),
            ParsedKind::Predicate { left, predicate } => self.process_predicate(*left, *predicate),
            ParsedKind::GroupBy { left, pairs } => self.process_group_by(*left, pairs),
            ParsedKind::OrderBy { left, terms } => self.process_order_by(*left, terms),
            ParsedKind::Focus { left, name } => self.process_focus(*left, name, keep_array),
            ParsedKind::Index { left, name } => self.process_index(*left, name),
            ParsedKind::Name(name) => Ok(name_path(name, keep_array)),
            ParsedKind::Keyword(word) => Ok(name_path(word.to_owned(), keep_array)),
            ParsedKind::Parent => Ok(Node::new(NodeKind::Parent(self.slots.add()))),
            ParsedKind::Text(text) => Ok(Node::new(NodeKind::Text(text))),
            ParsedKind::Number(number) => Ok(Node::new(NodeKind::Number(number))),
            ParsedKind::Bool(boolean) => Ok(Node::new(NodeKind::Bool(boolean))),
            ParsedKind::Null => Ok(Node::new(NodeKind::Null)),
            ParsedKind::Wildcard => Ok(Node::new(NodeKind::Wildcard)),
            ParsedKind::Descendants => Ok(Node::new(NodeKind::Descendants)),
            ParsedKind::Variable(name) => Ok(Node::new(NodeKind::Variable(name))),
            ParsedKind::Regex(pattern) => Ok(Node::new(NodeKind::Regex(*pattern))),
            ParsedKind::End => Err(JsonataSyntaxError::new("S0207: Unexpected end of expression")),
            other => self.process_operation(other),
        }
    }

    /// Operators, constructors, calls and everything else that is no part of a path.
    fn process_operation(&mut self, kind: ParsedKind) -> Processed {
        match kind {
            ParsedKind::Binary { operator, left, right } => {
                self.process_operands(*left, *right, |left, right| NodeKind::Binary {
                    operator,
                    left,
                    right,
                })
            }
            ParsedKind::And { left, right } => {
                self.process_operands(*left, *right, |left, right| NodeKind::And { left, right })
            }
            ParsedKind::Or { left, right } => {
                self.process_operands(*left, *right, |left, right| NodeKind::Or { left, right })
            }
            ParsedKind::Apply { left, right } => {
                let (left, right) = (self.process_boxed(*left)?, self.process_boxed(*right)?);
                let keep_array = left.keep_array || right.keep_array;
                let mut node = Node::new(NodeKind::Apply { left, right });
                node.keep_array = keep_array;
                Ok(node)
            }
            ParsedKind::Bind { name, value } => {
                let value = self.process_boxed(*value)?;
                let parents = collect_parents([&*value].into_iter());
                Ok(parents.finish(NodeKind::Bind { name, value }))
            }
            ParsedKind::Negate(inner) => self.process_negation(*inner),
            ParsedKind::Array(items) => {
                let items = self.process_all(items)?;
                let parents = collect_parents(items.iter());
                Ok(parents.finish(NodeKind::Array(items)))
            }
            ParsedKind::Object(pairs) => {
                let group = self.process_pairs(pairs)?;
                let parents =
                    collect_parents(group.pairs.iter().flat_map(|(key, value)| [key, value]));
                Ok(parents.finish(NodeKind::Object(group)))
            }
            ParsedKind::Block(items) => {
                let items = self.process_all(items)?;
                let mut node = collect_parents(items.iter()).finish(NodeKind::Null);
                node.is_constructed = items.iter().any(starts_with_array);
                node.kind = NodeKind::Block(items);
                Ok(node)
            }
            ParsedKind::Call { procedure, arguments } => self.process_call(*procedure, arguments),
            ParsedKind::Lambda { parameters, signature, body } => {
                let body = Box::new(optimize_tail_call(self.process(*body)?));
                Ok(Node::new(NodeKind::Lambda(LambdaNode { parameters, signature, body })))
            }
            ParsedKind::Condition { condition, yes, no } => {
                let (condition, yes) = (self.process_boxed(*condition)?, self.process_boxed(*yes)?);
                let no = no.map(|no| self.process_boxed(*no)).transpose()?;
                let parents =
                    collect_parents([&*condition, &*yes].into_iter().chain(no.as_deref()));
                Ok(parents.finish(NodeKind::Condition { condition, yes, no }))
            }
            ParsedKind::Transform { pattern, update, delete } => {
                let (pattern, update) =
                    (self.process_boxed(*pattern)?, self.process_boxed(*update)?);
                let delete = delete.map(|delete| self.process_boxed(*delete)).transpose()?;
                Ok(Node::new(NodeKind::Transform(TransformNode { pattern, update, delete })))
            }
            _ => Err(JsonataSyntaxError::new("S0206: Unknown expression type: undefined")),
        }
    }

    fn process_operands(
        &mut self,
        left: ParsedNode,
        right: ParsedNode,
        make: impl FnOnce(Box<Node>, Box<Node>) -> NodeKind,
    ) -> Processed {
        let (left, right) = (self.process_boxed(left)?, self.process_boxed(right)?);
        let parents = collect_parents([&*left, &*right].into_iter());
        Ok(parents.finish(make(left, right)))
    }

    fn process_all(&mut self, items: Vec<ParsedNode>) -> Result<Vec<Node>, JsonataSyntaxError> {
        items.into_iter().map(|item| self.process(item)).collect()
    }

    pub(super) fn process_pairs(
        &mut self,
        pairs: Vec<ParsedPair>,
    ) -> Result<Group, JsonataSyntaxError> {
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| Ok((self.process(key)?, self.process(value)?)))
            .collect::<Result<_, JsonataSyntaxError>>()?;
        Ok(Group { pairs })
    }

    fn process_negation(&mut self, inner: ParsedNode) -> Processed {
        let mut inner = self.process(inner)?;
        if let NodeKind::Number(number) = &mut inner.kind {
            *number = -*number;
            return Ok(inner);
        }
        let parents = collect_parents([&inner].into_iter());
        Ok(parents.finish(NodeKind::Negate(Box::new(inner))))
    }

    fn process_call(
        &mut self,
        procedure: ParsedNode,
        arguments: Vec<Option<ParsedNode>>,
    ) -> Processed {
        let arguments = arguments
            .into_iter()
            .map(|argument| argument.map(|argument| self.process(argument)).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        let parents = collect_parents(arguments.iter().flatten());
        let procedure = self.process_boxed(procedure)?;
        if arguments.iter().all(Option::is_some) {
            let arguments = arguments.into_iter().flatten().collect();
            return Ok(parents.finish(NodeKind::Call { procedure, arguments }));
        }
        Ok(parents.finish(NodeKind::PartialCall { procedure, arguments }))
    }
}

/// A name, which is a path of one step.
fn name_path(name: String, keep_array: bool) -> Node {
    let mut step = Node::new(NodeKind::Name(name));
    step.keep_array = keep_array;
    let mut node = Node::path(step);
    if let NodeKind::Path(path) = &mut node.kind {
        path.keeps_singleton_array = keep_array;
    }
    node
}

fn starts_with_array(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Path(path) => path.steps.first().is_some_and(|step| step.is_constructed),
        _ => node.is_constructed,
    }
}

/// The parents that the nodes below a node have not found.
struct MissingParents(Node);

#[expect(single_use_lifetimes, reason = "an anonymous lifetime is not allowed here")]
fn collect_parents<'n>(below: impl Iterator<Item = &'n Node>) -> MissingParents {
    let mut node = Node::new(NodeKind::Null);
    below.for_each(|below| pass_up(&mut node, below));
    MissingParents(node)
}

impl MissingParents {
    /// The node that looks for them.
    fn finish(mut self, kind: NodeKind) -> Node {
        self.0.kind = kind;
        self.0
    }
}

/// Marks the calls in tail position, which need no stack of their own.
fn optimize_tail_call(mut node: Node) -> Node {
    let is_call = matches!(node.kind, NodeKind::Call { .. }) && node.predicates.is_empty();
    node.kind = match node.kind {
        NodeKind::Call { procedure, arguments } if is_call => {
            NodeKind::TailCall { procedure, arguments }
        }
        NodeKind::Condition { condition, yes, no } => with_stack(|| NodeKind::Condition {
            condition,
            yes: Box::new(optimize_tail_call(*yes)),
            no: no.map(|no| Box::new(optimize_tail_call(*no))),
        }),
        NodeKind::Block(mut items) => {
            let last = items.pop();
            items.extend(last.map(|last| with_stack(|| optimize_tail_call(last))));
            NodeKind::Block(items)
        }
        other => other,
    };
    node
}
