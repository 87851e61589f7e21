//! Guards the operators whose cost the engine does not limit.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp, PathStep};

use super::ast_nodes::{call_node, take_node, variable_node};

/// Guards one node whose children are already guarded.
pub(super) fn guard_operator(node: &mut AstNode) {
    match node {
        AstNode::Binary { op: BinaryOp::Concatenate, .. } => {
            let mut parts = Vec::new();
            flatten_concatenation(take_node(node), &mut parts);
            *node = call_node("!concatenate", parts);
        }
        AstNode::Binary { op: BinaryOp::Range, lhs, rhs } => {
            *node = call_node("!span", vec![take_node(lhs), take_node(rhs)]);
        }
        // A comparison with a scalar costs little, and nearly all comparisons are of this kind.
        AstNode::Binary { op: BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::In, lhs, rhs }
            if !is_scalar(lhs) && !is_scalar(rhs) =>
        {
            **lhs = call_node("!weighed", vec![take_node(lhs)]);
            **rhs = call_node("!weighed", vec![take_node(rhs)]);
        }
        AstNode::Path { steps } => steps.iter_mut().for_each(guard_step),
        _ => {}
    }
}

/// `a & b & c` as one list.
fn flatten_concatenation(node: AstNode, parts: &mut Vec<AstNode>) {
    match node {
        AstNode::Binary { op: BinaryOp::Concatenate, lhs, rhs } => {
            flatten_concatenation(*lhs, parts);
            flatten_concatenation(*rhs, parts);
        }
        AstNode::Function { name, args, .. } if name == "!concatenate" => parts.extend(args),
        other => parts.push(other),
    }
}

fn is_scalar(node: &AstNode) -> bool {
    matches!(node, AstNode::String(_) | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null)
}

/// Guards a step: `*` and `**` visit everything below a value, and every item bound by `@` or `#`
/// is copied with all bindings before it.
fn guard_step(step: &mut PathStep) {
    if matches!(step.node, AstNode::Wildcard | AstNode::Descendant) && !step.is_tuple {
        let unweighed = AstNode::Path { steps: vec![PathStep::new(take_node(&mut step.node))] };
        let weigh = call_node("!weigh", vec![variable_node("")]);
        step.node = AstNode::Block(vec![weigh, unweighed]);
    } else if step.is_tuple && matches!(step.node, AstNode::Name(_)) {
        let name = AstNode::Path { steps: vec![PathStep::new(take_node(&mut step.node))] };
        step.node = call_node("!bound", vec![name]);
    }
}
