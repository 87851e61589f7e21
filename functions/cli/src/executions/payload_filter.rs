//! Conditions on inputs and outputs, in `JSONPath` or in JSONata.

use jsonata::{ExpectedType, JsonataBindings, JsonataExpression, JsonataSession};
use jsonpath::JaywayPath;
use serde_json::{Map, Value};

/// A condition on a JSON value.
#[derive(Clone, Debug)]
pub(crate) enum PayloadFilter {
    /// The path finds something that is neither false nor null.
    Path(JaywayPath),
    /// The expression, which reads the value as `$states.input`, gives true.
    Expression(Box<JsonataExpression>),
}

impl PayloadFilter {
    /// Reads a condition: `$.orderId`, `$.items[?(@.price > 10)]`, or `{% $states.input.total > 10 %}`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if JsonataExpression::is_delimited(text) {
            let parsed = JsonataExpression::parse(text).map_err(|error| error.to_string())?;
            // What gives nothing, since a member is missing, is no error but not true.
            let whole = format!("{{% true in [({})] %}}", parsed.source());
            let whole = JsonataExpression::parse(&whole).map_err(|error| error.to_string())?;
            return Ok(Self::Expression(Box::new(whole)));
        }
        JaywayPath::parse(text).map(Self::Path).map_err(|error| {
            format!("{error}; a condition is a JSONPath, or JSONata between {{% and %}}")
        })
    }

    /// Whether a payload meets the condition. What is no JSON meets none, nor does what the expression
    /// fails on: executions have inputs of many shapes.
    pub(crate) fn admits(&self, payload: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(payload) else { return false };
        match self {
            Self::Path(path) => path.find_value(&value).is_ok_and(|found| is_something(&found)),
            Self::Expression(expression) => {
                let variables = Map::new();
                let bindings = JsonataBindings {
                    input: &value,
                    context: None,
                    result: None,
                    error_output: None,
                    variables: &variables,
                };
                let session = JsonataSession::new(bindings, 0, 0);
                let given = expression.evaluate_as(&session, "condition", ExpectedType::Boolean);
                given.is_ok_and(|given| given == true)
            }
        }
    }
}

fn is_something(found: &Value) -> bool {
    match found {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_a_path_or_an_expression() {
        let payload = r#"{"orderId": 42, "items": [{"price": 5}], "paid": false}"#;
        for (condition, admitted) in [
            ("$.orderId", true),
            ("$.paid", false),
            ("$.missing", false),
            ("$.items[?(@.price > 4)]", true),
            ("$.items[?(@.price > 5)]", false),
            ("{% $states.input.orderId = 42 %}", true),
            ("{% $sum($states.input.items.price) > 5 %}", false),
            ("{% $states.input.missing > 5 %}", false),
            ("{% 1 %}", false),
            ("{% $states.input.orderId > 'x' %}", false),
        ] {
            let filter = PayloadFilter::parse(condition).expect("a condition");
            assert_eq!(filter.admits(payload), admitted, "{condition}");
            assert!(!filter.admits("no JSON"));
        }
        assert!(PayloadFilter::parse("orderId = 42").is_err());
        assert!(PayloadFilter::parse("{% 1 + %}").is_err());
    }
}
