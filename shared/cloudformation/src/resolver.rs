//! The intrinsic functions of templates, where their value is known without a deployment.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

mod condition;
mod resource_names;

use std::collections::BTreeMap;

use model::AccountRegion;
use serde_json::{Map, Value};

use crate::TemplateContext;

/// How often a name may be made of the name of another resource, or a condition of another one.
/// Statewright's own limit, against those that name each other.
const DEPTH_MAX: usize = 5;

/// Resolves the names in a template.
#[derive(Clone, Copy)]
pub(crate) struct Resolver<'a> {
    document: &'a Value,
    stack_name: &'a str,
    context: TemplateContext<'a>,
    /// What nested templates put out, by `ID.Outputs.NAME`.
    outputs: Option<&'a BTreeMap<String, String>>,
    /// How many names lead to the one that is being resolved.
    depth: usize,
}

/// What only a deployment knows, as found while a value was resolved.
#[derive(Debug, Default)]
pub(crate) struct UnknownValues {
    /// What a reader would look for: a parameter's name, `Topic.TopicArn`, `Fn::ImportValue shared`.
    pub(crate) names: Vec<String>,
}

impl UnknownValues {
    /// Notes a value that is not known, and returns what stands for it.
    fn stand_in(&mut self, name: &str) -> Value {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        Value::from(name.rsplit(' ').next().unwrap_or(name))
    }
}

impl<'a> Resolver<'a> {
    /// Makes a resolver of a template in the stack of this name. Parameters that are not given have
    /// their default values.
    pub(crate) fn new(
        document: &'a Value,
        stack_name: &'a str,
        context: TemplateContext<'a>,
    ) -> Self {
        Self { document, stack_name, context, outputs: None, depth: 0 }
    }

    /// Also resolves what nested templates put out, by `ID.Outputs.NAME`.
    pub(crate) fn with_outputs(self, outputs: &'a BTreeMap<String, String>) -> Self {
        Self { outputs: Some(outputs), ..self }
    }

    /// Returns the text of a value; none if only a deployment knows it, or it has none.
    ///
    /// `"a"`, `1`, `true`, `{"Ref": …}`, `{"Fn::GetAtt": […, "Arn"]}`, `{"Fn::Sub": …}`,
    /// `{"Fn::Join": […]}` → text
    pub(crate) fn resolve_text(&self, value: &Value) -> Option<String> {
        text_of(&self.resolve_known(value)?)
    }

    /// Returns a value with all its intrinsic functions resolved; none if only a deployment knows one
    /// of them.
    pub(crate) fn resolve_known(&self, value: &Value) -> Option<Value> {
        let mut unknown = UnknownValues::default();
        self.resolve(value, &mut unknown).filter(|_| unknown.names.is_empty())
    }

