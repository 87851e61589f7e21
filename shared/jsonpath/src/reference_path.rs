//! Reference paths: each names the one location where a result is stored.

use std::fmt;

use serde_json::{Map, Value};

use crate::path::{JaywayPath, JaywayPathSyntaxError, PathToken};

/// A compiled path of names and indexes only, e.g. of `ResultPath`: `$`, `$.a.b`, `$['a'][0]`.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    text: String,
    steps: Vec<ReferenceStep>,
}

#[derive(Debug, Clone)]
enum ReferenceStep {
    Name(String),
    Index(usize),
}

/// The error of a reference path that does not fit a value.
///
/// `Display` gives AWS's text, as observed in causes of executions:
/// `Unable to apply step "a" to input {"b":1}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unable to apply step \"{step}\" to input {input}")]
pub struct ReferencePathConflict {
    /// The step that cannot be applied: a name or an index.
    pub step: String,
    /// The whole value, as compact JSON.
    pub input: String,
}

impl ReferencePathConflict {
    /// Returns the name of the workflow error. AWS documents `States.ResultPathMatchFailure`, but
    /// reports this one.
    pub fn error_name(&self) -> &'static str {
        "States.ReferencePathConflict"
    }
}

impl ReferencePath {
    /// Compiles a reference path: no wildcards, filters, slices, functions, variables or context.
    pub fn parse(text: &str) -> Result<Self, JaywayPathSyntaxError> {
        let path = JaywayPath::parse(text)?;
        let steps = path.path_tokens().iter().map(reference_step).collect::<Option<_>>();
        match steps {
            Some(steps) => Ok(Self { text: text.to_owned(), steps }),
            None => Err(JaywayPathSyntaxError::new(format!("{text} is not a reference path"))),
        }
    }

    /// Returns the text the path was compiled from.
    pub fn source_text(&self) -> &str {
        &self.text
    }

    /// Returns whether the path is `$`, so that the result replaces the whole value.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Stores `value` at the path's location in `into` and creates missing objects on the way.
    ///
    /// An index needs an array that already has this item. A name needs an object or a missing
    /// value as its parent.
    pub fn insert_value(&self, into: Value, value: Value) -> Result<Value, ReferencePathConflict> {
        if self.is_root() {
            return Ok(value);
        }
        if let Some(step) = self.first_conflict(&into) {
            return Err(ReferencePathConflict { step: step.to_string(), input: into.to_string() });
        }
        let mut result = into;
        *create_target(&mut result, &self.steps) = value;
        Ok(result)
    }

    /// The first step that does not fit the value.
    fn first_conflict(&self, into: &Value) -> Option<&ReferenceStep> {
        let mut place = Some(into);
        for step in &self.steps {
            place = match (step, place) {
                (ReferenceStep::Name(name), Some(Value::Object(members))) => members.get(name),
                (ReferenceStep::Name(_), None) => None,
                (ReferenceStep::Index(index), Some(Value::Array(items)))
                    if *index < items.len() =>
                {
                    items.get(*index)
                }
                (ReferenceStep::Name(_) | ReferenceStep::Index(_), _) => return Some(step),
            };
        }
        None
    }
}

impl fmt::Display for ReferenceStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

/// Returns the location the steps lead to and creates missing objects. The steps must fit.
fn create_target<'v>(value: &'v mut Value, steps: &[ReferenceStep]) -> &'v mut Value {
    steps.iter().fold(value, |place, step| match step {
        ReferenceStep::Name(name) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            &mut place[name.as_str()]
        }
        ReferenceStep::Index(index) => &mut place[*index],
    })
}

fn reference_step(token: &PathToken) -> Option<ReferenceStep> {
    match token {
        PathToken::Properties { names, .. } => match names.as_slice() {
            // AWS reserves these characters in reference paths.
            [name] if !name.contains(['@', ',', ':', '?', '*']) => {
                Some(ReferenceStep::Name(name.clone()))
            }
            _ => None,
        },
        PathToken::Indexes(indexes) => match indexes.as_slice() {
            [index] => usize::try_from(*index).ok().map(ReferenceStep::Index),
            _ => None,
        },
        PathToken::Wildcard
        | PathToken::Scan
        | PathToken::Slice { .. }
        | PathToken::Filter(_)
        | PathToken::Function { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ReferencePath;

    fn insert(path: &str, into: Value) -> Result<Value, String> {
        let path = ReferencePath::parse(path).map_err(|error| error.to_string())?;
        path.insert_value(into, json!("new")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_root_is_replaced() {
        assert_eq!(insert("$", json!([1])), Ok(json!("new")));
    }

    #[test]
    fn objects_are_made_on_the_way() {
        assert_eq!(insert("$.a.b", json!({"x": 1})), Ok(json!({"x": 1, "a": {"b": "new"}})));
        assert_eq!(insert("$.a", json!({"a": 1, "b": 2})), Ok(json!({"a": "new", "b": 2})));
    }

    #[test]
    fn an_item_must_exist() {
        assert_eq!(insert("$.a[1]", json!({"a": [1, 2]})), Ok(json!({"a": [1, "new"]})));
        assert!(insert("$.a[2]", json!({"a": [1, 2]})).is_err());
    }

    #[test]
    fn a_name_needs_an_object() {
        assert_eq!(
            insert("$.a.b", json!({"a": 1})),
            Err(r#"Unable to apply step "b" to input {"a":1}"#.into())
        );
        assert!(insert("$.a", json!("text")).is_err());
        assert!(insert("$.a", Value::Null).is_err());
    }

    #[test]
    fn what_names_several_places_is_refused() {
        for text in ["$.*", "$..a", "$[0,1]", "$[1:]", "$['a','b']", "$.a.length()", "$[?(@.a)]"] {
            assert!(ReferencePath::parse(text).is_err(), "{text}");
        }
        for text in ["$$.a", "$x", "$[-1]", "$.a@b", "a"] {
            assert!(ReferencePath::parse(text).is_err(), "{text}");
        }
    }
}
