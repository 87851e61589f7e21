//! Finds the function that an evaluation called last.
//!
//! If an argument does not fit, AWS names its function, but the engine does not. Such an evaluation
//! is run once more, on a tree whose calls record their names.

use std::{cell::RefCell, rc::Rc};

use jsonata_core::{
    ast::AstNode,
    evaluator::Evaluator,
    value::{JValue, with_stack},
};

use crate::children::visit_children_mut;

/// The prefix of the names of the functions that record a call.
const ENTERED: &str = "!entered ";

/// Functions that inspect the syntax of their function argument, which must stay unchanged.
const HIGHER_ORDER: [&str; 9] =
    ["map", "filter", "each", "sift", "reduce", "single", "sort", "match", "replace"];

/// Makes every call of a function record its name just before the call.
pub(crate) fn trace_calls(node: &mut AstNode, names: &mut Vec<String>) {
    with_stack(|| {
        visit_children_mut(node, &mut |child| trace_calls(child, names));
        let AstNode::Function { name, args, is_builtin: true } = node else { return };
        if name.starts_with('!') {
            return;
        }
        // The last argument is evaluated last.
        let is_higher = HIGHER_ORDER.contains(&&**name);
        let argument = if is_higher { args.first_mut() } else { args.last_mut() };
        let Some(argument) = argument.filter(|arg| !matches!(arg, AstNode::Placeholder)) else {
            return;
        };
        let entered = format!("{ENTERED}{name}");
        names.push(entered.clone());
        let value = std::mem::replace(argument, AstNode::Undefined);
        *argument = AstNode::Function { name: entered, args: vec![value], is_builtin: true };
    });
}

/// Registers the functions that record calls. They write the name of the last call to `last`.
pub(crate) fn register_call_trace(
    evaluator: &mut Evaluator,
    names: &[String],
    last: &Rc<RefCell<String>>,
) {
    for name in names {
        let last = Rc::clone(last);
        let function = name.strip_prefix(ENTERED).unwrap_or(name).to_owned();
        let note = move |values: &[JValue]| {
            last.borrow_mut().clone_from(&function);
            Ok(values.first().cloned().unwrap_or(JValue::Undefined))
        };
        evaluator
            .register_fn_override(name, note)
            .expect("the engine has no function whose name begins with `!`");
    }
}
