//! The conditions of a template.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use serde_json::Value;

use super::{DEPTH_MAX, Resolver};

impl Resolver<'_> {
    /// Whether a condition holds. One that only a deployment can decide does.
    pub(crate) fn condition_holds(&self, name: &str) -> bool {
        self.evaluate(&self.document["Conditions"][name], 0)
    }

    /// Whether a resource is created.
    pub(crate) fn is_created(&self, resource: &Value) -> bool {
        resource["Condition"].as_str().is_none_or(|name| self.condition_holds(name))
    }

    fn evaluate(&self, condition: &Value, depth: usize) -> bool {
        let call = condition.as_object().and_then(|call| call.iter().next());
        let Some((name, argument)) = call.filter(|_| depth < DEPTH_MAX) else { return true };
        let parts = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        let part_holds = |part: &Value| self.evaluate(part, depth);
        match name.as_str() {
            "Fn::Equals" => match parts {
                [one, other] => {
                    let known = self.resolve_text(one).zip(self.resolve_text(other));
                    known.is_none_or(|(one, other)| one == other)
                }
                _ => true,
            },
            "Fn::And" => parts.iter().all(part_holds),
            "Fn::Or" => parts.iter().any(part_holds),
            "Fn::Not" => parts.first().is_none_or(|part| !part_holds(part)),
            "Condition" => match argument.as_str() {
                Some(name) => self.evaluate(&self.document["Conditions"][name], depth + 1),
                None => true,
            },
            _ => true,
        }
    }
}
