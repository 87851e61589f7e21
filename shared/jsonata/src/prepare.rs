//! Prepares a syntax tree for the engine.
//!
//! The tree is changed where the engine would differ from JSONata 2.0.6 (`engine_fixes`,
//! `precedence`), and where the engine would not limit its own cost (`constructors`, `functions`,
//! `guards`). The changed tree calls host functions whose names begin with `!`, which the text of
//! an expression cannot name.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

mod ast_nodes;
mod bindings;
mod constructors;
mod engine_fixes;
mod functions;
mod guards;
mod precedence;

use std::collections::{BTreeMap, BTreeSet};

use jsonata_core::{
    ast::{AstNode, BinaryOp},
    value::with_stack,
};

use crate::{
    children::{visit_children, visit_children_mut},
    projection::ValueProjection,
    reads::ExpressionReads,
    session::{StatesMember, ValueSource},
    syntax_error::JsonataSyntaxError,
};

/// A syntax tree as the engine evaluates it.
#[derive(Debug)]
pub(crate) struct PreparedExpression {
    /// The changed tree.
    pub(crate) ast: AstNode,
    /// The names of all variables and functions that occur in it, without `$`.
    pub(crate) names: BTreeSet<String>,
    /// The parts it needs of the values it reads.
    pub(crate) projections: BTreeMap<ValueSource, ValueProjection>,
    /// The guarded functions for names with the prefix [`FUNCTION`] or [`VARIABLE`], by name.
    pub(crate) wrappers: BTreeMap<String, AstNode>,
}

/// The prefix of a function's name where the function is used as a value and not called.
pub(crate) const FUNCTION: &str = "!function ";

/// The prefix of a variable's name where the expression binds the name of a function.
pub(crate) const VARIABLE: &str = "!variable ";

/// The supported part of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonataDialect {
    /// JSONata 2.0.6 without `$eval`.
    StepFunctions,
    /// All of JSONata 2.0.6, for the official suite.
    #[cfg(test)]
    Whole,
}

/// Prepares a tree. Refuses syntax that JSONata 2.0.6 does not have.
pub(crate) fn prepare_ast(
    mut ast: AstNode,
    reads: &ExpressionReads,
    dialect: JsonataDialect,
) -> Result<PreparedExpression, JsonataSyntaxError> {
    refuse_unsupported_syntax(&mut ast)?;
    bindings::rename_shadowing_variables(&mut ast, dialect);
    let needs = source_projections(&ast, reads);
    constructors::count_constructors(&mut ast);
    rewrite_ast(&mut ast);
    let mut names = BTreeSet::new();
    collect_names(&ast, &mut names);
    let wrap = |name: &String| Some((name.clone(), functions::guarded_wrapper(name)?));
    let wrappers: BTreeMap<String, AstNode> = names.iter().filter_map(wrap).collect();
    for wrapper in wrappers.values() {
        collect_names(wrapper, &mut names);
    }
    Ok(PreparedExpression { ast, names, projections: needs, wrappers })
}

/// Refuses syntax that came after JSONata 2.0.6 or that its parser would refuse.
fn refuse_unsupported_syntax(node: &mut AstNode) -> Result<(), JsonataSyntaxError> {
    with_stack(|| {
        match node {
            AstNode::Binary { op: BinaryOp::Default, .. } => {
                return Err(JsonataSyntaxError::not_unary(":"));
            }
            AstNode::Binary { op: BinaryOp::Coalesce, .. } => {
                return Err(JsonataSyntaxError::not_unary("?"));
            }
            AstNode::Regex { pattern, .. } if pattern.is_empty() => {
                return Err(JsonataSyntaxError::new(
                    "S0301: Empty regular expressions are not allowed",
                ));
            }
            _ => {}
        }
        let mut outcome = Ok(());
        visit_children_mut(node, &mut |child| {
            if outcome.is_ok() {
                outcome = refuse_unsupported_syntax(child);
            }
        });
        outcome
    })
}

/// The parts an expression needs of the values it reads.
fn source_projections(
    ast: &AstNode,
    reads: &ExpressionReads,
) -> BTreeMap<ValueSource, ValueProjection> {
    let states = ValueProjection::for_variable(ast, "states");
    let members = StatesMember::ALL.into_iter().filter(|member| reads.reads_member(*member));
    let members = members
        .map(|member| (ValueSource::Member(member), states.for_member(member.member_name())));
    let variables = reads.variables.iter();
    let variables = variables.map(|name| {
        (ValueSource::Variable(name.clone()), ValueProjection::for_variable(ast, name))
    });
    members.chain(variables).collect()
}

/// Changes a tree from its leaves to its root.
fn rewrite_ast(node: &mut AstNode) {
    with_stack(|| {
        functions::unchain_call(node);
        visit_children_mut(node, &mut rewrite_ast);
        precedence::fix_order_by_precedence(node);
        engine_fixes::fix_engine_difference(node);
        guards::guard_operator(node);
        functions::guard_call(node);
    });
}

fn collect_names(node: &AstNode, names: &mut BTreeSet<String>) {
    with_stack(|| {
        if let AstNode::Variable(name) | AstNode::Function { name, .. } = node {
            names.insert(name.clone());
        }
        visit_children(node, &mut |child| collect_names(child, names));
    });
}
