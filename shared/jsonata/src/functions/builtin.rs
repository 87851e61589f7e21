//! Calls the engine's own functions from host functions.

use jsonata_core::{
    ast::AstNode,
    evaluator::{Context, Evaluator, HostFnResult},
    value::JValue,
};

use crate::limits::EvaluationLimits;

/// Calls a function of the engine. `focus` is the value of `$` for it.
pub(super) fn call_builtin(name: &str, arguments: &[JValue], focus: &JValue) -> HostFnResult {
    let mut context = Context::new();
    let mut nodes = Vec::with_capacity(arguments.len());
    for (i, argument) in arguments.iter().enumerate() {
        let variable = format!("argument{i}");
        context.bind(variable.clone(), argument.clone());
        nodes.push(AstNode::Variable(variable));
    }
    let call = AstNode::Function { name: name.to_owned(), args: nodes, is_builtin: true };
    Evaluator::with_options(context, EvaluationLimits::STEP_FUNCTIONS.evaluator_options())
        .evaluate(&call, focus)
}
