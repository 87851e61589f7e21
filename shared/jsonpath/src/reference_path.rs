//! Paths which name one place, to put a result there.

use serde_json::{Map, Value};

use crate::path::{Path, PathSyntaxError, Token};

/// A path of names and indexes only, e.g. of `ResultPath`: `$`, `$.a.b`, `$['a'][0]`.
#[derive(Debug, Clone)]
pub struct ReferencePath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Name(String),
    Index(usize),
}

/// The place a result should go to cannot exist. Display is AWS's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Unable to apply ReferencePath {path} to input {input}")]
pub struct InsertError {
    /// The reference path.
    pub path: String,
    /// The value it was applied to, as compact JSON.
    pub input: String,
}

impl InsertError {
    /// The workflow error AWS documents for it.
    pub fn error_name(&self) -> &'static str {
        "States.ResultPathMatchFailure"
    }
}

impl ReferencePath {
    /// Compiles a reference path: no wildcards, filters, slices, functions, variables or context.
    pub fn parse(text: &str) -> Result<Self, PathSyntaxError> {
        let path = Path::parse(text)?;
        let steps = path.tokens().iter().map(step).collect::<Option<_>>();
        match steps {
            Some(steps) => Ok(Self { text: text.to_owned(), steps }),
            None => Err(PathSyntaxError::new(format!("{text} is not a reference path"))),
        }
    }

    /// The text the path was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the path is `$`: the result takes the place of everything.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Puts `value` at this place, creating objects on the way.
    ///
    /// An array item must exist already; a name needs an object, or nothing, in its place.
    pub fn insert(&self, into: Value, value: Value) -> Result<Value, InsertError> {
        if self.is_root() {
            return Ok(value);
        }
        if !self.fits(&into) {
            return Err(InsertError { path: self.text.clone(), input: into.to_string() });
        }
        let mut result = into;
        *descend(&mut result, &self.steps) = value;
        Ok(result)
    }

    /// Whether every step that exists already is of the right kind.
    fn fits(&self, into: &Value) -> bool {
        let mut place = Some(into);
        for step in &self.steps {
            place = match (step, place) {
                (Step::Name(name), Some(Value::Object(members))) => members.get(name),
                (Step::Name(_), None) => None,
                (Step::Index(index), Some(Value::Array(items))) => match items.get(*index) {
                    None => return false,
                    item => item,
                },
                (Step::Name(_) | Step::Index(_), _) => return false,
            };
        }
        true
    }
}

/// The place the steps lead to, made on the way. The steps must fit.
fn descend<'v>(value: &'v mut Value, steps: &[Step]) -> &'v mut Value {
    steps.iter().fold(value, |place, step| match step {
        Step::Name(name) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            &mut place[name.as_str()]
        }
        Step::Index(index) => &mut place[*index],
    })
}

fn step(token: &Token) -> Option<Step> {
    match token {
        Token::Properties { names, .. } => match names.as_slice() {
            // AWS reserves these characters in reference paths.
            [name] if !name.contains(['@', ',', ':', '?', '*']) => Some(Step::Name(name.clone())),
            _ => None,
        },
        Token::Indexes(indexes) => match indexes.as_slice() {
            [index] => usize::try_from(*index).ok().map(Step::Index),
            _ => None,
        },
        Token::Wildcard
        | Token::Scan
        | Token::Slice { .. }
        | Token::Filter(_)
        | Token::Function { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ReferencePath;

    fn insert(path: &str, into: Value) -> Result<Value, String> {
        let path = ReferencePath::parse(path).map_err(|error| error.to_string())?;
        path.insert(into, json!("new")).map_err(|error| error.to_string())
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
            Err(r#"Unable to apply ReferencePath $.a.b to input {"a":1}"#.into())
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
