//! Guards the calls of functions whose cost the engine does not limit.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

use jsonata_core::ast::{AstNode, BinaryOp};

use super::{
    FUNCTION, VARIABLE,
    ast_nodes::{
        assignment_node, binary_node, call_node, conditional_node, lambda_node, take_node,
        variable_node,
    },
};

/// How the calls of one function are changed.
struct GuardedFunction {
    name: &'static str,
    /// How many parameters the function has where it is used as a value.
    arity: usize,
    /// Whether a missing first argument means `$`.
    defaults_to_context: bool,
    /// What the function returns.
    result_shape: ResultShape,
    /// The host function that each argument passes through; an empty name for none.
    guards: &'static [&'static str],
}

/// What a function returns, which determines how its result is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResultShape {
    /// Text, which may be long.
    Text,
    /// An array, which may be long.
    Items,
    /// An array of objects, which may be long.
    Matches,
    /// Anything else, which is not counted.
    Other,
}

const fn guarded_function(
    name: &'static str,
    arity: usize,
    focuses: bool,
    makes: ResultShape,
    guards: &'static [&'static str],
) -> GuardedFunction {
    GuardedFunction { name, arity, defaults_to_context: focuses, result_shape: makes, guards }
}

/// The functions whose calls are changed, by name.
#[rustfmt::skip]
const KNOWN: [GuardedFunction; 35] = [
    guarded_function("append", 2, false, ResultShape::Other, &["!copied", "!copied"]),
    guarded_function("base64decode", 1, true, ResultShape::Text, &[]),
    guarded_function("base64encode", 1, true, ResultShape::Text, &[]),
    guarded_function("count", 1, false, ResultShape::Other, &[]),
    guarded_function("decodeUrl", 1, true, ResultShape::Text, &[]),
    guarded_function("decodeUrlComponent", 1, true, ResultShape::Text, &[]),
    guarded_function("distinct", 1, false, ResultShape::Other, &["!squared"]),
    guarded_function("encodeUrl", 1, true, ResultShape::Text, &[]),
    guarded_function("encodeUrlComponent", 1, true, ResultShape::Text, &[]),
    guarded_function("exists", 1, false, ResultShape::Other, &[]),
    guarded_function("formatInteger", 2, true, ResultShape::Text, &["!picture", "!picture"]),
    guarded_function("formatNumber", 3, true, ResultShape::Text, &["!picture", "!picture"]),
    guarded_function("fromMillis", 3, true, ResultShape::Text, &["!whole", "!picture", "!picture"]),
    guarded_function("join", 2, false, ResultShape::Text, &["!items", "!separator"]),
    guarded_function("keys", 1, true, ResultShape::Other, &["!weighed"]),
    guarded_function("lookup", 2, true, ResultShape::Other, &["!weighed"]),
    guarded_function("lowercase", 1, true, ResultShape::Text, &[]),
    guarded_function("match", 3, true, ResultShape::Matches, &[]),
    guarded_function("merge", 1, false, ResultShape::Other, &["!weighed"]),
    guarded_function("pad", 3, true, ResultShape::Text, &["!width", "!width", "!width"]),
    guarded_function("parseInteger", 2, true, ResultShape::Other, &["!picture", "!picture"]),
    guarded_function("replace", 4, true, ResultShape::Text, &["!source", "", "!replacement"]),
    guarded_function("reverse", 1, false, ResultShape::Other, &["!copied"]),
    guarded_function("shuffle", 1, false, ResultShape::Other, &["!copied"]),
    guarded_function("sort", 2, false, ResultShape::Other, &["!copied"]),
    guarded_function("split", 3, true, ResultShape::Items, &["!source"]),
    guarded_function("spread", 1, true, ResultShape::Other, &["!weighed"]),
    guarded_function("string", 1, true, ResultShape::Text, &["!printed"]),
    guarded_function("substring", 3, true, ResultShape::Text, &[]),
    guarded_function("substringAfter", 2, true, ResultShape::Text, &[]),
    guarded_function("substringBefore", 2, true, ResultShape::Text, &[]),
    guarded_function("toMillis", 2, true, ResultShape::Other, &["!picture", "!picture"]),
    guarded_function("trim", 1, true, ResultShape::Text, &[]),
    guarded_function("uppercase", 1, true, ResultShape::Text, &[]),
    guarded_function("zip", 8, false, ResultShape::Other, &["!zipped", "!zipped", "!zipped", "!zipped", "!zipped", "!zipped", "!zipped", "!zipped"]),
];

fn find_guarded_function(name: &str) -> Option<&'static GuardedFunction> {
    KNOWN.iter().find(|known| known.name == name)
}

/// Whether calls of a function are changed.
pub(super) fn is_guarded_function(name: &str) -> bool {
    find_guarded_function(name).is_some()
}

