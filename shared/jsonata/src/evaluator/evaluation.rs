//! One evaluation of an expression.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use serde_json::Value;

use super::{Evaluator, VariableFrame, frame::CapturedFrames};
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
        // A mistake of ours must fail one expression and not the step, which would be tried again.
        // Nothing of the evaluation is used after a panic.
        let run = AssertUnwindSafe(|| self.run_unguarded());
        catch_unwind(run).unwrap_or(Err(EvaluationFailure::Internal))
    }

    fn run_unguarded(self) -> Result<Option<Value>, EvaluationFailure> {
        self.run_metered(Rc::new(EvaluationMeter::new(self.limits, self.session.budget())))
    }

    fn run_metered(
        self,
        meter: Rc<EvaluationMeter<'a>>,
    ) -> Result<Option<Value>, EvaluationFailure> {
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
        evaluator.evaluate(&self.tree.root, &input, &Rc::new(VariableFrame::default()))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde_json::{Map, Value};

    use super::ExpressionEvaluation;
    use crate::{
        JsonataSession,
        limits::EvaluationLimits,
        meter::EvaluationMeter,
        syntax,
        testing::{bindings_of_input, evaluated_value, failure_cause, thrown_message},
    };

    #[test]
    fn functions_that_hold_themselves_are_dropped() {
        let variables = Map::new();
        let bindings = bindings_of_input(&Value::Null, &variables);
        let session = JsonataSession::new(bindings, 0, 0);
        for source in [
            "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(3))",
            "($f := (($z := 2; function() { $z })); $f())",
            "($o := {'f': function() { $o }}; 1)",
            "($f := (($z := 2; [function($q) { $z + $q }(?)])); 1)",
            "($g := function($h) { $h($h) }; $g(function($x) { [$g, $x] }); 1)",
            "($f := function() { $error($string($f)) }; $f())",
            "({'a': 1} ~> |$|{'z': function() { 1 }}|).a",
        ] {
            let tree = syntax::parse_expression(source).expect("the expression is well-formed");
            let limits = EvaluationLimits::STEP_FUNCTIONS;
            let meter = Rc::new(EvaluationMeter::new(limits, None));
            let evaluation =
                ExpressionEvaluation { tree: &tree, session: &session, limits, document: None };
            drop(evaluation.run_metered(Rc::clone(&meter)));
            // Whatever was built holds the meter.
            assert_eq!(Rc::strong_count(&meter), 1, "{source}");
        }
    }

    #[test]
    fn a_function_sees_the_variables_around_it_and_not_their_values() {
        assert_eq!(evaluated_value("($x := 5; $f := function() { $x }; $x := 6; $f())"), "6");
        assert_eq!(
            evaluated_value(
                "($add := function($a) { function($b) { $a + $b } }; $add(1)(2) & $add(10)(2))"
            ),
            "\"312\""
        );
        assert_eq!(
            evaluated_value("($p := function($a, $b) { $a & $b }(?, 'z'); $map(['x', 'y'], $p))"),
            r#"["xz","yz"]"#
        );
    }

    #[test]
    fn a_function_may_call_itself_often() {
        let deep = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(2200))";
        assert_eq!(evaluated_value(deep), "2200");
        let tail = "($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s + 1) }; $f(20000, 0))";
        assert_eq!(evaluated_value(tail), "20000");
        assert!(thrown_message("($f := function($n) { 1 + $f($n) }; $f(1))").starts_with("Stack"));
        let nested = format!("{}1", "1 + ".repeat(600));
        assert!(thrown_message(&nested).starts_with("Stack overflow error"));
    }

    #[test]
    fn a_transform_changes_matches_inside_of_matches() {
        assert_eq!(
            evaluated_value(
                "{'v': 'a', 'c': [{'v': 'b', 'd': {'v': 'c'}}]} ~> |**[v]|{'seen': v}|"
            ),
            r#"{"v":"a","c":[{"v":"b","d":{"v":"c","seen":"c"},"seen":"b"}],"seen":"a"}"#
        );
        assert_eq!(
            evaluated_value("[{'a': 1, 'b': 2}, {'a': 3}] ~> |$|{'a': a + 1, 'self': $}, 'b'|"),
            r#"[{"a":2,"self":{"a":1,"b":2}},{"a":4,"self":{"a":3}}]"#
        );
        assert_eq!(
            thrown_message("{'a': [1]} ~> |a|{'q': 1}|"),
            "Cannot create property 'q' on number '1'"
        );
    }

    #[test]
    fn steps_bind_variables_and_find_their_parents() {
        let orders = "{'n': 'o', 'i': [{'p': 1}, {'p': 2}]}";
        for (source, value) in [
            (".i.(p & %.n)", r#"["1o","2o"]"#),
            (".i@$x.{'p': $x.p, 'n': n}", r#"[{"p":1,"n":"o"},{"p":2,"n":"o"}]"#),
            (".i#$k.{'k': $k, 'p': p}", r#"[{"k":0,"p":1},{"k":1,"p":2}]"#),
            (".i^(>p).p", "[2,1]"),
            (".i[p > 1][]", r#"[{"p":2}]"#),
            (".i{$string(p): p}", r#"{"1":1,"2":2}"#),
        ] {
            assert_eq!(evaluated_value(&format!("{orders}{source}")), value, "{source}");
        }
    }

    #[test]
    fn values_may_be_as_large_as_on_aws() {
        assert_eq!(evaluated_value("$count([1..873782])"), "873782");
        let cause = failure_cause("$count([1..873783])");
        assert!(cause.ends_with("memory limit exceeded: Check for excessive memory usage"));
        let doubled = |times: u32| {
            format!("$length($reduce([1..{times}], function($a, $i) {{ $a & $a }}, 'x'))")
        };
        assert_eq!(evaluated_value(&doubled(22)), "4194304");
        assert!(failure_cause(&doubled(23)).contains("memory limit exceeded"));
    }
}
