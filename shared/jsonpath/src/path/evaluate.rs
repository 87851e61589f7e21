//! Applies a compiled path to a value.
//!
//! Invariant: the recursion is as deep as the value or the path's nesting, whichever is more, and
//! both are limited. The visits of one evaluation, including those of its filters, are counted and
//! limited (test `a_costly_path_is_given_up`).

mod items;
mod location;
mod members;
mod scan;
mod search;

use std::{borrow::Cow, cell::Cell};

use serde_json::Value;

use self::{location::NodeLocation, search::PathSearch};
use super::{
    JaywayPath, JaywayPathError, functions,
    token::{PathArgument, PathRoot, PathToken},
};

/// The state that all steps of one evaluation share.
pub(crate) struct PathEvaluation<'d, 'c> {
    /// The value of `$`, also inside filters.
    document: &'d Value,
    /// The visits left before the evaluation fails as too costly.
    visits: &'c Cell<u64>,
    purpose: EvaluationPurpose,
    /// The depth at which this evaluation starts. It is not 0 for a path inside a filter.
    depth: usize,
}

/// What the caller of an evaluation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EvaluationPurpose {
    /// The value, or the reason why there is none.
    Answer,
    /// The value of an operand in a filter. Nobody reads a reason, so its message is not built.
    Operand,
    /// Whether a path in a filter finds a value. A missing property is an error even after
    /// indefinite steps.
    Existence,
}

/// Applies a path to a document.
pub(crate) fn evaluate_path<'v>(
    path: &JaywayPath,
    document: &'v Value,
) -> Result<Cow<'v, Value>, JaywayPathError> {
    let visits = Cell::new(JaywayPath::VISITS_MAX);
    let application =
        PathEvaluation { document, visits: &visits, purpose: EvaluationPurpose::Answer, depth: 0 };
    application.find_value(path, document)
}

impl<'d> PathEvaluation<'d, '_> {
    /// The same evaluation for another purpose.
    pub(crate) fn for_purpose(&self, purpose: EvaluationPurpose) -> Self {
        Self { purpose, ..*self }
    }

    /// Whether missing properties are errors.
    fn requires_properties(&self) -> bool {
        self.purpose == EvaluationPurpose::Existence
    }

    /// The message of a failure; empty if nobody will read it.
    fn failure_reason(&self, words: impl FnOnce() -> String) -> String {
        if self.purpose == EvaluationPurpose::Answer { words() } else { String::new() }
    }

    /// The same evaluation, started `depth` levels deeper.
    fn at_depth(&self, depth: usize) -> Self {
        Self { depth: self.depth + depth, ..*self }
    }

    /// Applies a path to the document or, if it starts with `@`, to `item`.
    pub(crate) fn find_value<'v>(
        &self,
        path: &JaywayPath,
        item: &'v Value,
    ) -> Result<Cow<'v, Value>, JaywayPathError>
    where
        'd: 'v,
    {
        let start = match path.root {
            PathRoot::Document => self.document,
            PathRoot::Item => item,
        };
        if path.tokens.is_empty() {
            return Ok(Cow::Borrowed(start));
        }
        let mut search = PathSearch::new(self, path);
        let location = NodeLocation::from_root(path.root.root_symbol());
        search.apply_step(0, &location, start)?;
        if path.definite {
            let last = search.found.pop();
            return last.ok_or_else(|| {
                JaywayPathError::NotFound(
                    self.failure_reason(|| format!("No results for path: {path}")),
                )
            });
        }
        if self.purpose == EvaluationPurpose::Existence {
            // Nobody reads the list, so it is not built.
            return Ok(Cow::Borrowed(start));
        }
        let mut list = Vec::with_capacity(search.found.len());
        for found in search.found {
            if let Cow::Borrowed(value) = found {
                self.charge_visits(path, copy_visits(value))?;
            }
            list.push(found.into_owned());
        }
        Ok(Cow::Owned(Value::Array(list)))
    }

    /// Calls a path function on a value.
    fn call_function(
        &self,
        path: &JaywayPath,
        function: functions::PathFunction,
        model: &Value,
        arguments: &[PathArgument],
    ) -> Result<Value, JaywayPathError> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                PathArgument::Json(Some(value)) => value.clone(),
                PathArgument::Json(None) => {
                    return Err(JaywayPathError::Failed("malformed JSON argument".to_owned()));
                }
                PathArgument::Path(path) if function.counts_children() => {
                    let inner = PathEvaluation { document: model, ..*self };
                    inner.find_value(&children_path(path), model)?.into_owned()
                }
                PathArgument::Path(path) => self.find_value(path, self.document)?.into_owned(),
            });
        }
        let result = functions::call_path_function(function, model, &values)?;
        self.charge_visits(path, copy_visits(&result))?;
        Ok(result)
    }

    /// Counts a visit at a depth, which is relative to the start of this evaluation.
    fn count_visit(&self, path: &JaywayPath, depth: usize) -> Result<(), JaywayPathError> {
        if self.depth + depth > JaywayPath::DEPTH_MAX {
            return Err(JaywayPathError::TooCostly(path.to_string()));
        }
        self.charge_visits(path, 1)
    }

    /// Counts work that costs as much as this number of visits.
    fn charge_visits(&self, path: &JaywayPath, visits: u64) -> Result<(), JaywayPathError> {
        match self.visits.get().checked_sub(visits) {
            Some(left) => {
                self.visits.set(left);
                Ok(())
            }
            None => Err(JaywayPathError::TooCostly(path.to_string())),
        }
    }
}

