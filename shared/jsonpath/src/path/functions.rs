//! The functions a path may end in: `$.a.length()`, `$.sum($.a, $.b)`.

use serde_json::{Number, Value};

use super::JaywayPathError;

/// A path function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathFunction {
    Average,
    StandardDeviation,
    Sum,
    Minimum,
    Maximum,
    Concatenate,
    Length,
    Append,
    Keys,
    First,
    Last,
    Index,
}

impl PathFunction {
    /// The function with a name, if there is one.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "avg" => Self::Average,
            "stddev" => Self::StandardDeviation,
            "sum" => Self::Sum,
            "min" => Self::Minimum,
            "max" => Self::Maximum,
            "concat" => Self::Concatenate,
            "length" | "size" => Self::Length,
            "append" => Self::Append,
            "keys" => Self::Keys,
            "first" => Self::First,
            "last" => Self::Last,
            "index" => Self::Index,
            _ => return None,
        })
    }

    /// Whether a path argument stands for the children of what it selects.
    pub(crate) fn counts_children(self) -> bool {
        self == Self::Length
    }
}

/// Returns the function, or an error if it is unknown. Unknown functions fail only when called.
pub(crate) fn require_known_function(
    function: Option<PathFunction>,
    name: &str,
) -> Result<PathFunction, JaywayPathError> {
    function.ok_or_else(|| {
        JaywayPathError::Unfit(format!("Function with name: {name} does not exist."))
    })
}

/// Calls a function on a value.
pub(crate) fn call_path_function(
    function: PathFunction,
    model: &Value,
    arguments: &[Value],
) -> Result<Value, JaywayPathError> {
    match function {
        PathFunction::Average => {
            aggregate_numbers(model, arguments, |n| sum_numbers(n) / count_numbers(n))
        }
        PathFunction::StandardDeviation => aggregate_numbers(model, arguments, |n| {
            let squares: f64 = n.iter().map(|x| x * x).sum();
            let total = sum_numbers(n);
            (squares / count_numbers(n) - total * total / count_numbers(n) / count_numbers(n))
                .sqrt()
        }),
        PathFunction::Sum => aggregate_numbers(model, arguments, sum_numbers),
        PathFunction::Minimum => {
            aggregate_numbers(model, arguments, |n| n.iter().copied().fold(f64::INFINITY, f64::min))
        }
        PathFunction::Maximum => aggregate_numbers(model, arguments, |n| {
            n.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        }),
        PathFunction::Concatenate => Ok(Value::String(concatenate_texts(model, arguments))),
        PathFunction::Length => Ok(count_items(model, arguments)),
        PathFunction::Append => Ok(append_items(model, arguments)),
        PathFunction::Keys => Ok(model
            .as_object()
            .map_or(Value::Null, |members| members.keys().cloned().map(Value::String).collect())),
        PathFunction::First => item_at(model, 0),
        PathFunction::Last => item_at(model, -1),
        PathFunction::Index => {
            let position = collect_numbers(&Value::Null, arguments).first().copied();
            let position = position.ok_or_else(|| failed_error("index needs a number"))?;
            // Java's `intValue` rounds towards zero.
            #[expect(clippy::cast_possible_truncation, reason = "saturates, as Java's does")]
            item_at(model, position as i64)
        }
    }
}

fn failed_error(message: impl Into<String>) -> JaywayPathError {
    JaywayPathError::Failed(message.into())
}

fn no_numbers_error() -> JaywayPathError {
    failed_error("Aggregation function attempted to calculate value using empty array")
}

/// The numbers in an array and in the arguments.
fn collect_numbers(model: &Value, arguments: &[Value]) -> Vec<f64> {
    let items = model.as_array().map_or(&[][..], Vec::as_slice);
    let given = arguments.iter().flat_map(|argument| {
        argument.as_array().map_or_else(|| std::slice::from_ref(argument), Vec::as_slice)
    });
    items.iter().chain(given).filter_map(Value::as_f64).collect()
}