    /// Returns a value with all its intrinsic functions resolved. Each that only a deployment knows
    /// is noted, and a text stands for it. None is `AWS::NoValue`.
    pub(crate) fn resolve(&self, value: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Some(value.clone())
            }
            Value::Array(items) => {
                Some(items.iter().filter_map(|item| self.resolve(item, unknown)).collect())
            }
            Value::Object(members) => {
                if let Some((name, argument)) = intrinsic_call(members) {
                    return self.apply_function(name, argument, unknown);
                }
                let resolved = members.iter().filter_map(|(key, member)| {
                    Some((key.clone(), self.resolve(member, unknown)?))
                });
                Some(Value::Object(resolved.collect()))
            }
        }
    }

    fn apply_function(
        &self,
        name: &str,
        argument: &Value,
        unknown: &mut UnknownValues,
    ) -> Option<Value> {
        if name == "Ref" && argument == "AWS::NoValue" {
            return None;
        }
        let applied = match name {
            "Ref" => argument.as_str().map(|target| self.resolve_ref(target, unknown)),
            "Fn::GetAtt" => attribute_path(argument)
                .map(|(id, attribute)| self.resolve_attribute(id, attribute, unknown)),
            "Fn::Sub" => self.substitute_names(argument, unknown),
            "Fn::Join" => self.join_texts(argument, unknown),
            "Fn::If" => return self.choose_branch(argument, unknown),
            "Fn::FindInMap" => self.find_in_map(argument, unknown),
            "Fn::Select" => self.select_item(argument, unknown),
            "Fn::Split" => self.split_text(argument, unknown),
            "Fn::ToJsonString" => {
                self.resolve(argument, unknown).map(|value| value.to_string().into())
            }
            "Fn::ImportValue" => {
                let export = self.resolve(argument, unknown).as_ref().and_then(text_of);
                export.map(|export| match self.context.exports.get(&export) {
                    Some(value) => value.clone().into(),
                    None => unknown.stand_in(&format!("Fn::ImportValue {export}")),
                })
            }
            _ => None,
        };
        Some(applied.unwrap_or_else(|| unknown.stand_in(name)))
    }

    fn resolve_ref(&self, name: &str, unknown: &mut UnknownValues) -> Value {
        if let Some(value) = self.pseudo_parameter(name) {
            return value.into();
        }
        if let Some((id, attribute)) = name.split_once('.') {
            return self.resolve_attribute(id, attribute, unknown);
        }
        if let Some(value) = self.parameter_value(name) {
            return value;
        }
        match self.resource_reference(name) {
            Some(reference) => reference.into(),
            None => unknown.stand_in(name),
        }
    }

    fn resolve_attribute(&self, id: &str, attribute: &str, unknown: &mut UnknownValues) -> Value {
        let path = format!("{id}.{attribute}");
        let output = self.outputs.and_then(|outputs| outputs.get(&path).cloned());
        match output.or_else(|| self.resource_attribute(id, attribute)) {
            Some(value) => value.into(),
            None => unknown.stand_in(&path),
        }
    }

    fn pseudo_parameter(&self, name: &str) -> Option<String> {
        let AccountRegion { partition, region, account } = self.context.account_region;
        Some(match name {
            "AWS::Region" => region.clone(),
            "AWS::AccountId" => account.clone(),
            "AWS::Partition" => partition.clone(),
            "AWS::URLSuffix" if partition == "aws-cn" => "amazonaws.com.cn".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => self.stack_name.to_owned(),
            "AWS::StackId" => format!(
                "arn:{partition}:cloudformation:{region}:{account}:stack/{}/\
                 00000000-0000-0000-0000-000000000000",
                self.stack_name
            ),
            _ => return None,
        })
    }

    fn parameter_value(&self, name: &str) -> Option<Value> {
        let declared = self.document["Parameters"].get(name)?;
        let given = self.context.parameters.get(name).cloned();
        let value = given.map(Value::from).or_else(|| declared.get("Default").cloned())?;
        let kind = declared["Type"].as_str().unwrap_or_default();
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        match text_of(&value).filter(|_| is_list) {
            Some(text) => Some(text.split(',').map(|item| Value::from(item.trim())).collect()),
            None => Some(value),
        }
    }

    /// Replaces each `${Name}` and `${Id.Attribute}`. `${!Name}` becomes the literal `${Name}`.
    fn substitute_names(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let (text, names) = match argument {
            Value::String(text) => (text.as_str(), &Value::Null),
            Value::Array(arguments) => (arguments.first()?.as_str()?, arguments.get(1)?),
            _ => return None,
        };
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                result.push_str("${");
                rest = after;
                continue;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                continue;
            }
            let name = name.trim();
            let value = match names.get(name) {
                Some(value) => self.resolve(value, unknown)?,
                None => self.resolve_ref(name, unknown),
            };
            result.push_str(&text_of(&value)?);
        }
        result.push_str(rest);
        Some(result.into())
    }

    fn join_texts(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let delimiter = argument.get(0)?.as_str()?;
        let parts = self.resolve(argument.get(1)?, unknown)?;
        let parts: Option<Vec<String>> = parts.as_array()?.iter().map(text_of).collect();
        Some(parts?.join(delimiter).into())
    }

    /// None is `AWS::NoValue`.
    fn choose_branch(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let [condition, yes, no] = argument.as_array()?.as_slice() else {
            return Some(unknown.stand_in("Fn::If"));
        };
        let holds = self.condition_holds(condition.as_str().unwrap_or_default());
        self.resolve(if holds { yes } else { no }, unknown)
    }

    fn find_in_map(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let keys = self.resolve(argument, unknown)?;
        let [map, first, second] = keys.as_array()?.get(..3)? else { return None };
        let found = &self.document["Mappings"][map.as_str()?];
        let value = found.get(text_of(first)?)?.get(text_of(second)?)?;
        Some(value.clone())
    }

    fn select_item(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let resolved = self.resolve(argument, unknown)?;
        let index: usize = text_of(resolved.get(0)?)?.parse().ok()?;
        resolved.get(1)?.get(index).cloned()
    }

    fn split_text(&self, argument: &Value, unknown: &mut UnknownValues) -> Option<Value> {
        let resolved = self.resolve(argument, unknown)?;
        let (delimiter, text) = (resolved.get(0)?.as_str()?, resolved.get(1)?.as_str()?);
        Some(text.split(delimiter).map(Value::from).collect())
    }
}

