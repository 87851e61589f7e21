//! The right side of a `.$` key, or of `ErrorPath` and `CausePath`.

use serde_json::Value;

use crate::{
    draws::Draws,
    evaluation_error::EvaluationError,
    intrinsic::IntrinsicCall,
    path::{PathError, PathSyntaxError},
    scope::Scope,
    sourced_path::SourcedPath,
};

/// A path, or a call of an intrinsic function.
#[derive(Debug, Clone)]
pub enum Expression {
    /// `$.a`, `$$.a`, `$name.a`
    Path(SourcedPath),
    /// `States.Name(…)`
    Call(IntrinsicCall),
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionSyntaxError {
    /// It begins like a path, but is none.
    #[error("{0}")]
    Path(#[from] PathSyntaxError),
    /// It does not begin like a path, and is no call either.
    #[error("{message} at position {position}")]
    Call {
        /// What is wrong.
        message: &'static str,
        /// How many characters come before the mistake.
        position: usize,
    },
}

impl Expression {
    /// Compiles an expression: a path if it starts with `$`, otherwise a call.
    pub fn parse(text: &str) -> Result<Self, ExpressionSyntaxError> {
        if text.starts_with('$') {
            Ok(Self::Path(SourcedPath::parse(text)?))
        } else {
            IntrinsicCall::parse(text).map(Self::Call)
        }
    }

    /// The text the expression was compiled from.
    pub fn text(&self) -> &str {
        match self {
            Self::Path(path) => path.text(),
            Self::Call(call) => call.text(),
        }
    }

    /// The expression's value.
    ///
    /// The error of a path names no field; see [`EvaluationError::for_field`].
    pub fn evaluate(&self, scope: &Scope<'_>, draws: &mut Draws) -> Result<Value, EvaluationError> {
        match self {
            Self::Path(path) => find(path, scope),
            Self::Call(call) => call.evaluate(scope, draws),
        }
    }

    /// Whether the expression reads the context object.
    pub fn references_context(&self) -> bool {
        self.any_path(SourcedPath::references_context)
    }

    /// Whether the expression may read the execution's input from the context object.
    pub fn references_execution_input(&self) -> bool {
        self.any_path(SourcedPath::references_execution_input)
    }

    /// Names the variables the expression reads, in order, each as often as it is read.
    pub fn variables(&self, out: &mut impl FnMut(&str)) {
        self.paths(&mut |path| path.variables(out));
    }

    /// Visits the paths in the expression, from left to right.
    pub fn paths(&self, visit: &mut impl FnMut(&SourcedPath)) {
        match self {
            Self::Path(path) => visit(path),
            Self::Call(call) => call.paths(visit),
        }
    }

    fn any_path(&self, test: fn(&SourcedPath) -> bool) -> bool {
        let mut any = false;
        self.paths(&mut |path| any |= test(path));
        any
    }
}

/// Applies a path as payload templates do.
///
/// More forgiving than the path library: an indefinite path under a missing parent gives `[]`, and
/// an index past the end, as the last step, gives null (seen on AWS; as an argument it fails).
fn find(path: &SourcedPath, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
    let error = match path.find(scope) {
        Ok(value) => return Ok(value.into_owned()),
        Err(error) => error,
    };
    match error {
        PathError::NotFound(_) if !path.is_definite() => Ok(Value::Array(Vec::new())),
        PathError::NotFound(message)
            if path.path().ends_in_index() && message.starts_with("No results for path") =>
        {
            Ok(Value::Null)
        }
        PathError::NotFound(_) => Err(EvaluationError::PathNotFound {
            path: path.text().to_owned(),
            field: None,
            input: searched(path, scope).to_string(),
        }),
        PathError::NoArray(message)
        | PathError::Unfit(message)
        | PathError::Failed(message)
        | PathError::TooCostly(message) => {
            Err(EvaluationError::InvalidPath { path: path.text().to_owned(), message })
        }
    }
}

/// What AWS quotes when a path leads nowhere: the context object for `$$`, else the data.
fn searched<'v>(path: &SourcedPath, scope: &Scope<'v>) -> &'v Value {
    match path {
        SourcedPath::Context(_) => scope.context,
        SourcedPath::Data(_) | SourcedPath::Variable { .. } => scope.data,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::Expression;
    use crate::{draws::Draws, scope::Scope};

    fn evaluate(text: &str, data: &Value) -> Result<Value, String> {
        let (context, variables) = (json!({"State": {}}), Map::new());
        let scope = Scope { data, context: &context, variables: &variables };
        let expression = Expression::parse(text).map_err(|error| error.to_string())?;
        expression.evaluate(&scope, &mut Draws::new(0)).map_err(|error| error.to_string())
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
        let expression = Expression::parse("States.Array($a, States.Array($.x, $b.c))")
            .expect("the call is well-formed");
        let mut names = Vec::new();
        expression.variables(&mut |name| names.push(name.to_owned()));
        assert_eq!(names, ["a", "b"]);
        assert!(!expression.references_context());
    }
}
