//! A compiled expression.

use std::{fmt, sync::Arc};

use serde_json::Value;

use crate::{
    direct::{DirectLookup, DirectPath},
    evaluation_error::{EvaluationFailure, ExpectedType, JsonataEvaluationError},
    evaluator::ExpressionEvaluation,
    limits,
    reads::ExpressionReads,
    session::JsonataSession,
    syntax::{self, SyntaxTree},
    syntax_error::JsonataSyntaxError,
};

/// A compiled expression: a string that starts with `{%` and ends with `%}`.
///
/// Clones share the compiled form.
#[derive(Clone)]
pub struct JsonataExpression {
    inner: Arc<CompiledExpression>,
}

/// Prints the text only, because it determines the compiled form.
impl fmt::Debug for JsonataExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.delimited_text())
    }
}

struct CompiledExpression {
    text: String,
    reads: ExpressionReads,
    /// The direct path, if the expression only selects a member.
    direct: Option<DirectPath>,
    tree: SyntaxTree,
}

impl JsonataExpression {
    /// Returns whether a string is an expression and not a constant.
    ///
    /// Nothing may be outside the delimiters: to AWS `" {% 1 %} "` is a constant.
    pub fn is_delimited(text: &str) -> bool {
        strip_delimiters(text).is_some()
    }

