//! Runs the engine.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use jsonata_core::{
    ast::AstNode,
    evaluator::{Context, Evaluator, EvaluatorError},
    value::{JMap, JValue},
};
use serde_json::Value;

use crate::{
    convert,
    evaluation_error::EvaluationFailure,
    functions,
    limits::EvaluationLimits,
    message,
    prepare::{FUNCTION, PreparedExpression, VARIABLE},
    projection::ValueProjection,
    reads::ExpressionReads,
    session::{JsonataSession, StatesMember, ValueSource},
    trace,
};

/// One evaluation by the engine.
#[derive(Clone, Copy)]
pub(crate) struct EngineEvaluation<'a> {
    /// The prepared syntax tree of the expression.
    pub(crate) prepared: &'a PreparedExpression,
    /// The variables and members of `$states` that the expression reads.
    pub(crate) reads: &'a ExpressionReads,
    /// The values, the time and the random source for the expression.
    pub(crate) session: &'a JsonataSession<'a>,
    /// The limits on the cost of the evaluation.
    pub(crate) limits: EvaluationLimits,
}

impl EngineEvaluation<'_> {
    /// The value of the expression; `None` if it is undefined.
    pub(crate) fn run_engine(self) -> Result<Option<Value>, EvaluationFailure> {
        self.run_engine_on(&JValue::Undefined)
    }

    /// The value of the expression with a document as `$`. Step Functions has no document.
    pub(crate) fn run_engine_on(
        self,
        document: &JValue,
    ) -> Result<Option<Value>, EvaluationFailure> {
        // Only the engine may panic. Its state is dropped then: the next evaluation has its own.
        let run = AssertUnwindSafe(|| {
            let value = self.evaluate_ast(document).map_err(|error| {
                let message = error.message();
                let is_nameless = message::lacks_function_name(message);
                let function = if is_nameless { self.failing_function(document) } else { None };
                EvaluationFailure::Threw(message::engine_message(message, function.as_deref()))
            })?;
            convert::from_engine(&value)
        });
        catch_unwind(run).unwrap_or(Err(EvaluationFailure::Internal))
    }

    fn evaluate_ast(self, document: &JValue) -> Result<JValue, EvaluatorError> {
        let wrapper = |name: &str| self.prepared.wrappers.get(name).cloned();
        let mut evaluator = self.build_evaluator(wrapper)?;
        evaluator.evaluate(&self.prepared.ast, document)
    }

    /// The name of the function that was called last when the expression failed.
    fn failing_function(self, document: &JValue) -> Option<String> {
        let names = RefCell::default();
        let traced = |ast: &AstNode| {
            let mut ast = ast.clone();
            trace::trace_calls(&mut ast, &mut names.borrow_mut());
            ast
        };
        let ast = traced(&self.prepared.ast);
        let mut evaluator =
            self.build_evaluator(|name| self.prepared.wrappers.get(name).map(traced)).ok()?;
        let last = Rc::default();
        trace::register_call_trace(&mut evaluator, &names.borrow(), &last);
        evaluator.evaluate(&ast, document).err()?;
        let name = last.borrow().clone();
        Some(name).filter(|name| !name.is_empty())
    }

    /// Creates an evaluator with the expression's variables and functions.
    fn build_evaluator(
        self,
        wrapper: impl Fn(&str) -> Option<AstNode>,
    ) -> Result<Evaluator, EvaluatorError> {
        let mut context = Context::new();
        for name in &self.prepared.names {
            let written = name.strip_prefix(FUNCTION).or_else(|| name.strip_prefix(VARIABLE));
            let place = ValueSource::Variable(written.unwrap_or(name).to_owned());
            if let Some(value) = self.converted_value(&place) {
                context.bind(name.clone(), value);
            } else if let Some(wrapper) = wrapper(name) {
                let function = Evaluator::new().evaluate(&wrapper, &JValue::Undefined)?;
                context.bind(name.clone(), function);
            }
        }
        if self.prepared.names.contains("states") {
            context.bind("states".to_owned(), self.states_object());
        }
        let mut evaluator = Evaluator::with_options(context, self.limits.evaluator_options());
        functions::register_functions(&mut evaluator, self.prepared, self.session, self.limits);
        Ok(evaluator)
    }

    /// The members of `$states` that the expression reads.
    fn states_object(self) -> JValue {
        let members =
            StatesMember::ALL.into_iter().filter(|member| self.reads.reads_member(*member));
        let members = members.filter_map(|member| {
            Some((
                member.member_name().to_owned(),
                self.converted_value(&ValueSource::Member(member))?,
            ))
        });
        JValue::Object(Rc::new(members.collect::<JMap>()))
    }

    fn converted_value(self, place: &ValueSource) -> Option<JValue> {
        let need = self.prepared.projections.get(place).unwrap_or(&ValueProjection::Whole);
        self.session.converted_value(place, need)
    }
}
