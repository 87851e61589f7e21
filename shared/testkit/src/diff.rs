//! Line-by-line differences between expected and actual results.

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

/// Lines of context shown around a difference.
const CONTEXT_LINES: usize = 3;

/// The lines that differ, with context: `-` for expected, `+` for actual.
pub(crate) fn diff_lines(expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let mut shown = Vec::new();
    for (at, group) in diff.grouped_ops(CONTEXT_LINES).iter().enumerate() {
        if at > 0 {
            shown.push("  ...\n".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let line: &str = change.value();
            shown.push(format!("{sign} {}\n", line.trim_end_matches('\n')));
        }
    }
    shown.concat()
}

/// The difference of two JSON values, ignoring the order of members.
pub(crate) fn diff_json_values(expected: &Value, actual: &Value) -> String {
    diff_lines(&pretty_json(expected), &pretty_json(&reorder_members(expected, actual)))
}

/// The value as indented JSON, with a line break at the end.
pub(crate) fn pretty_json(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Sorts the members of `value` in the order of `model`; members that `model` lacks come last.
fn reorder_members(model: &Value, value: &Value) -> Value {
    match (model, value) {
        (Value::Object(model), Value::Object(value)) => {
            let mut ordered = Map::new();
            for (name, inner) in model {
                if let Some(own) = value.get(name) {
                    ordered.insert(name.clone(), reorder_members(inner, own));
                }
            }
            for (name, own) in value {
                ordered.entry(name.clone()).or_insert_with(|| own.clone());
            }
            ordered.into()
        }
        (Value::Array(model), Value::Array(value)) => {
            let ordered = value.iter().enumerate().map(|(at, own)| {
                model.get(at).map_or_else(|| own.clone(), |model| reorder_members(model, own))
            });
            ordered.collect()
        }
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_shows_its_line_and_no_other_order() {
        let (expected, actual) =
            (json!({"a": 1, "b": {"c": [1, 2]}}), json!({"b": {"c": [1, 3]}, "a": 1}));
        assert_eq!(
            diff_json_values(&expected, &actual),
            "    \"b\": {\n      \"c\": [\n        1,\n-       2\n+       3\n      ]\n    }\n  }\n"
        );
    }

    #[test]
    fn far_lines_are_left_out() {
        let text = |middle: &str| format!("a\nb\nc\nd\ne\n{middle}\nf\ng\nh\ni\nj\n");
        let expected = "  c\n  d\n  e\n- x\n+ y\n  f\n  g\n  h\n";
        assert_eq!(diff_lines(&text("x"), &text("y")), expected);
    }
}
