//! Expressions: the values of `.$` keys, `ErrorPath` and `CausePath`.

use serde_json::Value;

use crate::{
    evaluation_error::JsonPathEvaluationError,
    intrinsic::IntrinsicCall,
    path::{JaywayPathError, JaywayPathSyntaxError},
    scope::JsonPathScope,
    sourced_path::SourcedPath,
};
use random_stream::RandomStream;

/// A compiled expression: a path or a call of an intrinsic function.
#[derive(Debug, Clone)]
pub enum JsonPathExpression {
    /// A path, e.g. `$.a`, `$$.a` or `$name.a`.
    Path(SourcedPath),
    /// A call of an intrinsic function, e.g. `States.UUID()`.
    Call(IntrinsicCall),
}

/// The reason a text is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPathExpressionSyntaxError {
    /// A path is malformed: the whole text or an argument of a call.
    #[error("{0}")]
    Path(#[from] JaywayPathSyntaxError),
    /// The text does not start with `$` and is not a valid call.
    #[error("{message} at position {position}")]
    Call {
        /// What is wrong, e.g. `'(' expected`.
        message: &'static str,
        /// The number of characters before the mistake.
        position: usize,
    },
}

impl JsonPathExpression {
    /// Compiles an expression: a path if it starts with `$`, otherwise a call.
    pub fn parse(text: &str) -> Result<Self, JsonPathExpressionSyntaxError> {
        if text.starts_with('$') {
            Ok(Self::Path(SourcedPath::parse(text)?))
        } else {
            IntrinsicCall::parse(text).map(Self::Call)
        }
    }

    /// Returns the text the expression was compiled from.
    pub fn source_text(&self) -> &str {
        match self {
            Self::Path(path) => path.source_text(),
            Self::Call(call) => call.source_text(),
        }
    }

    /// Evaluates the expression.
    ///
    /// The error of a path does not name a field; see [`JsonPathEvaluationError::for_field`].
    pub fn evaluate(
        &self,
        scope: &JsonPathScope<'_>,
        random: &mut RandomStream,
    ) -> Result<Value, JsonPathEvaluationError> {
        scope.budget.check_time()?;
        match self {
            Self::Path(path) => find_path_value(path, scope),
            Self::Call(call) => call.evaluate(scope, random),
        }
    }

    /// Returns whether the expression reads the context object.
    pub fn references_context(&self) -> bool {
        self.any_path(SourcedPath::references_context)
    }

    /// Returns whether the expression may read the execution's input from the context object.
    pub fn references_execution_input(&self) -> bool {
        self.any_path(SourcedPath::references_execution_input)
    }

    /// Calls `out` with the name of each variable the expression reads, in order, repeats included.
    pub fn visit_variables(&self, out: &mut impl FnMut(&str)) {
        self.visit_paths(&mut |path| path.visit_variables(out));
    }

    /// Visits the paths in the expression, from left to right.
    pub fn visit_paths(&self, visit: &mut impl FnMut(&SourcedPath)) {
        match self {
            Self::Path(path) => visit(path),
            Self::Call(call) => call.visit_paths(visit),
        }
    }

    fn any_path(&self, test: fn(&SourcedPath) -> bool) -> bool {
        let mut any = false;
        self.visit_paths(&mut |path| any |= test(path));
        any
    }
}

/// Applies a path by the rules of payload templates.
///
/// They are more lenient than the path library: an indefinite path under a missing parent gives
/// `[]`, and an index past the end in the last step gives null (observed on AWS; as an argument of
/// an intrinsic function, such an index fails).
fn find_path_value(
    path: &SourcedPath,
    scope: &JsonPathScope<'_>,
) -> Result<Value, JsonPathEvaluationError> {
    let error = match path.find_in_scope(scope) {
        Ok(value) => {
            scope.budget.charge_copy(&value)?;
            return Ok(value.into_owned());
        }
        Err(error) => error,
    };
    match error {
        JaywayPathError::NotFound(_) if !path.is_definite() => Ok(Value::Array(Vec::new())),
        JaywayPathError::NotFound(message)
            if path.inner_path().ends_in_index() && message.starts_with("No results for path") =>
        {
            Ok(Value::Null)
        }
        JaywayPathError::NotFound(_) => Err(JsonPathEvaluationError::PathNotFound {
            path: path.source_text().to_owned(),
            field: None,
            input: searched_value(path, scope).to_string(),
        }),
        JaywayPathError::NoArray(message)
        | JaywayPathError::Unfit(message)
        | JaywayPathError::Failed(message)
        | JaywayPathError::TooCostly(message) => Err(JsonPathEvaluationError::InvalidPath {
            path: path.source_text().to_owned(),
            message,
        }),
    }
}

/// The value AWS quotes when a path finds nothing: the context object for `$$`, otherwise the data.
fn searched_value<'v>(path: &SourcedPath, scope: &JsonPathScope<'v>) -> &'v Value {
    match path {
        SourcedPath::Context(_) => scope.context,
        SourcedPath::Data(_) | SourcedPath::Variable { .. } => scope.data,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::JsonPathExpression;
    use random_stream::RandomStream;
    use step_budget::StepBudget;

    use crate::scope::JsonPathScope;

    fn evaluate(text: &str, data: &Value) -> Result<Value, String> {
        let (context, variables) = (json!({"State": {}}), Map::new());
        let budget = StepBudget::unlimited();
        let scope =
            JsonPathScope { data, context: &context, variables: &variables, budget: &budget };
        let expression = JsonPathExpression::parse(text).map_err(|error| error.to_string())?;
        expression.evaluate(&scope, &mut RandomStream::new(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_indefinite_path_under_a_missing_parent_gives_an_empty_list() {
        assert_eq!(evaluate("$.nope[*].a", &json!({})), Ok(json!([])));
    }

    #[test]
    fn an_index_past_the_end_gives_null() {
        assert_eq!(evaluate("$.a[5]", &json!({"a": [1]})), Ok(Value::Null));
    }

    #[test]
    fn a_missing_place_quotes_what_was_searched() {
        assert_eq!(
            evaluate("$.x", &json!({"a": 1})),
            Err("The JSONPath '$.x' specified for the field '' could not be found in the input \
                 '{\"a\":1}'"
                .into())
        );
        assert!(evaluate("$$.x", &json!({})).expect_err("it fails").ends_with(r#"'{"State":{}}'"#));
    }

    #[test]
    fn the_variables_are_those_of_all_arguments() {
        let expression = JsonPathExpression::parse("States.Array($a, States.Array($.x, $b.c))")
            .expect("the call is well-formed");
        let mut names = Vec::new();
        expression.visit_variables(&mut |name| names.push(name.to_owned()));
        assert_eq!(names, ["a", "b"]);
        assert!(!expression.references_context());
    }
}