/// The text of a scalar.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn intrinsic_call(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// `["Id", "Attribute"]` or `"Id.Attribute"`
fn attribute_path(argument: &Value) -> Option<(&str, &str)> {
    match argument {
        Value::String(path) => path.split_once('.'),
        _ => match argument.as_array()?.as_slice() {
            [id, attribute] => Some((id.as_str()?, attribute.as_str()?)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::StagedCode;

    fn resolve(document: &Value, value: &Value) -> (Option<Value>, Vec<String>) {
        let account_region = AccountRegion::new("us-east-1", "000000000000");
        let parameters = BTreeMap::from([("Given".to_owned(), "given".to_owned())]);
        let exports = BTreeMap::from([("table".to_owned(), "orders".to_owned())]);
        let context = TemplateContext {
            account_region: &account_region,
            parameters: &parameters,
            exports: &exports,
            staged: &StagedCode::default(),
        };
        let resolver = Resolver::new(document, "shop", context);
        let mut unknown = UnknownValues::default();
        (resolver.resolve(value, &mut unknown), unknown.names)
    }

    fn document() -> Value {
        json!({
            "Parameters": {
                "Count": {"Type": "Number", "Default": 2},
                "Given": {"Type": "String", "Default": "default"},
                "Open": {"Type": "String"},
                "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
            },
            "Mappings": {"Sizes": {"us-east-1": {"Size": "big"}}},
            "Conditions": {
                "IsTwo": {"Fn::Equals": [{"Ref": "Count"}, "2"]},
                "IsNot": {"Fn::Not": [{"Condition": "IsTwo"}]},
            },
            "Resources": {
                "Add": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "add"}},
                "Loop": {"Type": "AWS::SQS::Queue",
                    "Properties": {"QueueName": {"Fn::Sub": "x-${Loop}"}}},
            },
        })
    }

    #[test]
    fn calls_nest_and_each_has_its_value() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:add";
        for (call, expected) in [
            (json!({"Fn::Join": ["-", ["a", {"Ref": "Count"}, {"Ref": "Add"}]]}), json!("a-2-add")),
            (
                json!({"Fn::Sub": ["${x}/${Add.Arn}/${!y}", {"x": {"Ref": "AWS::AccountId"}}]}),
                json!(format!("000000000000/{arn}/${{y}}")),
            ),
            (json!({"Ref": "Given"}), json!("given")),
            (json!({"Fn::ImportValue": "table"}), json!("orders")),
            (json!({"Fn::If": ["IsTwo", "yes", "no"]}), json!("yes")),
            (json!({"a": {"Fn::If": ["IsNot", "yes", {"Ref": "AWS::NoValue"}]}}), json!({})),
            (json!({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Size"]}), json!("big")),
            (json!({"Fn::Select": ["1", {"Ref": "Zones"}]}), json!("b")),
            (
                json!({"Fn::Select": [5, {"Fn::Split": [":", {"Fn::GetAtt": "Add.Arn"}]}]}),
                json!("function"),
            ),
            (json!({"Fn::Sub": "${AWS::StackName}-${AWS::Partition}"}), json!("shop-aws")),
            (json!({"Fn::ToJsonString": {"a": {"Ref": "Count"}}}), json!(r#"{"a":2}"#)),
        ] {
            assert_eq!(resolve(&document(), &call), (Some(expected), Vec::new()), "{call}");
        }
    }

    #[test]
    fn what_only_a_deployment_knows_is_named_and_something_stands_for_it() {
        for (call, expected, name) in [
            (json!({"Fn::Sub": "${Table.Arn}!"}), json!("Table.Arn!"), "Table.Arn"),
            (json!([{"Ref": "Open"}]), json!(["Open"]), "Open"),
            (json!({"Fn::ImportValue": "shared"}), json!("shared"), "Fn::ImportValue shared"),
            (json!({"Fn::Cidr": []}), json!("Fn::Cidr"), "Fn::Cidr"),
        ] {
            let found = resolve(&document(), &call);
            assert_eq!(found, (Some(expected), vec![name.to_owned()]), "{call}");
        }
    }

    #[test]
    fn resources_that_name_themselves_come_to_an_end() {
        let (name, _) = resolve(&document(), &json!({"Fn::GetAtt": ["Loop", "QueueName"]}));
        let name = name.as_ref().and_then(Value::as_str);
        assert!(name.is_some_and(|name| name.ends_with("/Loop")), "{name:?}");
    }
}
