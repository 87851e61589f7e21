//! Payload templates: JSON in which a key `name.$` holds the expression for the value of `name`.

use serde_json::{Map, Value};

use crate::{
    evaluation_error::JsonPathEvaluationError,
    expression::{JsonPathExpression, JsonPathExpressionSyntaxError},
    java,
    scope::JsonPathScope,
};
use random_stream::RandomStream;

/// A compiled payload template.
///
/// Invariant: parsing what [`PayloadTemplate::as_json`] prints gives the same template again
/// (test `a_template_prints_as_it_was_written`).
#[derive(Debug, Clone)]
pub struct PayloadTemplate {
    root: PayloadNode,
}

#[derive(Debug, Clone)]
enum PayloadNode {
    /// A value without expressions, which is copied as a whole.
    Literal(Value),
    Object(PayloadMembers),
    Array(Vec<PayloadNode>),
}

/// The members of an object as they were written, and the order in which they are evaluated and
/// appear in the result: first the members without an expression of their own, then the expressions
/// in the order of a Java map (observed on AWS in every recorded template).
#[derive(Debug, Clone)]
struct PayloadMembers {
    written: Vec<(String, PayloadMember)>,
    order: Vec<usize>,
}

impl PayloadMembers {
    fn new(written: Vec<(String, PayloadMember)>) -> Self {
        let places = 0..written.len();
        let (mut order, expressions): (Vec<usize>, Vec<usize>) =
            places.partition(|place| matches!(written[*place].1, PayloadMember::Node(_)));
        let names: Vec<&str> =
            expressions.iter().map(|place| field_name(&written[*place].0)).collect();
        order.extend(
            java::hash_map::hash_map_order(&names).into_iter().map(|index| expressions[index]),
        );
        Self { written, order }
    }
}

/// A key without the `.$` of an expression.
fn field_name(key: &str) -> &str {
    key.strip_suffix(".$").unwrap_or(key)
}

/// The value of an object's key. The key of an expression is stored with its `.$`.
#[derive(Debug, Clone)]
enum PayloadMember {
    Node(PayloadNode),
    Expression(JsonPathExpression),
}

/// The maximum nesting of a template. This limit is ours; `serde_json` reads 128 levels anyway.
const NESTING_MAX: usize = 128;

/// The error of a key ending in `.$` whose value is not an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the field '{key}' is mistaken: {mistake}")]
pub struct PayloadTemplateError {
    /// The key with its `.$`; empty for [`PayloadTemplateSyntaxError::TooDeep`].
    pub key: String,
    /// The JSON pointer to the object with that key; empty for the root.
    pub pointer: String,
    /// What is wrong with the value.
    pub mistake: PayloadTemplateSyntaxError,
}

/// What is wrong with the value of a key ending in `.$`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadTemplateSyntaxError {
    /// The value is not a string.
    #[error("its value is not a string")]
    NotAString,
    /// The value is a string, but not an expression.
    #[error("its value is neither a path nor a call: {0}")]
    Syntax(JsonPathExpressionSyntaxError),
    /// The object has the key without `.$`, too.
    #[error("it is also given without '.$'")]
    GivenTwice,
    /// The value is nested more than 128 levels deep.
    #[error("it is nested too deeply")]
    TooDeep,
}

impl PayloadTemplate {
    /// Compiles a template. On failure it reports all mistakes, not only the first.
    pub fn parse(value: &Value) -> Result<Self, Vec<PayloadTemplateError>> {
        let mut mistakes = Vec::new();
        let root = parse_node(value, "", 0, &mut mistakes);
        if mistakes.is_empty() { Ok(Self { root }) } else { Err(mistakes) }
    }

    /// Evaluates the template. It stops at the first expression that fails, in evaluation order.
    pub fn evaluate(
        &self,
        scope: &JsonPathScope<'_>,
        random: &mut RandomStream,
    ) -> Result<Value, JsonPathEvaluationError> {
        evaluate_node(&self.root, scope, random)
    }

    /// Returns the template as it was written.
    pub fn as_json(&self) -> Value {
        node_to_json(&self.root)
    }

    /// Returns whether the template reads the context object.
    pub fn references_context(&self) -> bool {
        self.any_expression(JsonPathExpression::references_context)
    }

    /// Returns whether the template may read the execution's input from the context object.
    pub fn references_execution_input(&self) -> bool {
        self.any_expression(JsonPathExpression::references_execution_input)
    }

    /// Calls `out` with the name of each variable the template reads, in order, repeats included.
    pub fn visit_variables(&self, out: &mut impl FnMut(&str)) {
        self.visit_expressions(&mut |expression| expression.visit_variables(out));
    }

