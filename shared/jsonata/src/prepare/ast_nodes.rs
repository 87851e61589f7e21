//! Builds parts of syntax trees.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep};

/// `$name(arguments…)`
pub(super) fn call_node(name: &str, arguments: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args: arguments, is_builtin: true }
}

/// `$name`; `$` if the name is empty.
pub(super) fn variable_node(name: &str) -> AstNode {
    AstNode::Variable(name.to_owned())
}

/// `$name := value`
pub(super) fn assignment_node(name: &str, value: AstNode) -> AstNode {
    binary_node(BinaryOp::ColonEqual, variable_node(name), value)
}

/// `left op right`
pub(super) fn binary_node(op: BinaryOp, left: AstNode, right: AstNode) -> AstNode {
    AstNode::Binary { op, lhs: Box::new(left), rhs: Box::new(right) }
}

/// `condition ? yes : no`
pub(super) fn conditional_node(condition: AstNode, yes: AstNode, no: Option<AstNode>) -> AstNode {
    AstNode::Conditional {
        condition: Box::new(condition),
        then_branch: Box::new(yes),
        else_branch: no.map(Box::new),
    }
}

/// `function($a, $b) { body }`
pub(super) fn lambda_node(parameters: Vec<String>, body: AstNode) -> AstNode {
    AstNode::Lambda { params: parameters, body: Box::new(body), signature: None, thunk: false }
}

/// `value.(mapped)`
pub(super) fn mapping_node(value: AstNode, mapped: AstNode) -> AstNode {
    let mapped = AstNode::FunctionApplication(Box::new(mapped));
    AstNode::Path { steps: vec![PathStep::new(value), PathStep::new(mapped)] }
}

/// Takes a node out of a tree that is being changed.
pub(super) fn take_node(node: &mut AstNode) -> AstNode {
    std::mem::replace(node, AstNode::Undefined)
}
