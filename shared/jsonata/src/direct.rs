//! Direct paths: expressions that only select, e.g. `$states.input.a.b`, `$x.a` or
//! `$x.items[price > 10].id`.
//!
//! Their value is found directly in the JSON, without converting it for the engine. This is several
//! times faster, and integers beyond 2^53 stay exact if one value is selected, as they do on AWS.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "few of the engine's many variants matter here"
)]

mod condition;
mod selection;

use jsonata_core::ast::{AstNode, PathStep, Stage};
use serde_json::Value;

use self::condition::ItemCondition;
use crate::session::{JsonataSession, StatesMember};

/// A variable and the steps from its value to what is selected.
#[derive(Debug)]
pub(crate) struct DirectPath {
    root: DirectRoot,
    steps: Vec<DirectStep>,
}

#[derive(Debug)]
struct DirectStep {
    name: String,
    /// Conditions on the items of an array. At most one step of a path has conditions.
    conditions: Vec<ItemCondition>,
}

#[derive(Debug)]
enum DirectRoot {
    Member(StatesMember),
    Variable(String),
}

/// The result of looking up a direct path.
pub(crate) enum DirectLookup<'v> {
    /// This value of the input or of a variable.
    Value(&'v Value),
    /// The value selected from the items of an array.
    Selected(Value),
    /// The path leads to no value.
    Nothing,
    /// The engine must evaluate the path: the values have unusual shapes, or the path may start
    /// from a function's name.
    Unknown,
}

impl DirectPath {
    /// Compiles an expression; `None` if it does more than select.
    pub(crate) fn from_ast(ast: &AstNode) -> Option<Self> {
        let path = match ast {
            AstNode::Variable(name) if !matches!(&**name, "" | "states") => {
                return Some(Self { root: DirectRoot::Variable(name.clone()), steps: Vec::new() });
            }
            AstNode::Path { steps } => steps,
            _ => return None,
        };
        let (first, rest) = path.split_first()?;
        let AstNode::Variable(variable) = &first.node else { return None };
        let mut steps = rest.iter().map(DirectStep::from_path_step).collect::<Option<Vec<_>>>()?;
        let (root, root_steps) = match &**variable {
            "" => return None,
            "states" => (DirectRoot::Member(StatesMember::from_name(&steps.first()?.name)?), 1),
            name => (DirectRoot::Variable(name.to_owned()), 0),
        };
        let is_conditional = |step: &DirectStep| !step.conditions.is_empty();
        let conditional = steps.iter().filter(|step| is_conditional(step)).count();
        if !is_plain(first)
            || !first.stages.is_empty()
            || steps.iter().take(root_steps).any(is_conditional)
            || conditional > 1
        {
            return None;
        }
        steps.drain(..root_steps);
        Some(Self { root, steps })
    }

    /// Looks up what the path selects.
    pub(crate) fn find_value<'v>(&self, session: &JsonataSession<'v>) -> DirectLookup<'v> {
        let root = match &self.root {
            DirectRoot::Member(member) => session.member_value(*member),
            DirectRoot::Variable(name) => session.variable_value(name),
        };
        let Some(mut value) = root else {
            // A name that is not a variable may be a function's, and a function is not JSON.
            return match &self.root {
                DirectRoot::Member(_) => DirectLookup::Nothing,
                DirectRoot::Variable(_) => DirectLookup::Unknown,
            };
        };
        for (i, step) in self.steps.iter().enumerate() {
            match value {
                Value::Array(items) => {
                    return selection::select_items(items, &[], &self.steps[i..], session);
                }
                Value::Object(members) => match (members.get(&step.name), &*step.conditions) {
                    (Some(member), []) => value = member,
                    (Some(Value::Array(items)), conditions) => {
                        let rest = &self.steps[i + 1..];
                        return selection::select_items(items, conditions, rest, session);
                    }
                    (Some(_), _) => return DirectLookup::Unknown,
                    (None, _) => return DirectLookup::Nothing,
                },
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return DirectLookup::Nothing;
                }
            }
        }
        DirectLookup::Value(value)
    }
}

impl DirectStep {
    fn from_path_step(step: &PathStep) -> Option<Self> {
        let AstNode::Name(name) = &step.node else { return None };
        if !is_plain(step) {
            return None;
        }
        let conditions = step.stages.iter().map(|stage| match stage {
            Stage::Filter(filter) => ItemCondition::from_filter(filter),
            Stage::KeepArray | Stage::Index(_) => None,
        });
        Some(Self { name: name.clone(), conditions: conditions.collect::<Option<_>>()? })
    }
}

