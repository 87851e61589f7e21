//! Counts the objects and arrays that an expression builds where it may build very many.
//!
//! A constructor that runs once for each item of the input builds less than the input holds. Nested
//! loops, recursion, and functions and operators that make long arrays can build more.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::{
    ast::{AstNode, BinaryOp},
    value::with_stack,
};

use super::ast_nodes::{call_node, take_node};
use crate::children::{visit_children, visit_children_mut};

/// Functions that call another function for each item.
const LOOPS: [&str; 7] = ["map", "filter", "reduce", "each", "sift", "single", "sort"];

/// Functions whose result may be longer than their arguments.
const GENERATORS: [&str; 5] = ["range", "split", "append", "zip", "match"];

/// How many loops are around a constructor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LoopNesting {
    /// It is in no loop.
    None,
    /// It is in one loop.
    Loop,
    /// It is in nested loops, or anywhere in an expression that may make long arrays or recurse.
    Many,
}

impl LoopNesting {
    fn in_another_loop(self) -> Self {
        match self {
            Self::None => Self::Loop,
            Self::Loop | Self::Many => Self::Many,
        }
    }
}

/// Makes the constructors that may run very often count what they build.
pub(super) fn count_constructors(ast: &mut AstNode) {
    let nesting = if is_generative(ast) { LoopNesting::Many } else { LoopNesting::None };
    walk_constructors(ast, nesting);
}

fn is_generative(node: &AstNode) -> bool {
    let mut found = match node {
        AstNode::Binary { op: BinaryOp::Range, .. } | AstNode::Call { .. } => true,
        AstNode::Binary { op: BinaryOp::ColonEqual, rhs, .. } => {
            matches!(&**rhs, AstNode::Lambda { .. })
        }
        AstNode::Function { name, .. } | AstNode::Variable(name) => GENERATORS.contains(&&**name),
        _ => false,
    };
    with_stack(|| visit_children(node, &mut |child| found = found || is_generative(child)));
    found
}

fn walk_constructors(node: &mut AstNode, nesting: LoopNesting) {
    with_stack(|| {
        match node {
            AstNode::Path { steps } => {
                for (i, step) in steps.iter_mut().enumerate() {
                    walk_constructors(
                        &mut step.node,
                        if i == 0 { nesting } else { nesting.in_another_loop() },
                    );
                }
            }
            AstNode::Function { name, .. } if LOOPS.contains(&&**name) => {
                visit_children_mut(node, &mut |child| {
                    walk_constructors(child, nesting.in_another_loop());
                });
            }
            _ => visit_children_mut(node, &mut |child| walk_constructors(child, nesting)),
        }
        if nesting == LoopNesting::Many {
            count_constructor(node);
        }
    });
}

/// Makes a constructor count what it builds when its first part is evaluated.
fn count_constructor(node: &mut AstNode) {
    let (parts, first) = match node {
        AstNode::Object(pairs) => (pairs.len(), pairs.first_mut().map(|(_, value)| value)),
        // The engine builds an array depending on which parts are arrays as written, so those stay.
        AstNode::Array(items) | AstNode::ArrayGroup(items) => {
            (items.len(), items.iter_mut().find(|item| !is_array(item)))
        }
        // A function that a function or a block returns holds the variables around it.
        AstNode::Lambda { body, .. } => (CLOSURE_PARTS, Some(&mut **body).filter(|b| is_lambda(b))),
        AstNode::Block(items) => (CLOSURE_PARTS, items.last_mut().filter(|item| is_lambda(item))),
        _ => return,
    };
    let Some(first) = first else { return };
    #[expect(clippy::cast_precision_loss, reason = "expressions are far shorter than 2^53")]
    let weight = AstNode::Number((parts + 2) as f64);
    *first = call_node("!built", vec![take_node(first), weight]);
}

/// How many parts a returned function counts as.
const CLOSURE_PARTS: usize = 6;

fn is_lambda(node: &AstNode) -> bool {
    matches!(node, AstNode::Lambda { .. })
}

fn is_array(node: &AstNode) -> bool {
    match node {
        AstNode::Array(_) | AstNode::ArrayGroup(_) => true,
        AstNode::Binary { op, .. } => *op == BinaryOp::Range,
        _ => false,
    }
}
