//! One evaluation of an expression.

use std::{cell::RefCell, rc::Rc};

use serde_json::Value;

use super::{Evaluator, Frame, frame::CapturedFrames};
use crate::{
    datum::{ArrayBuilder, ArrayMarks, Datum, datum_to_json},
    evaluation_error::EvaluationFailure,
    limits::EvaluationLimits,
    meter::{EvaluationMeter, with_stack},
    session::JsonataSession,
    syntax::SyntaxTree,
    thrown::Evaluated,
};

/// One evaluation of an expression.
#[derive(Clone, Copy)]
pub(crate) struct ExpressionEvaluation<'a> {
    pub(crate) tree: &'a SyntaxTree,
    /// The values, the time and the random source for the expression.
    pub(crate) session: &'a JsonataSession<'a>,
    /// The limits on the cost of the evaluation.
    pub(crate) limits: EvaluationLimits,
    /// The value of `$`. Step Functions has none.
    pub(crate) document: Option<&'a Value>,
}

impl<'a> ExpressionEvaluation<'a> {
    /// The value of the expression; `None` if it is undefined.
    pub(crate) fn run(self) -> Result<Option<Value>, EvaluationFailure> {
        let meter = Rc::new(EvaluationMeter::new(self.limits, self.session.budget()));
        let document = self.document.map_or(Datum::Undefined, Datum::from_json);
        let evaluator = Evaluator {
            tree: self.tree,
            session: self.session,
            meter,
            document,
            captured: RefCell::new(CapturedFrames::default()),
        };
        let value = self.evaluate_root(&evaluator);
        let value = value.map_err(|thrown| EvaluationFailure::of(&thrown))?;
        with_stack(|| datum_to_json(&value))
    }

    fn evaluate_root(self, evaluator: &Evaluator<'a>) -> Evaluated<Datum<'a>> {
        // An array as the document is one value, and not a sequence.
        let input = if matches!(evaluator.document, Datum::Array(_)) {
            let marks = ArrayMarks::SEQUENCE.with(ArrayMarks::OUTER_WRAPPER);
            let mut wrapper = ArrayBuilder::new(&evaluator.meter, marks)?;
            wrapper.push(evaluator.document.clone())?;
            wrapper.build_datum()
        } else {
            evaluator.document.clone()
        };
        evaluator.evaluate(&self.tree.root, &input, &Rc::new(Frame::default()))
    }
}