    /// Visits the expressions of the template in the order they were written.
    pub fn visit_expressions(&self, visit: &mut impl FnMut(&JsonPathExpression)) {
        visit_node_expressions(&self.root, visit);
    }

    fn any_expression(&self, test: fn(&JsonPathExpression) -> bool) -> bool {
        let mut any = false;
        self.visit_expressions(&mut |expression| any |= test(expression));
        any
    }
}

/// The number of mistakes after which no more are collected. Each carries its pointer, and both the
/// list and the pointers may be long.
const SYNTAX_ERRORS_MAX: usize = 100;

fn parse_node(
    value: &Value,
    pointer: &str,
    depth: usize,
    mistakes: &mut Vec<PayloadTemplateError>,
) -> PayloadNode {
    if depth > NESTING_MAX {
        mistakes.push(PayloadTemplateError {
            key: String::new(),
            pointer: pointer.to_owned(),
            mistake: PayloadTemplateSyntaxError::TooDeep,
        });
        return PayloadNode::Literal(Value::Null);
    }
    match value {
        Value::Object(object) => {
            let members = object
                .iter()
                .filter_map(|(key, value)| {
                    let member = parse_member((key, value), object, pointer, depth, mistakes)?;
                    Some((key.clone(), member))
                })
                .collect();
            literal_if_constant(PayloadNode::Object(PayloadMembers::new(members)), value)
        }
        Value::Array(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(i, item)| parse_node(item, &format!("{pointer}/{i}"), depth + 1, mistakes))
                .collect();
            literal_if_constant(PayloadNode::Array(items), value)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            PayloadNode::Literal(value.clone())
        }
    }
}

fn parse_member(
    (key, value): (&str, &Value),
    siblings: &Map<String, Value>,
    pointer: &str,
    depth: usize,
    mistakes: &mut Vec<PayloadTemplateError>,
) -> Option<PayloadMember> {
    if !key.ends_with(".$") {
        let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        return Some(PayloadMember::Node(parse_node(value, &pointer, depth + 1, mistakes)));
    }
    let mistake = match value.as_str().map(JsonPathExpression::parse) {
        Some(Ok(_)) if siblings.contains_key(field_name(key)) => {
            PayloadTemplateSyntaxError::GivenTwice
        }
        Some(Ok(expression)) => return Some(PayloadMember::Expression(expression)),
        Some(Err(error)) => PayloadTemplateSyntaxError::Syntax(error),
        None => PayloadTemplateSyntaxError::NotAString,
    };
    if mistakes.len() < SYNTAX_ERRORS_MAX {
        mistakes.push(PayloadTemplateError {
            key: key.to_owned(),
            pointer: pointer.to_owned(),
            mistake,
        });
    }
    None
}

/// Turns a constant node into a literal, so that evaluation need not walk it.
fn literal_if_constant(node: PayloadNode, value: &Value) -> PayloadNode {
    let is_literal = |node: &PayloadNode| matches!(node, PayloadNode::Literal(_));
    let constant = match &node {
        PayloadNode::Literal(_) => true,
        PayloadNode::Array(items) => items.iter().all(is_literal),
        PayloadNode::Object(members) => members
            .written
            .iter()
            .all(|(_, m)| matches!(m, PayloadMember::Node(node) if is_literal(node))),
    };
    if constant { PayloadNode::Literal(value.clone()) } else { node }
}

fn evaluate_node(
    node: &PayloadNode,
    scope: &JsonPathScope<'_>,
    random: &mut RandomStream,
) -> Result<Value, JsonPathEvaluationError> {
    match node {
        PayloadNode::Literal(value) => {
            scope.budget.charge_copy(value)?;
            Ok(value.clone())
        }
        PayloadNode::Array(items) => {
            items.iter().map(|item| evaluate_node(item, scope, random)).collect()
        }
        PayloadNode::Object(members) => {
            let mut result = Map::with_capacity(members.written.len());
            for (key, member) in members.order.iter().map(|place| &members.written[*place]) {
                match member {
                    PayloadMember::Node(node) => {
                        result.insert(key.clone(), evaluate_node(node, scope, random)?);
                    }
                    PayloadMember::Expression(expression) => {
                        let value = expression.evaluate(scope, random);
                        let value = value.map_err(|error| error.for_field(key))?;
                        result.insert(field_name(key).to_owned(), value);
                    }
                }
            }
            Ok(Value::Object(result))
        }
    }
}