/// The number of visits that copying a value counts as.
fn copy_visits(value: &Value) -> u64 {
    /// Copying this many bytes of text takes about as long as a visit.
    const BYTES_PER_VISIT: usize = 64;
    let text = |text: &str| u64::try_from(text.len() / BYTES_PER_VISIT).unwrap_or(u64::MAX);
    1 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(content) => text(content),
        Value::Array(items) => items.iter().map(copy_visits).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| text(name) + copy_visits(value)).sum()
        }
    }
}

/// The path to all direct children of what a path selects.
fn children_path(path: &JaywayPath) -> JaywayPath {
    let mut tokens = path.tokens.clone();
    let is_call = matches!(tokens.last(), Some(PathToken::Function { .. }));
    if !is_call && !tokens.is_empty() {
        tokens.push(PathToken::Wildcard);
    }
    JaywayPath::new(String::new(), path.root, tokens)
}

fn as_index(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{JaywayPath, JaywayPathError};

    fn find(path: &str, value: &Value) -> Result<Value, String> {
        let path = JaywayPath::parse(path).map_err(|error| error.to_string())?;
        path.find_value(value).map(std::borrow::Cow::into_owned).map_err(|error| error.to_string())
    }

    #[test]
    fn a_definite_path_gives_the_value_or_an_error() {
        let value = json!({"a": {"b": [1, null]}});
        assert_eq!(find("$.a.b[-1]", &value), Ok(Value::Null));
        assert_eq!(find("$.x", &value), Err("No results for path: $['x']".into()));
        assert_eq!(find("$.x.y", &value), Err("Missing property in path $['x']".into()));
        assert_eq!(find("$.a.b[5]", &value), Err("No results for path: $['a']['b'][5]".into()));
    }

    #[test]
    fn an_indefinite_path_gives_a_list() {
        let value = json!({"a": [{"b": 1}, {"c": 2}, {"b": 3}]});
        assert_eq!(find("$.a[*].b", &value), Ok(json!([1, 3])));
        assert_eq!(find("$.a[0,2].b", &value), Ok(json!([1, 3])));
        assert_eq!(find("$..b", &value), Ok(json!([1, 3])));
        assert_eq!(find("$.a[9:]", &value), Ok(json!([])));
    }

    #[test]
    fn an_indefinite_path_needs_its_definite_beginning() {
        let missing = Err("Missing property in path $['x']".into());
        assert_eq!(find("$.x[*]", &json!({})), missing);
        assert_eq!(find("$.x[?(@.a)]", &json!({})), missing);
    }

    #[test]
    fn a_property_of_what_is_no_object_names_the_java_class() {
        let message = find("$.a.b", &json!({"a": "x"})).expect_err("it fails");
        assert!(message.starts_with(
            "Expected to find an object with property ['b'] in path $['a'] but found \
             'java.lang.String'."
        ));
    }

    #[test]
    fn several_names_pick_an_object_at_the_end_and_branch_before_it() {
        let value = json!({"a": {"x": 1}, "b": {"x": 2}, "c": 3});
        assert_eq!(find("$['a','c','nope']", &value), Ok(json!({"a": {"x": 1}, "c": 3})));
        assert_eq!(find("$['a','b'].x", &value), Ok(json!([1, 2])));
    }

    #[test]
    fn slices_clip_and_negative_ones_wrap() {
        let value = json!([5, 3, 9, 1]);
        assert_eq!(find("$[1:3]", &value), Ok(json!([3, 9])));
        assert_eq!(find("$[:-1]", &value), Ok(json!([5, 3, 9])));
        assert_eq!(find("$[-3:-1]", &value), Ok(json!([3, 9])));
        assert_eq!(find("$[-2:1]", &value), Ok(json!([9, 1, 5])));
        assert_eq!(find("$[-2000000000:1]", &value), Ok(json!([5, 3, 9, 1, 5])));
    }

    #[test]
    fn a_function_behind_a_scan_takes_all_it_finds() {
        let value = json!({"a": [{"n": [1, 2]}, {"n": [3]}]});
        assert_eq!(find("$..n.length()", &value), Ok(json!(3)));
    }

    #[test]
    fn a_function_in_the_middle_is_walked_into() {
        let value = json!({"a": [{"b": 1}, {"b": 2}]});
        assert_eq!(find("$.a.index(-1).b", &value), Ok(json!(2)));
    }

    #[test]
    fn what_follows_empty_parentheses_is_read_as_a_property_as_in_jayway() {
        let message = "Missing property in path $['a'][')']";
        assert_eq!(find("$.a.last().b", &json!({"a": [{"b": 1}]})), Err(message.into()));
    }

    #[test]
    fn a_costly_path_is_given_up() {
        let mut value = json!(1);
        for _ in 0..100 {
            value = json!([value, 1]);
        }
        let path = JaywayPath::parse("$..*..*..*..*..*").expect("the path is well-formed");
        assert!(matches!(path.find_value(&value), Err(JaywayPathError::TooCostly(_))));
    }

    #[test]
    fn a_deep_value_does_not_exhaust_the_stack() {
        let mut value = json!(1);
        for _ in 0..2_000 {
            value = Value::Array(vec![value]);
        }
        let path = JaywayPath::parse("$..[0]").expect("the path is well-formed");
        assert!(matches!(path.find_value(&value), Err(JaywayPathError::TooCostly(_))));
        // Dropping a nested value recurses as deep as it is nested.
        while let Value::Array(mut items) = value {
            value = items.pop().unwrap_or(Value::Null);
        }
    }
}
