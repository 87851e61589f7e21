//! Applies a compiled path to a value.
//!
//! Invariant: the recursion is as deep as the value or the path's nesting, whichever is more, and
//! both are capped; the visits of one application, those of its filters included, are counted and
//! capped (test `a_costly_path_is_given_up`).

mod items;
mod members;
mod scan;
mod search;
mod trail;

use std::{borrow::Cow, cell::Cell};

use serde_json::Value;

use self::{search::Search, trail::Trail};
use super::{
    Path, PathError, functions,
    token::{Argument, Root, Token},
};

/// What all steps of one application share.
pub(crate) struct Application<'d, 'c> {
    /// What `$` means, also inside filters.
    document: &'d Value,
    /// Visits left before the application is given up.
    visits: &'c Cell<u64>,
    purpose: Purpose,
    /// How deep the walk stands that this application is part of: filters walk, too.
    depth: usize,
}

/// What a path is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For its value, or the reason why there is none.
    Answer,
    /// For its value within a filter: nobody reads the reason, so it is not put into words.
    Operand,
    /// To know within a filter whether it leads somewhere: a missing property is an error even
    /// below indefinite steps.
    Existence,
}

/// Applies a path to a document.
pub(crate) fn find<'v>(path: &Path, document: &'v Value) -> Result<Cow<'v, Value>, PathError> {
    let visits = Cell::new(Path::VISITS_MAX);
    let application = Application { document, visits: &visits, purpose: Purpose::Answer, depth: 0 };
    application.find(path, document)
}

impl<'d> Application<'d, '_> {
    /// The same application for another purpose.
    pub(crate) fn for_purpose(&self, purpose: Purpose) -> Self {
        Self { purpose, ..*self }
    }

    /// Whether missing properties are errors.
    fn requires_properties(&self) -> bool {
        self.purpose == Purpose::Existence
    }

    /// A reason, if someone will read it.
    fn reason(&self, words: impl FnOnce() -> String) -> String {
        if self.purpose == Purpose::Answer { words() } else { String::new() }
    }

    /// The same application, as part of a walk that stands `depth` further down.
    fn below(&self, depth: usize) -> Self {
        Self { depth: self.depth + depth, ..*self }
    }

    /// Applies a path to the document or, if it starts with `@`, to `item`.
    pub(crate) fn find<'v>(&self, path: &Path, item: &'v Value) -> Result<Cow<'v, Value>, PathError>
    where
        'd: 'v,
    {
        let start = match path.root {
            Root::Document => self.document,
            Root::Item => item,
        };
        if path.tokens.is_empty() {
            return Ok(Cow::Borrowed(start));
        }
        let mut search = Search::new(self, path);
        let trail = Trail::root(path.root.symbol());
        search.step(0, &trail, start)?;
        if path.definite {
            let last = search.found.pop();
            return last.ok_or_else(|| {
                PathError::NotFound(self.reason(|| format!("No results for path: {path}")))
            });
        }
        if self.purpose == Purpose::Existence {
            // Nobody looks at the list, so it is not made.
            return Ok(Cow::Borrowed(start));
        }
        let mut list = Vec::with_capacity(search.found.len());
        for found in search.found {
            if let Cow::Borrowed(value) = found {
                self.charge(path, weight(value))?;
            }
            list.push(found.into_owned());
        }
        Ok(Cow::Owned(Value::Array(list)))
    }

    /// Calls a path function on a value.
    fn call(
        &self,
        path: &Path,
        function: functions::Function,
        model: &Value,
        arguments: &[Argument],
    ) -> Result<Value, PathError> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(match argument {
                Argument::Json(Some(value)) => value.clone(),
                Argument::Json(None) => {
                    return Err(PathError::Failed("malformed JSON argument".to_owned()));
                }
                Argument::Path(path) if function.counts_children() => {
                    let inner = Application { document: model, ..*self };
                    inner.find(&children(path), model)?.into_owned()
                }
                Argument::Path(path) => self.find(path, self.document)?.into_owned(),
            });
        }
        let result = functions::call(function, model, &values)?;
        self.charge(path, weight(&result))?;
        Ok(result)
    }

    /// Counts a visit.
    fn visit(&self, path: &Path, depth: usize) -> Result<(), PathError> {
        if self.depth + depth > Path::DEPTH_MAX {
            return Err(PathError::TooCostly(path.to_string()));
        }
        self.charge(path, 1)
    }

    /// Counts work that is worth so many visits.
    fn charge(&self, path: &Path, visits: u64) -> Result<(), PathError> {
        match self.visits.get().checked_sub(visits) {
            Some(left) => {
                self.visits.set(left);
                Ok(())
            }
            None => Err(PathError::TooCostly(path.to_string())),
        }
    }
}

/// How many visits copying a value is worth.
fn weight(value: &Value) -> u64 {
    /// As many bytes of a text as take about the time of a visit.
    const BYTES_PER_VISIT: usize = 64;
    let text = |text: &str| u64::try_from(text.len() / BYTES_PER_VISIT).unwrap_or(u64::MAX);
    1 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(content) => text(content),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| text(name) + weight(value)).sum()
        }
    }
}

/// The path to all that lies directly below what a path names.
fn children(path: &Path) -> Path {
    let mut tokens = path.tokens.clone();
    let is_call = matches!(tokens.last(), Some(Token::Function { .. }));
    if !is_call && !tokens.is_empty() {
        tokens.push(Token::Wildcard);
    }
    Path::new(String::new(), path.root, tokens)
}

fn as_index(position: usize) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Path, PathError};

    fn find(path: &str, value: &Value) -> Result<Value, String> {
        let path = Path::parse(path).map_err(|error| error.to_string())?;
        path.find(value).map(std::borrow::Cow::into_owned).map_err(|error| error.to_string())
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
        let path = Path::parse("$..*..*..*..*..*").expect("the path is well-formed");
        assert!(matches!(path.find(&value), Err(PathError::TooCostly(_))));
    }

    #[test]
    fn a_deep_value_does_not_exhaust_the_stack() {
        let mut value = json!(1);
        for _ in 0..2_000 {
            value = Value::Array(vec![value]);
        }
        let path = Path::parse("$..[0]").expect("the path is well-formed");
        assert!(matches!(path.find(&value), Err(PathError::TooCostly(_))));
        // Dropping a nested value recurses as deep as it is nested.
        while let Value::Array(mut items) = value {
            value = items.pop().unwrap_or(Value::Null);
        }
    }
}