fn node_to_json(node: &PayloadNode) -> Value {
    match node {
        PayloadNode::Literal(value) => value.clone(),
        PayloadNode::Array(items) => items.iter().map(node_to_json).collect(),
        PayloadNode::Object(members) => members
            .written
            .iter()
            .map(|(key, member)| {
                let value = match member {
                    PayloadMember::Node(node) => node_to_json(node),
                    PayloadMember::Expression(expression) => expression.source_text().into(),
                };
                (key.clone(), value)
            })
            .collect::<Map<String, Value>>()
            .into(),
    }
}

fn visit_node_expressions(node: &PayloadNode, visit: &mut impl FnMut(&JsonPathExpression)) {
    match node {
        PayloadNode::Literal(_) => {}
        PayloadNode::Array(items) => {
            for item in items {
                visit_node_expressions(item, visit);
            }
        }
        PayloadNode::Object(members) => {
            for (_, member) in &members.written {
                match member {
                    PayloadMember::Node(node) => visit_node_expressions(node, visit),
                    PayloadMember::Expression(expression) => visit(expression),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::PayloadTemplate;
    use random_stream::RandomStream;
    use step_budget::StepBudget;

    use crate::scope::JsonPathScope;

    fn evaluate(template: &Value, data: &Value) -> Result<Value, String> {
        let (context, variables) = (json!({}), Map::new());
        let budget = StepBudget::unlimited();
        let scope =
            JsonPathScope { data, context: &context, variables: &variables, budget: &budget };
        let template = PayloadTemplate::parse(template).map_err(|errors| errors[0].to_string())?;
        template.evaluate(&scope, &mut RandomStream::new(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_with_a_dollar_are_evaluated_at_any_depth() {
        let template = json!({"a.$": "$.x", "b": [{"c.$": "$.x"}, "$.x"], "d": {"e": 1}});
        assert_eq!(
            evaluate(&template, &json!({"x": 7})),
            Ok(json!({"a": 7, "b": [{"c": 7}, "$.x"], "d": {"e": 1}}))
        );
    }

    #[test]
    fn literals_come_first_and_expressions_in_the_order_of_a_java_map() {
        let template = json!({"encoded.$": "$", "decoded.$": "$", "last": {"b.$": "$", "a": 1}});
        let value = evaluate(&template, &json!(0)).expect("every path leads somewhere");
        assert_eq!(value.to_string(), r#"{"last":{"a":1,"b":0},"decoded":0,"encoded":0}"#);
    }

    #[test]
    fn a_failing_path_names_its_key() {
        let cause = evaluate(&json!({"a": {"b.$": "$.x"}}), &json!({})).expect_err("it fails");
        assert!(cause.contains("specified for the field 'b.$'"), "{cause}");
    }

    #[test]
    fn a_value_is_given_once() {
        let template = json!({"a": [{"b": 1, "b.$": "$.b"}], "c.$": "$.c"});
        let errors = PayloadTemplate::parse(&template).expect_err("b is given twice");
        assert_eq!((errors.len(), errors[0].key.as_str()), (1, "b.$"));
        assert_eq!(errors[0].mistake, super::PayloadTemplateSyntaxError::GivenTwice);
    }

    #[test]
    fn all_mistakes_are_found_and_located() {
        let template = json!({"a.$": 1, "b": {"c/d": [{"e.$": "nope"}]}});
        let errors = PayloadTemplate::parse(&template).expect_err("both keys are mistaken");
        let places: Vec<(&str, &str)> =
            errors.iter().map(|e| (e.key.as_str(), e.pointer.as_str())).collect();
        assert_eq!(places, [("a.$", ""), ("e.$", "/b/c~1d/0")]);
    }

    #[test]
    fn a_template_prints_as_it_was_written() {
        let value = json!({"z.$": "$$.a", "a": [1, {"b.$": "States.UUID()"}], "m": null});
        let template = PayloadTemplate::parse(&value).expect("the template is well-formed");
        assert_eq!(template.as_json().to_string(), value.to_string());
    }

    #[test]
    fn references_are_those_of_all_expressions() {
        let template =
            |value: Value| PayloadTemplate::parse(&value).expect("the template is well-formed");
        let reads = template(json!({"a": [{"b.$": "States.Array($$.Execution.Input.x, $v)"}]}));
        assert!(reads.references_context() && reads.references_execution_input());
        let mut names = Vec::new();
        reads.visit_variables(&mut |name| names.push(name.to_owned()));
        assert_eq!(names, ["v"]);
        assert!(!template(json!({"a.$": "$$.State.Name"})).references_execution_input());
        assert!(!template(json!({"a": "$$.Execution.Input"})).references_context());
    }
}
