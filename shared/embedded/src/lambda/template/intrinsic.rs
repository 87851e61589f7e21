//! The intrinsic functions of templates, where their value is known without a deployment.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::PseudoParameters;

/// Resolves the names in a template.
pub(super) struct IntrinsicResolver<'a> {
    pseudo_parameters: PseudoParameters<'a>,
    parameters: &'a Value,
    /// Function names by logical id.
    pub(super) function_names: BTreeMap<String, String>,
}

impl<'a> IntrinsicResolver<'a> {
    /// Makes a resolver in which parameters have their default values.
    pub(super) fn new(document: &'a Value, pseudo_parameters: PseudoParameters<'a>) -> Self {
        Self {
            pseudo_parameters,
            parameters: &document["Parameters"],
            function_names: BTreeMap::new(),
        }
    }

    /// Returns the text of a value; none if only a deployment knows it.
    ///
    /// `"a"`, `1`, `true`, `{"Ref": …}`, `{"Fn::GetAtt": […, "Arn"]}`, `{"Fn::Sub": …}`,
    /// `{"Fn::Join": […]}` → text
    pub(super) fn resolve_text(&self, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::Array(_) => None,
            Value::Object(call) => {
                let (name, argument) = call.iter().next().filter(|_| call.len() == 1)?;
                match name.as_str() {
                    "Ref" => self.resolve_ref(argument.as_str()?),
                    "Fn::GetAtt" => match argument.as_array()?.as_slice() {
                        [id, attribute] => {
                            self.resolve_attribute(id.as_str()?, attribute.as_str()?)
                        }
                        _ => None,
                    },
                    "Fn::Sub" => match argument {
                        Value::String(text) => self.substitute_names(text, &Value::Null),
                        Value::Array(arguments) => {
                            self.substitute_names(arguments.first()?.as_str()?, arguments.get(1)?)
                        }
                        _ => None,
                    },
                    "Fn::Join" => {
                        let parts = argument.get(1)?.as_array()?;
                        let parts: Option<Vec<String>> =
                            parts.iter().map(|part| self.resolve_text(part)).collect();
                        Some(parts?.join(argument.get(0)?.as_str()?))
                    }
                    _ => None,
                }
            }
        }
    }

    fn resolve_ref(&self, name: &str) -> Option<String> {
        match name {
            "AWS::Region" => Some(self.pseudo_parameters.region.to_owned()),
            "AWS::AccountId" => Some(self.pseudo_parameters.account.to_owned()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            _ => match self.function_names.get(name) {
                Some(function) => Some(function.clone()),
                None => self.resolve_text(self.parameters.get(name)?.get("Default")?),
            },
        }
    }

    fn resolve_attribute(&self, id: &str, attribute: &str) -> Option<String> {
        let name = self.function_names.get(id).filter(|_| attribute == "Arn")?;
        let PseudoParameters { region, account } = self.pseudo_parameters;
        Some(format!("arn:aws:lambda:{region}:{account}:function:{name}"))
    }

    /// Replaces each `${Name}` and `${Id.Attribute}`. `${!Name}` becomes the literal `${Name}`.
    fn substitute_names(&self, text: &str, names: &Value) -> Option<String> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, after) = after.split_once('}')?;
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                continue;
            }
            result.push_str(&match (names.get(name), name.split_once('.')) {
                (Some(value), _) => self.resolve_text(value)?,
                (None, Some((id, attribute))) => self.resolve_attribute(id, attribute)?,
                (None, None) => self.resolve_ref(name)?,
            });
        }
        result.push_str(rest);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_nest_and_what_is_unknown_makes_the_whole_unknown() {
        let document = json!({"Parameters": {"Count": {"Type": "Number", "Default": 2}}});
        let place = PseudoParameters { region: "us-east-1", account: "000000000000" };
        let mut scope = IntrinsicResolver::new(&document, place);
        scope.function_names.insert("Add".into(), "add".into());
        let join = json!({"Fn::Join": ["-", ["a", {"Ref": "Count"}, {"Ref": "Add"}]]});
        assert_eq!(scope.resolve_text(&join).as_deref(), Some("a-2-add"));
        let sub = json!({"Fn::Sub": ["${x}/${Add.Arn}", {"x": {"Ref": "AWS::AccountId"}}]});
        let arn = "000000000000/arn:aws:lambda:us-east-1:000000000000:function:add";
        assert_eq!(scope.resolve_text(&sub).as_deref(), Some(arn));
        assert_eq!(scope.resolve_text(&json!({"Fn::Sub": "${Table.Arn}"})), None);
        assert_eq!(scope.resolve_text(&json!({"Ref": "Table"})), None);
    }
}