/// Rewrites `a ~> $f(b)` to the equivalent `$f(a, b)` if calls of `$f` are changed.
pub(super) fn unchain_call(node: &mut AstNode) {
    let AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } = node else { return };
    let AstNode::Function { name, args, is_builtin: true } = &mut **rhs else { return };
    let is_partial = args.iter().any(|arg| matches!(arg, AstNode::Placeholder));
    if is_guarded_function(name) && !is_partial {
        args.insert(0, take_node(lhs));
        *node = take_node(rhs);
    }
}

/// Guards a call, or the use of a function as a value.
pub(super) fn guard_call(node: &mut AstNode) {
    match node {
        AstNode::Variable(name) if is_guarded_function(name) => name.insert_str(0, FUNCTION),
        AstNode::Function { name, args, is_builtin: true } => {
            let Some(known) = find_guarded_function(name) else { return };
            if args.iter().any(|arg| matches!(arg, AstNode::Placeholder)) {
                guard_partial_application(node, known);
            } else {
                let is_whole =
                    known.name != "replace" || !matches!(&**args, [_, text] if is_text(text));
                if !is_whole || args.is_empty() && known.defaults_to_context {
                    args.insert(0, variable_node(""));
                }
                guard_arguments(known, args);
                count_result(node, known);
            }
        }
        _ => {}
    }
}

/// Makes a call count its result.
fn count_result(node: &mut AstNode, known: &GuardedFunction) {
    match known.result_shape {
        ResultShape::Text => *node = call_node("!made", vec![take_node(node)]),
        ResultShape::Items => *node = call_node("!zipped", vec![take_node(node)]),
        ResultShape::Matches => *node = call_node("!matched", vec![take_node(node)]),
        ResultShape::Other => {}
    }
}

/// Whether a node may have a text as its value.
fn is_text(node: &AstNode) -> bool {
    !matches!(node, AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null)
}

fn guard_arguments(known: &GuardedFunction, args: &mut [AstNode]) {
    for (argument, guard) in args.iter_mut().zip(known.guards) {
        if *guard == "!replacement" {
            *argument = guard_replacement(take_node(argument));
        } else if !guard.is_empty() && !is_exempt(argument) {
            *argument = call_node(guard, vec![take_node(argument)]);
        }
    }
}

/// Whether an argument needs no guard, because it is a small literal.
fn is_exempt(argument: &AstNode) -> bool {
    match argument {
        AstNode::String(text) => text.len() < 64,
        AstNode::Regex { .. } => true,
        _ => false,
    }
}

/// Guards the replacement of `$replace`. If it is a function, each text it returns is counted.
fn guard_replacement(argument: AstNode) -> AstNode {
    let counted = |function: AstNode| {
        let piece =
            AstNode::Call { procedure: Box::new(function), args: vec![variable_node("!match")] };
        lambda_node(vec!["!match".to_owned()], call_node("!spent", vec![piece]))
    };
    match argument {
        AstNode::String(_) => call_node("!replacement", vec![argument]),
        AstNode::Lambda { .. } => counted(argument),
        other => {
            let name = "!new";
            let is_function = binary_node(
                BinaryOp::Equal,
                call_node("type", vec![variable_node(name)]),
                AstNode::string("function"),
            );
            let text = call_node("!replacement", vec![variable_node(name)]);
            AstNode::Block(vec![
                assignment_node(name, other),
                conditional_node(is_function, counted(variable_node(name)), Some(text)),
            ])
        }
    }
}

/// Turns a partial application into an ordinary function, whose arguments can be guarded.
fn guard_partial_application(node: &mut AstNode, known: &'static GuardedFunction) {
    let AstNode::Function { args, .. } = node else { return };
    let mut parameters = Vec::new();
    for argument in args.iter_mut() {
        if matches!(argument, AstNode::Placeholder) {
            let name = format!("!{}", parameters.len());
            *argument = variable_node(&name);
            parameters.push(name);
        }
    }
    guard_arguments(known, args);
    count_result(node, known);
    *node = lambda_node(parameters, take_node(node));
}

/// The guarded function for a name with the prefix [`FUNCTION`] or [`VARIABLE`]. It is used where
/// the name is not bound.
pub(super) fn guarded_wrapper(name: &str) -> Option<AstNode> {
    let known = find_guarded_function(
        name.strip_prefix(FUNCTION).or_else(|| name.strip_prefix(VARIABLE))?,
    )?;
    let parameters: Vec<String> = (0..known.arity).map(|i| format!("!{i}")).collect();
    let mut args: Vec<AstNode> = parameters.iter().map(|name| variable_node(name)).collect();
    guard_arguments(known, &mut args);
    let mut body = call_node(known.name, args);
    count_result(&mut body, known);
    Some(lambda_node(parameters, body))
}
