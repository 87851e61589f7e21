//! Templates: JSON in which every string of the form `{% … %}` is an expression.

use serde_json::{Map, Value};

use crate::{
    evaluation_error::JsonataEvaluationError, expression::JsonataExpression,
    reads::ExpressionReads, session::JsonataSession, syntax_error::JsonataSyntaxError,
};

/// A compiled template.
///
/// Invariant: parsing what [`JsonataTemplate::as_json`] prints gives the same template again
/// (test `a_template_prints_as_it_was_written`).
#[derive(Debug, Clone)]
pub struct JsonataTemplate {
    root: JsonataNode,
    reads: ExpressionReads,
}

#[derive(Debug, Clone)]
enum JsonataNode {
    /// A value without expressions, which is copied as a whole.
    Literal(Value),
    Object(Vec<(String, JsonataNode)>),
    Array(Vec<JsonataNode>),
    Expression(JsonataExpression),
}

/// The maximum nesting of a template. This limit is ours; `serde_json` reads 128 levels anyway.
const NESTING_MAX: usize = 128;

/// The number of mistakes after which no more are collected.
const SYNTAX_ERRORS_MAX: usize = 100;

/// The error of a string in a template that starts like an expression but is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{mistake}")]
pub struct JsonataTemplateError {
    /// The location of the string in the template, as AWS writes it after the field's name, e.g.
    /// `/a/b[0]`; empty for the template itself.
    pub path: String,
    /// What is wrong with the string.
    pub mistake: JsonataSyntaxError,
}

impl JsonataTemplate {
    /// Compiles a template. On failure it reports all mistakes, not only the first.
    pub fn parse(value: &Value) -> Result<Self, Vec<JsonataTemplateError>> {
        let mut mistakes = Vec::new();
        let root = parse_node(value, "", 0, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut reads = ExpressionReads::default();
        visit_node_expressions(&root, "", &mut |expression, _| reads.merge(expression.reads()));
        Ok(Self { root, reads })
    }

    /// Evaluates the template. It stops at the first expression that fails, in the order of keys.
    ///
    /// `field` is the field that contains the template. The locations of errors begin with it.
    pub fn evaluate(
        &self,
        session: &JsonataSession<'_>,
        field: &str,
    ) -> Result<Value, JsonataEvaluationError> {
        evaluate_node(&self.root, session, field)
    }

    /// Returns the template as it was written.
    pub fn as_json(&self) -> Value {
        node_to_json(&self.root)
    }

    /// Returns the variables and members of `$states` that the template's expressions read.
    pub fn reads(&self) -> &ExpressionReads {
        &self.reads
    }

    /// Returns the expression if the whole template is one.
    pub fn as_expression(&self) -> Option<&JsonataExpression> {
        match &self.root {
            JsonataNode::Expression(expression) => Some(expression),
            JsonataNode::Literal(_) | JsonataNode::Object(_) | JsonataNode::Array(_) => None,
        }
    }

    /// Visits the expressions of the template, in order, each with its path in the template.
    pub fn visit_expressions(&self, out: &mut impl FnMut(&JsonataExpression, &str)) {
        visit_node_expressions(&self.root, "", out);
    }
}

fn parse_node(
    value: &Value,
    path: &str,
    depth: usize,
    mistakes: &mut Vec<JsonataTemplateError>,
) -> JsonataNode {
    let mut refuse = |mistake| {
        if mistakes.len() < SYNTAX_ERRORS_MAX {
            mistakes.push(JsonataTemplateError { path: path.to_owned(), mistake });
        }
        JsonataNode::Literal(Value::Null)
    };
    if depth > NESTING_MAX {
        return refuse(JsonataSyntaxError::new("The value is nested too deeply"));
    }
    match value {
        // A string that only starts like an expression is a mistake. Other strings are constants.
        Value::String(text) if text.starts_with("{%") => {
            JsonataExpression::parse(text).map_or_else(refuse, JsonataNode::Expression)
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| {
                (key.clone(), parse_node(value, &format!("{path}/{key}"), depth + 1, mistakes))
            });
            literal_if_constant(JsonataNode::Object(members.collect()), value)
        }
        Value::Array(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(i, item)| parse_node(item, &format!("{path}[{i}]"), depth + 1, mistakes));
            literal_if_constant(JsonataNode::Array(items.collect()), value)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            JsonataNode::Literal(value.clone())
        }
    }
}

