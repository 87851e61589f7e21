//! Changes a syntax tree where the engine differs from JSONata 2.0.6.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp, Stage};

use super::ast_nodes::{
    assignment_node, binary_node, call_node, conditional_node, lambda_node, mapping_node,
    take_node, variable_node,
};

/// Fixes one node whose children are already fixed.
pub(super) fn fix_engine_difference(node: &mut AstNode) {
    match node {
        AstNode::Transform { location, update, .. } => fix_scalar_update(location, update),
        AstNode::ObjectTransform { input, .. } if is_tuple_path(input) => fix_empty_groups(node),
        AstNode::Function { name, args, is_builtin: true } => match &**name {
            "number" if args.is_empty() => {
                args.push(call_node("!castable", vec![variable_node("")]));
            }
            "match" if matches!(args.first(), Some(AstNode::Placeholder)) => {
                fix_partial_match(node);
            }
            _ => {}
        },
        AstNode::Path { steps } => {
            // `$filter(…)[]` keeps an array of one item.
            for step in steps {
                let keeps = step.stages.iter().any(|stage| matches!(stage, Stage::KeepArray));
                if keeps && is_filter(&step.node) {
                    step.node = call_node("!keep", vec![take_node(&mut step.node)]);
                }
            }
        }
        _ => {}
    }
}

fn is_filter(node: &AstNode) -> bool {
    matches!(node, AstNode::Function { name, .. } if name == "filter")
}

/// Makes a transform of a scalar fail, because a scalar has no members. The engine would ignore it.
fn fix_scalar_update(location: &mut AstNode, update: &AstNode) {
    let located = "!located";
    let set = call_node("!set_member", vec![variable_node(""), update.clone()]);
    let check = conditional_node(call_node("!is_scalar", vec![variable_node("")]), set, None);
    *location = AstNode::Block(vec![
        assignment_node(located, take_node(location)),
        mapping_node(variable_node(located), check),
        call_node("!targets", vec![variable_node(""), variable_node(located)]),
    ]);
}

/// Makes grouping fail if `@` or `#` bound nothing. The engine would give `{}`.
fn fix_empty_groups(node: &mut AstNode) {
    let AstNode::ObjectTransform { input, .. } = &*node else { return };
    let (grouped, input) = ("!grouped", (**input).clone());
    let is_empty =
        binary_node(BinaryOp::Equal, variable_node(grouped), AstNode::Object(Vec::new()));
    let checked = conditional_node(
        call_node("exists", vec![input]),
        variable_node(grouped),
        Some(call_node("!nothing_to_group", Vec::new())),
    );
    *node = AstNode::Block(vec![
        assignment_node(grouped, take_node(node)),
        conditional_node(is_empty, checked, Some(variable_node(grouped))),
    ]);
}

fn is_tuple_path(node: &AstNode) -> bool {
    matches!(node, AstNode::Path { steps } if steps.iter().any(|step| {
        step.is_tuple && (step.focus.is_some() || step.index_var.is_some())
    }))
}

/// Makes a partially applied `$match` convert its argument to text, as JavaScript does.
fn fix_partial_match(node: &mut AstNode) {
    let AstNode::Function { args, .. } = node else { return };
    if args.iter().skip(1).any(|arg| matches!(arg, AstNode::Placeholder)) {
        return;
    }
    let parameter = "!text";
    if let Some(first) = args.first_mut() {
        *first = call_node("!as_text", vec![variable_node(parameter)]);
    }
    *node = lambda_node(vec![parameter.to_owned()], take_node(node));
}
