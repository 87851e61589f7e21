//! Renames the variables of an expression that have the name of a function.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use std::collections::BTreeSet;

use jsonata_core::{
    ast::{AstNode, BinaryOp, Stage},
    value::with_stack,
};

use super::{JsonataDialect, VARIABLE, functions};
use crate::children::{visit_children, visit_children_mut};

/// Renames the variables that have a function's name, so that every other use of the name means the
/// function. In Step Functions `$eval` is always renamed, so that it is not found.
pub(super) fn rename_shadowing_variables(ast: &mut AstNode, dialect: JsonataDialect) {
    let mut bound = BTreeSet::new();
    collect_bound_names(ast, &mut bound);
    bound.retain(|name| functions::is_guarded_function(name));
    if dialect == JsonataDialect::StepFunctions {
        bound.insert("eval".to_owned());
    }
    if !bound.is_empty() {
        rename_bound_names(ast, &bound);
    }
}

fn collect_bound_names(node: &AstNode, bound: &mut BTreeSet<String>) {
    with_stack(|| {
        match node {
            AstNode::Lambda { params, .. } => bound.extend(params.iter().cloned()),
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. } => {
                if let AstNode::Variable(name) = &**lhs {
                    bound.insert(name.clone());
                }
            }
            AstNode::Path { steps } => {
                for step in steps {
                    bound.extend(step.focus.iter().chain(&step.index_var).cloned());
                    for stage in &step.stages {
                        if let Stage::Index(name) = stage {
                            bound.insert(name.clone());
                        }
                    }
                }
            }
            _ => {}
        }
        visit_children(node, &mut |child| collect_bound_names(child, bound));
    });
}

fn rename_bound_names(node: &mut AstNode, bound: &BTreeSet<String>) {
    let rename = |name: &mut String| {
        if bound.contains(name) {
            name.insert_str(0, VARIABLE);
        }
    };
    with_stack(|| {
        match node {
            AstNode::Variable(name) | AstNode::Function { name, is_builtin: true, .. } => {
                rename(name);
            }
            AstNode::Lambda { params, .. } => params.iter_mut().for_each(rename),
            AstNode::Path { steps } => {
                for step in steps {
                    step.focus.iter_mut().chain(&mut step.index_var).for_each(rename);
                    for stage in &mut step.stages {
                        if let Stage::Index(name) = stage {
                            rename(name);
                        }
                    }
                }
            }
            _ => {}
        }
        visit_children_mut(node, &mut |child| rename_bound_names(child, bound));
    });
}