    /// Compiles an expression that includes its delimiters.
    pub fn parse(text: &str) -> Result<Self, JsonataSyntaxError> {
        let source = strip_delimiters(text).ok_or_else(JsonataSyntaxError::not_delimited)?;
        if source.len() > limits::SOURCE_BYTES_MAX {
            return Err(JsonataSyntaxError::too_long());
        }
        let tree = syntax::parse_expression(source)?;
        let reads = ExpressionReads::from_tree(&tree);
        let direct = DirectPath::from_tree(&tree);
        let inner = CompiledExpression { text: text.to_owned(), reads, direct, tree };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns the expression as it was written, with its delimiters.
    pub fn delimited_text(&self) -> &str {
        &self.inner.text
    }

    /// Returns the expression as AWS quotes it: without delimiters and the space inside them.
    pub fn source(&self) -> &str {
        strip_delimiters(&self.inner.text).unwrap_or_default()
    }

    /// Returns the variables and members of `$states` that the expression reads.
    pub fn reads(&self) -> &ExpressionReads {
        &self.inner.reads
    }

    /// Evaluates the expression. `field` is its location in the state, e.g. `Output/a[0]`.
    pub fn evaluate(
        &self,
        session: &JsonataSession<'_>,
        field: &str,
    ) -> Result<Value, JsonataEvaluationError> {
        let found = self.inner.direct.as_ref().map(|path| path.find_value(session));
        let outcome = match found {
            Some(DirectLookup::Value(value)) => {
                session.charge_copy(value).map(|()| Some(value.clone()))
            }
            Some(DirectLookup::Nothing) => Ok(None),
            Some(DirectLookup::Unknown) | None => self.evaluate_tree(session),
        };
        match outcome {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(JsonataEvaluationError::undefined_value(self.source(), field)),
            Err(failure) => Err(failure.into_error(self.source(), field)),
        }
    }

    /// Evaluates the expression. A value that does not have the expected type is an error.
    pub fn evaluate_as(
        &self,
        session: &JsonataSession<'_>,
        field: &str,
        expected: ExpectedType,
    ) -> Result<Value, JsonataEvaluationError> {
        let value = self.evaluate(session, field)?;
        if expected.matches_value(&value) {
            return Ok(value);
        }
        Err(JsonataEvaluationError::unexpected_type(self.source(), field, expected, &value))
    }

    fn evaluate_tree(
        &self,
        session: &JsonataSession<'_>,
    ) -> Result<Option<Value>, EvaluationFailure> {
        let limits = session.evaluation_limits()?;
        let evaluation =
            ExpressionEvaluation { tree: &self.inner.tree, session, limits, document: None };
        let value = evaluation.run();
        match &value {
            Ok(Some(value)) => session.charge_copy(value)?,
            Ok(None) => {}
            Err(_) => session.notice_time(),
        }
        value
    }
}

#[cfg(test)]
impl JsonataExpression {
    /// The value with a document as `$`, as in the official suite.
    pub(crate) fn evaluate_on(
        &self,
        document: Option<&Value>,
        session: &JsonataSession<'_>,
        limits: limits::EvaluationLimits,
    ) -> Result<Option<Value>, JsonataEvaluationError> {
        ExpressionEvaluation { tree: &self.inner.tree, session, limits, document }
            .run()
            .map_err(|failure| failure.into_error(self.source(), ""))
    }
}

/// The text between the delimiters, without the space around it.
fn strip_delimiters(text: &str) -> Option<&str> {
    Some(text.strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::JsonataExpression;
    use crate::{ExpectedType, JsonataBindings, JsonataSession, testing::bindings_of_input};

    fn evaluate(source: &str, input: &Value) -> Result<String, String> {
        let expression = JsonataExpression::parse(&format!("{{% {source} %}}"));
        let expression = expression.map_err(|error| error.to_string())?;
        let (context, result) = (json!({"Execution": {"Name": "e"}}), json!([1]));
        let variables = json!({"x": {"a": [1, 2]}, "keys": {"a": "mine"}, "big": 1e300});
        let variables = variables.as_object().expect("the variables are an object");
        let bindings = JsonataBindings {
            input,
            context: Some(&context),
            result: Some(&result),
            error_output: None,
            variables,
        };
        let value = expression.evaluate(&JsonataSession::new(bindings, 0, 0), "Output");
        value.map(|value| value.to_string()).map_err(|error| error.to_string())
    }

    fn value(source: &str, input: &Value) -> String {
        evaluate(source, input).expect("the expression has a value")
    }

    #[test]
    fn an_expression_is_shared_between_threads() {
        fn assert_shared<T: Clone + Send + Sync>() {}
        assert_shared::<JsonataExpression>();
        assert_shared::<crate::JsonataTemplate>();
    }

    #[test]
    fn a_string_is_an_expression_only_from_end_to_end() {
        for text in ["{% 1 %}", "{%1%}", "{%\n1\n%}", "{%%}"] {
            assert!(JsonataExpression::is_delimited(text), "{text:?}");
        }
        for text in [" {% 1 %}", "{% 1 %} ", "{% 1", "1 %}", "{%}", "$states.input", ""] {
            assert!(!JsonataExpression::is_delimited(text), "{text:?}");
        }
        let source =
            JsonataExpression::parse("{%  $x %}").map(|expression| expression.source().to_owned());
        assert_eq!(source, Ok("$x".into()));
        assert!(
            JsonataExpression::parse("$x").is_err() && JsonataExpression::parse("{%%}").is_err()
        );
    }

    #[test]
    fn an_expression_sees_states_and_variables() {
        let input = json!({"a": {"b": [{"c": 1}, {"c": 2}]}});
        assert_eq!(value("$states.input.a.b.c", &input), "[1,2]");
        assert_eq!(value("$states.context.Execution.Name & $x.a[1]", &input), "\"e2\"");
        assert_eq!(value("$states.result[0] + 1", &input), "2");
        assert_eq!(
            value("$states", &json!(1)),
            r#"{"input":1,"context":{"Execution":{"Name":"e"}},"result":[1]}"#
        );
        assert!(evaluate("$states.errorOutput", &input).is_err());
    }

    #[test]
    fn a_variable_may_have_a_functions_name() {
        assert_eq!(value("$keys.a & '!'", &json!({})), "\"mine!\"");
        assert_eq!(value("($join := 1; $join + 1)", &json!({})), "2");
        assert_eq!(value("($pad := function($s) { $s & '.' }; $pad('a'))", &json!({})), "\"a.\"");
        assert_eq!(value("$map(['a', 'b'], $uppercase)", &json!({})), "[\"A\",\"B\"]");
        assert_eq!(value("('a' ~> $pad(3)) & ('b' ~> $uppercase)", &json!({})), "\"a  B\"");
    }

    #[test]
    fn a_place_is_found_as_the_evaluator_finds_it() {
        let input = json!({
            "one": [1], "none": [], "deep": [[1]], "null": null, "o": {"p": [{"q": 1}]},
        });
        for path in ["one", "none", "deep", "null", "null.x", "nope", "o.nope.x", "o.p", "o.p.q"] {
            // An expression in parentheses is not a direct path, so the evaluator walks it.
            let direct = evaluate(&format!("$states.input.{path}"), &input);
            let walked = evaluate(&format!("($states.input.{path})"), &input);
            match (direct, walked) {
                (Ok(direct), Ok(walked)) => assert_eq!(direct, walked, "{path}"),
                (direct, walked) => assert_eq!(direct.is_ok(), walked.is_ok(), "{path}"),
            }
        }
        let input = json!({"n": 1_234_567_890_123_456_789_u64});
        assert_eq!(value("$states.input.n", &input), "1234567890123456789");
    }

    #[test]
    fn numbers_and_members_come_out_as_in_javascript() {
        assert_eq!(value("[1.0, 1.5, -0, 1e3, 10/4]", &json!({})), "[1,1.5,0,1000,2.5]");
        assert_eq!(value("{'z': 1, 'a': 2}", &json!({})), r#"{"z":1,"a":2}"#);
        assert_eq!(value("$merge([{'z': 1}, {'a': 2}])", &json!({})), r#"{"z":1,"a":2}"#);
        assert_eq!(value("[1/0, -1/0, 0/0]", &json!({})), r#"["Infinity","-Infinity","NaN"]"#);
        assert_eq!(value("{'a': $big * $big}", &json!({})), r#"{"a":"Infinity"}"#);
        let cause = evaluate("1/0 + 1", &json!({})).expect_err("the operand is not finite");
        assert!(cause.contains("D1001: Number out of range"), "{cause}");
    }

    #[test]
    fn functions_are_no_results() {
        for source in ["$fn := function($x){$x}", "$sum", "[function(){1}]", "{'a': /x/}"] {
            let cause = evaluate(source, &json!({})).expect_err("a function is no JSON");
            assert!(cause.ends_with("returned an unsupported result type."), "{cause}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        let expression =
            JsonataExpression::parse("{% 'string' %}").expect("the expression is well-formed");
        let variables = Map::new();
        let bindings = bindings_of_input(&Value::Null, &variables);
        let session = JsonataSession::new(bindings, 0, 0);
        let error = expression.evaluate_as(&session, "Items", ExpectedType::Array);
        assert_eq!(
            error.map_err(|error| error.to_string()),
            Err("The JSONata expression ''string'' specified for the field 'Items' returned an \
                 unexpected result type. Expected 'array', but was 'string' for value: \"string\""
                .into())
        );
        assert_eq!(
            expression.evaluate_as(&session, "Error", ExpectedType::String),
            Ok(json!("string"))
        );
    }
}