fn aggregate_numbers(
    model: &Value,
    arguments: &[Value],
    fold: impl FnOnce(&[f64]) -> f64,
) -> Result<Value, JaywayPathError> {
    let numbers = collect_numbers(model, arguments);
    if numbers.is_empty() {
        return Err(no_numbers_error());
    }
    Ok(Number::from_f64(fold(&numbers)).map_or(Value::Null, Value::Number))
}

fn sum_numbers(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

#[expect(clippy::cast_precision_loss, reason = "no list has 2^53 items")]
fn count_numbers(numbers: &[f64]) -> f64 {
    numbers.len() as f64
}

fn concatenate_texts(model: &Value, arguments: &[Value]) -> String {
    let mut result = String::new();
    if let Value::Array(items) = model {
        items.iter().filter_map(Value::as_str).for_each(|text| result.push_str(text));
    }
    for argument in arguments {
        match argument {
            Value::Array(items) => items
                .iter()
                .filter(|item| !item.is_null())
                .for_each(|item| result.push_str(&crate::java::java_to_string(item))),
            Value::String(text) => result.push_str(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
        }
    }
    result
}

fn count_items(model: &Value, arguments: &[Value]) -> Value {
    let counted = arguments.first().filter(|value| value.is_array()).unwrap_or(model);
    match counted {
        Value::Array(items) => items.len().into(),
        Value::Object(members) => members.len().into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}

fn append_items(model: &Value, arguments: &[Value]) -> Value {
    model
        .as_array()
        .map_or_else(|| model.clone(), |items| items.iter().chain(arguments).cloned().collect())
}

fn item_at(model: &Value, position: i64) -> Result<Value, JaywayPathError> {
    let Value::Array(items) = model else {
        return Err(no_numbers_error());
    };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let effective = if position < 0 { position.saturating_add(length) } else { position };
    let item = usize::try_from(effective).ok().and_then(|i| items.get(i));
    item.cloned().ok_or_else(|| {
        failed_error(format!("Target index:{position} larger than object count:{length}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{PathFunction, call_path_function};

    fn apply(name: &str, model: &Value, arguments: &[Value]) -> Option<Value> {
        call_path_function(PathFunction::from_name(name)?, model, arguments).ok()
    }

    #[test]
    fn aggregates_are_floating_point_numbers() {
        let model = json!([2, 4, "x", 6]);
        assert_eq!(apply("sum", &model, &[]), Some(json!(12.0)));
        assert_eq!(apply("avg", &model, &[json!([8])]), Some(json!(5.0)));
        assert_eq!(apply("min", &model, &[json!(1)]), Some(json!(1.0)));
        assert_eq!(apply("max", &model, &[]), Some(json!(6.0)));
        assert_eq!(apply("stddev", &json!([1, 3]), &[]), Some(json!(1.0)));
    }

    #[test]
    fn an_aggregate_of_nothing_fails() {
        assert_eq!(apply("sum", &json!([]), &[]), None);
    }

    #[test]
    fn items_are_counted_from_both_ends() {
        let model = json!(["a", "b", "c"]);
        assert_eq!(apply("first", &model, &[]), Some(json!("a")));
        assert_eq!(apply("last", &model, &[]), Some(json!("c")));
        assert_eq!(apply("index", &model, &[json!(-2)]), Some(json!("b")));
        assert_eq!(apply("index", &model, &[json!(3)]), None);
    }

    #[test]
    fn lists_grow_and_texts_join() {
        assert_eq!(apply("append", &json!([1]), &[json!(2)]), Some(json!([1, 2])));
        assert_eq!(apply("concat", &json!(["a", 1, "b"]), &[json!("c")]), Some(json!("abc")));
        assert_eq!(apply("keys", &json!({"a": 1, "b": 2}), &[]), Some(json!(["a", "b"])));
        assert_eq!(apply("length", &json!("text"), &[]), Some(Value::Null));
    }
}
