//! Visits one level of a syntax tree.

use jsonata_core::ast::{AstNode, PathStep, Stage};

/// Visits the nodes directly below a node, from left to right.
pub(crate) fn visit_children<'n>(node: &'n AstNode, visit: &mut dyn FnMut(&'n AstNode)) {
    match node {
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
        AstNode::Path { steps } => {
            for step in steps {
                visit(&step.node);
                step_filters(step).for_each(&mut *visit);
            }
        }
        AstNode::Binary { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        AstNode::Unary { operand: inner, .. }
        | AstNode::Lambda { body: inner, .. }
        | AstNode::FunctionApplication(inner) => visit(inner),
        AstNode::Function { args: items, .. }
        | AstNode::Array(items)
        | AstNode::Block(items)
        | AstNode::ArrayGroup(items) => items.iter().for_each(visit),
        AstNode::Call { procedure, args } => {
            visit(procedure);
            args.iter().for_each(visit);
        }
        AstNode::Object(pairs) => pairs.iter().for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
        AstNode::ObjectTransform { input, pattern } => {
            visit(input);
            for (key, value) in pattern {
                visit(key);
                visit(value);
            }
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            visit(condition);
            visit(then_branch);
            if let Some(branch) = else_branch {
                visit(branch);
            }
        }
        AstNode::Sort { input, terms } => {
            visit(input);
            for (term, _) in terms {
                visit(term);
            }
        }
        AstNode::Transform { location, update, delete } => {
            visit(location);
            visit(update);
            if let Some(delete) = delete {
                visit(delete);
            }
        }
    }
}

/// The predicates of a path's step.
pub(crate) fn step_filters(step: &PathStep) -> impl Iterator<Item = &AstNode> {
    step.stages.iter().filter_map(|stage| match stage {
        Stage::Filter(filter) => Some(&**filter),
        Stage::KeepArray | Stage::Index(_) => None,
    })
}

/// Changes the nodes directly below a node, from left to right.
pub(crate) fn visit_children_mut(node: &mut AstNode, change: &mut dyn FnMut(&mut AstNode)) {
    match node {
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
        AstNode::Path { steps } => {
            for step in steps {
                change(&mut step.node);
                for stage in &mut step.stages {
                    if let Stage::Filter(filter) = stage {
                        change(filter);
                    }
                }
            }
        }
        AstNode::Binary { lhs, rhs, .. } => {
            change(lhs);
            change(rhs);
        }
        AstNode::Unary { operand: inner, .. }
        | AstNode::Lambda { body: inner, .. }
        | AstNode::FunctionApplication(inner) => change(inner),
        AstNode::Function { args: items, .. }
        | AstNode::Array(items)
        | AstNode::Block(items)
        | AstNode::ArrayGroup(items) => items.iter_mut().for_each(change),
        AstNode::Call { procedure, args } => {
            change(procedure);
            args.iter_mut().for_each(change);
        }
        AstNode::Object(pairs) => change_pairs(pairs, change),
        AstNode::ObjectTransform { input, pattern } => {
            change(input);
            change_pairs(pattern, change);
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            change(condition);
            change(then_branch);
            if let Some(branch) = else_branch {
                change(branch);
            }
        }
        AstNode::Sort { input, terms } => {
            change(input);
            for (term, _) in terms {
                change(term);
            }
        }
        AstNode::Transform { location, update, delete } => {
            change(location);
            change(update);
            if let Some(delete) = delete {
                change(delete);
            }
        }
    }
}

fn change_pairs(pairs: &mut [(AstNode, AstNode)], change: &mut dyn FnMut(&mut AstNode)) {
    for (key, value) in pairs {
        change(key);
        change(value);
    }
}