/// Whether a step only selects and perhaps filters, but binds nothing.
fn is_plain(step: &PathStep) -> bool {
    !step.is_tuple
        && !step.inner_tuple
        && step.focus.is_none()
        && step.index_var.is_none()
        && step.ancestor_label.is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{DirectLookup, DirectPath};
    use crate::{JsonataBindings, JsonataExpression, JsonataSession};

    const FILTERS: [&str; 25] = [
        "[p > 10]",
        "[p >= 10]",
        "[p < 10]",
        "[p <= 10]",
        "[p = 10]",
        "[p != 10]",
        "[p = 'x']",
        "[p != 'x']",
        "[p > 'a']",
        "[p = true]",
        "[p != false]",
        "[p > true]",
        "[p.q = 1]",
        "[p.p >= 10]",
        "[p = 10][q = 1]",
        "[n = 1]",
        "[n = 1 and p = 10]",
        "[n = 2 and p > 'a']",
        "[p = 10 or q = 1]",
        "[n = 1 or p > true]",
        "[p = 'x' or q >= 2 and n = 1]",
        "[p = $states.input.number]",
        "[p != $states.input.text]",
        "[p > $states.input.a]",
        "[p = $states.input.nothing]",
    ];

    fn direct(source: &str) -> Option<DirectPath> {
        DirectPath::from_ast(
            &jsonata_core::parser::parse(source).expect("the expression is well-formed"),
        )
    }

    fn expression(source: &str) -> JsonataExpression {
        let expression = JsonataExpression::parse(&format!("{{% {source} %}}"));
        expression.expect("the expression is well-formed")
    }

    fn value(
        expression: &JsonataExpression,
        session: &JsonataSession<'_>,
    ) -> Result<String, String> {
        let value = expression.evaluate(session, "Output");
        value
            .map(|value| value.to_string())
            .map_err(|error| error.to_string().replace(expression.source(), ""))
    }

    /// Asserts that a path selects what the engine selects. Returns the number of inputs for which
    /// it selected from an array without the engine.
    fn check(source: &str, inputs: &[Value]) -> usize {
        // An expression in parentheses is not a direct path, so the engine evaluates it.
        let in_parentheses = format!("({source})");
        assert!(direct(&in_parentheses).is_none());
        let path = direct(source).expect("the expression names places");
        let (ours, engines) = (expression(source), expression(&in_parentheses));
        let variables = Map::new();
        let mut selected = 0;
        for input in inputs {
            let bindings = JsonataBindings {
                input,
                context: None,
                result: None,
                error_output: None,
                variables: &variables,
            };
            let session = JsonataSession::new(bindings, 0, 0);
            assert_eq!(value(&ours, &session), value(&engines, &session), "{source} {input}");
            selected += usize::from(matches!(path.find_value(&session), DirectLookup::Selected(_)));
        }
        selected
    }

    fn inputs() -> Vec<Value> {
        let values = json!([
            1, 2.0, 10, 1e3, -0.0, u64::MAX, "x", "10", "", true, false, null, [], [1],
            [{"p": 10}], {}, {"p": 10, "q": 1.0}, {"p": "x"}, {"p": [10]}, {"p": {"q": 1}},
            [[1], 2],
        ]);
        let values = values.as_array().cloned().unwrap_or_default();
        let item = |p: &Value, q: &Value| json!({"p": p, "q": q, "n": 1});
        let mut lists = vec![json!([]), json!([1, 2]), json!([[item(&json!(11), &json!(1))]])];
        for one in &values {
            lists.push(json!([one]));
            lists.push(json!([item(one, &json!(1))]));
            let several = |other| json!([item(one, other), item(other, one), {"q": one}]);
            lists.extend(values.iter().map(several));
        }
        lists.iter().map(|list| json!({"a": list, "number": 10, "text": "x"})).collect()
    }

    #[test]
    fn what_is_selected_from_an_array_is_what_the_engine_selects() {
        let filtered = FILTERS.iter().flat_map(|filter| {
            ["", ".q", ".p.q", ".nope"].map(|rest| format!("$states.input.a{filter}{rest}"))
        });
        let mapped = [".p", ".p.q"].map(|rest| format!("$states.input.a{rest}"));
        let inputs = inputs();
        let selected: usize = filtered.chain(mapped).map(|source| check(&source, &inputs)).sum();
        assert!(selected > 1_000, "only {selected} selections needed no engine");
    }

    #[test]
    fn a_path_that_does_more_than_name_and_compare_is_the_engines() {
        for source in [
            "$states.input.a[0]",
            "$states.input.a[].b",
            "$states.input.a[p > q]",
            "$states.input.a[p > 1 and q]",
            "$states.input.a[p > $]",
            "$states.input.a[p = $states.input.b[q = 1]]",
            "$states.input.a[$.p > 1]",
            "$states.input.a[p = 1].b[q = 1]",
            "$states.input[p = 1]",
            "$x[p = 1]",
            "$states.input.a@$x.b",
            "$states.input.a#$i.b",
            "$states.input.a.(%.b)",
            "$states.input.*",
            "$states",
        ] {
            assert!(direct(source).is_none(), "{source}");
        }
    }
}
