//! Corrects the precedence of `^(…)`.
//!
//! In JSONata it is an ordinary operator with the precedence of `=`, which is lower than that of
//! `&` or `+`: `a & b^(c)` orders `a & b`. In the engine it belongs to the path before it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp};

use super::ast_nodes::take_node;

/// Moves an order-by without parentheses out of a right operand.
pub(super) fn fix_order_by_precedence(node: &mut AstNode) {
    let operand = match node {
        AstNode::Binary { op, rhs, .. } if binds_as_tightly(*op) => &mut **rhs,
        AstNode::Unary { operand, .. } => &mut **operand,
        _ => return,
    };
    // `…^(…)` is the operand itself, or the first step of a path that continues from it.
    let input = match operand {
        AstNode::Sort { input, .. } => &mut **input,
        AstNode::Path { steps } => match steps.first_mut().map(|step| &mut step.node) {
            Some(AstNode::Sort { input, .. }) => &mut **input,
            _ => return,
        },
        _ => return,
    };
    let ordered = take_node(input);
    let mut ordering = take_node(operand);
    match node {
        AstNode::Binary { rhs: operand, .. } | AstNode::Unary { operand, .. } => {
            **operand = ordered;
        }
        _ => return,
    }
    let ordered = take_node(node);
    match &mut ordering {
        AstNode::Sort { input, .. } => **input = ordered,
        AstNode::Path { steps } => {
            if let Some(AstNode::Sort { input, .. }) = steps.first_mut().map(|step| &mut step.node)
            {
                **input = ordered;
            }
        }
        _ => {}
    }
    *node = ordering;
}

/// Whether an operator binds at least as tightly as `^`.
fn binds_as_tightly(op: BinaryOp) -> bool {
    match op {
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo
        | BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::LessThan
        | BinaryOp::LessThanOrEqual
        | BinaryOp::GreaterThan
        | BinaryOp::GreaterThanOrEqual
        | BinaryOp::Concatenate
        | BinaryOp::In
        | BinaryOp::ChainPipe => true,
        BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Range
        | BinaryOp::ColonEqual
        | BinaryOp::FocusBind
        | BinaryOp::IndexBind
        | BinaryOp::Coalesce
        | BinaryOp::Default => false,
    }
}