/// Turns a constant node into a literal, so that evaluation need not walk it.
fn literal_if_constant(node: JsonataNode, value: &Value) -> JsonataNode {
    let is_literal = |node: &JsonataNode| matches!(node, JsonataNode::Literal(_));
    let constant = match &node {
        JsonataNode::Literal(_) => true,
        JsonataNode::Expression(_) => false,
        JsonataNode::Array(items) => items.iter().all(is_literal),
        JsonataNode::Object(members) => members.iter().all(|(_, node)| is_literal(node)),
    };
    if constant { JsonataNode::Literal(value.clone()) } else { node }
}

fn evaluate_node(
    node: &JsonataNode,
    session: &JsonataSession<'_>,
    field: &str,
) -> Result<Value, JsonataEvaluationError> {
    match node {
        JsonataNode::Literal(value) => match session.charge_copy(value) {
            Ok(()) => Ok(value.clone()),
            Err(failure) => Err(failure.into_error(&value.to_string(), field)),
        },
        JsonataNode::Expression(expression) => expression.evaluate(session, field),
        JsonataNode::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(i, item)| evaluate_node(item, session, &format!("{field}[{i}]"))).collect()
        }
        JsonataNode::Object(members) => {
            let mut object = Map::with_capacity(members.len());
            for (key, node) in members {
                let value = evaluate_node(node, session, &format!("{field}/{key}"))?;
                object.insert(key.clone(), value);
            }
            Ok(Value::Object(object))
        }
    }
}

fn node_to_json(node: &JsonataNode) -> Value {
    match node {
        JsonataNode::Literal(value) => value.clone(),
        JsonataNode::Expression(expression) => expression.delimited_text().into(),
        JsonataNode::Array(items) => items.iter().map(node_to_json).collect(),
        JsonataNode::Object(members) => members
            .iter()
            .map(|(key, node)| (key.clone(), node_to_json(node)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn visit_node_expressions(
    node: &JsonataNode,
    path: &str,
    out: &mut impl FnMut(&JsonataExpression, &str),
) {
    match node {
        JsonataNode::Literal(_) => {}
        JsonataNode::Expression(expression) => out(expression, path),
        JsonataNode::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                visit_node_expressions(item, &format!("{path}[{i}]"), out);
            }
        }
        JsonataNode::Object(members) => {
            for (key, node) in members {
                visit_node_expressions(node, &format!("{path}/{key}"), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::JsonataTemplate;
    use crate::{JsonataSession, testing::bindings_of_input};

    fn evaluate(template: &Value, input: &Value) -> Result<Value, String> {
        let variables = Map::new();
        let bindings = bindings_of_input(input, &variables);
        let template = JsonataTemplate::parse(template).map_err(|errors| errors[0].to_string())?;
        let session = JsonataSession::new(bindings, 0, 0);
        template.evaluate(&session, "Output").map_err(|error| error.to_string())
    }

    #[test]
    fn whole_strings_are_expressions_at_any_depth() {
        let template = json!({
            "a": "{% $states.input.x + 1 %}",
            "b": [{"c": "{%$states.input.x%}"}, " {% 1 %}"],
            "{% 1 %}": "$states.input",
        });
        assert_eq!(
            evaluate(&template, &json!({"x": 7})),
            Ok(json!({
                "a": 8,
                "b": [{"c": 7}, " {% 1 %}"],
                "{% 1 %}": "$states.input",
            }))
        );
    }

    #[test]
    fn a_failing_expression_names_its_place() {
        let template = json!({"a": {"b": [0, "{% $nope %}"]}});
        assert_eq!(
            evaluate(&template, &json!({})),
            Err("The JSONata expression '$nope' specified for the field 'Output/a/b[1]' returned \
                 nothing (undefined)."
                .into())
        );
    }

    #[test]
    fn all_mistakes_are_found_and_located() {
        let template = json!({"a": "{% 1 + %}", "b": [{"c": ["{% ( %}"]}]});
        let errors = JsonataTemplate::parse(&template).expect_err("both are mistaken");
        let paths: Vec<&str> = errors.iter().map(|error| &*error.path).collect();
        assert_eq!(paths, ["/a", "/b[0]/c[0]"]);
    }

    #[test]
    fn a_template_prints_as_it_was_written() {
        let value = json!({"z": "{%  $a%}", "a": [1, {"b": "{% $uuid() %}"}], "m": null});
        let template = JsonataTemplate::parse(&value).expect("the template is well-formed");
        assert_eq!(template.as_json().to_string(), value.to_string());
        assert!(template.reads().variables.contains("a"));
        let mut paths = Vec::new();
        template.visit_expressions(&mut |expression, path| {
            paths.push(format!("{path} {}", expression.source()));
        });
        assert_eq!(paths, ["/z $a", "/a[1]/b $uuid()"]);
    }
}
