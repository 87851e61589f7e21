//! A Task's parameters, checked against the model and spelled as the API has them.
//!
//! In the values of this crate a blob is its Base64, and a moment is an ISO 8601 text or a number of
//! seconds.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

use crate::service_model::{
    Location, Member, NameStyle, ServiceModel, Shape, ShapeIndex, StructureShape,
};

/// Reads the parameters of a request.
pub(crate) struct ParameterReader<'m> {
    model: &'m ServiceModel,
    style: NameStyle,
    /// What a member gets that identifies a request and has no value.
    idempotency_token: &'m str,
    mistakes: Vec<String>,
}

impl<'m> ParameterReader<'m> {
    /// Makes a reader for requests of this service.
    pub(crate) const fn new(
        model: &'m ServiceModel,
        style: NameStyle,
        idempotency_token: &'m str,
    ) -> Self {
        Self { model, style, idempotency_token, mistakes: Vec::new() }
    }

    /// Reads the members of a request.
    ///
    /// Errors: what is wrong with each member that cannot be used, as AWS words it.
    pub(crate) fn read_request(
        mut self,
        input: Option<ShapeIndex>,
        parameters: &Value,
    ) -> Result<Map<String, Value>, String> {
        let request = match (self.model.structure(input), parameters) {
            (Some(structure), Value::Object(parameters)) => {
                self.structure(structure, parameters, Depth::Top)
            }
            (None, Value::Object(parameters)) => {
                parameters.keys().for_each(|name| self.unsupported(name));
                Map::new()
            }
            (_, Value::Null) => Map::new(),
            _ => {
                self.mistakes.push("The parameters must be an object".to_owned());
                Map::new()
            }
        };
        if self.mistakes.is_empty() { Ok(request) } else { Err(self.mistakes.join(", ")) }
    }

    fn unsupported(&mut self, name: &str) {
        self.mistakes.push(format!("The field \"{name}\" is not supported by Step Functions"));
    }

    fn unreadable(&mut self, name: &str) -> Option<Value> {
        self.mistakes.push(format!("The value of the field '{name}' has an invalid format"));
        None
    }

    fn structure(
        &mut self,
        structure: &StructureShape,
        given: &Map<String, Value>,
        depth: Depth,
    ) -> Map<String, Value> {
        for name in given.keys() {
            if find_member(self.style, structure, name, depth).is_none() {
                self.unsupported(name);
            }
        }
        let mut members = Map::new();
        for member in &structure.members {
            let (name, value) = given_member(self.style, member, given, depth);
            let value = match value {
                None | Some(Value::Null) if member.is_idempotency_token => {
                    Some(self.idempotency_token.into())
                }
                None | Some(Value::Null) => {
                    if structure.required.contains(&member.name) {
                        self.mistakes
                            .push(format!("The field '{name}' is required but was missing"));
                    }
                    None
                }
                Some(value) => self.member(member, &name, value),
            };
            if let Some(value) = value {
                members.insert(member.name.clone(), value);
            }
        }
        members
    }

    fn member(&mut self, member: &Member, name: &str, value: &Value) -> Option<Value> {
        if member.is_json_value && member.location == Location::Header {
            return Some(value.clone());
        }
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), _) if structure.is_document => Some(value.clone()),
            (Shape::Structure(structure), Value::Object(given)) => {
                Some(self.structure(structure, given, Depth::Below).into())
            }
            (Shape::List(list), Value::Array(items)) => {
                let items = items.iter().filter(|item| !item.is_null());
                Some(items.filter_map(|item| self.member(&list.item, name, item)).collect())
            }
            (Shape::Map(map), Value::Object(entries)) => {
                let entries = entries.iter().filter(|(_, value)| !value.is_null());
                let entries = entries.filter_map(|(key, value)| {
                    Some((key.clone(), self.member(&map.value, name, value)?))
                });
                Some(Value::Object(entries.collect()))
            }
            (Shape::Text(_), value) => Some(text_of(value).into()),
            (Shape::Blob(_), value) => Some(BASE64_STANDARD.encode(text_of(value)).into()),
            (shape, value) => scalar(shape, value).or_else(|| self.unreadable(name)),
        }
    }
}

/// Where a name is in a Task's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A parameter itself.
    Top,
    /// A member of a parameter. In an optimised integration it may also have the API's name.
    Below,
}

/// Whether the API's own name is accepted.
fn takes_api_name(style: NameStyle, depth: Depth) -> bool {
    style == NameStyle::Optimised && depth == Depth::Below
}

/// The member that a name in a Task's parameters means.
pub(crate) fn find_member<'s>(
    style: NameStyle,
    structure: &'s StructureShape,
    name: &str,
    depth: Depth,
) -> Option<&'s Member> {
    let is_meant = |member: &&Member| {
        style.task_name(&member.name) == name
            || (takes_api_name(style, depth) && member.name == name)
    };
    structure.members.iter().find(is_meant)
}

/// The name and the value of a member in the parameters.
fn given_member<'v>(
    style: NameStyle,
    member: &Member,
    given: &'v Map<String, Value>,
    depth: Depth,
) -> (String, Option<&'v Value>) {
    let name = style.task_name(&member.name);
    let value = given.get(&name);
    match value.or_else(|| given.get(&member.name).filter(|_| takes_api_name(style, depth))) {
        Some(value) => (name, Some(value)),
        None => (name, None),
    }
}

/// The text that a parameter gives where the API wants a text: of anything else its JSON.
///
/// Spec: Developer Guide, "Passing parameters to a service API" § pass parameters as strings.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number, a boolean or a moment, or a text that says one.
fn scalar(shape: &Shape, value: &Value) -> Option<Value> {
    match (shape, value) {
        (Shape::Integer(_), Value::Number(number)) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0);
            whole.map(|_| number.as_i64().map_or_else(|| value.clone(), Value::from))
        }
        (Shape::Integer(_), Value::String(text)) => {
            text.trim().parse::<i64>().ok().map(Value::from)
        }
        (Shape::Float(_) | Shape::Timestamp(_), Value::Number(_))
        | (Shape::Boolean {}, Value::Bool(_)) => Some(value.clone()),
        (Shape::Float(_), Value::String(text)) => text.trim().parse::<f64>().ok().map(Value::from),
        (Shape::Boolean {}, Value::String(text)) => {
            text.trim().parse::<bool>().ok().map(Value::from)
        }
        (Shape::Timestamp(_), Value::String(text)) => {
            crate::moments::parse_date_time(text).map(|_| value.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service_model::find_service;

    fn read(service: &str, action: &str, style: NameStyle, given: &Value) -> Result<Value, String> {
        let model = find_service(service).expect("a service");
        let (_, operation) = model.find_action(action).expect("an action");
        let reader = ParameterReader::new(&model, style, "token");
        reader.read_request(operation.input, given).map(Value::Object)
    }

    #[test]
    fn names_are_spelled_as_the_api_has_them() {
        let given = json!({"DbClusterIdentifier": "c", "SkipFinalSnapshot": "true"});
        assert_eq!(
            read("rds", "deleteDBCluster", NameStyle::Sdk, &given),
            Ok(json!({"DBClusterIdentifier": "c", "SkipFinalSnapshot": true}))
        );
        let given = json!({"JobName": "j", "JobQueue": "q", "JobDefinition": "d",
            "RetryStrategy": {"attempts": "3"}});
        assert_eq!(
            read("batch", "submitJob", NameStyle::Optimised, &given),
            Ok(json!({"jobName": "j", "jobQueue": "q", "jobDefinition": "d",
                "retryStrategy": {"attempts": 3}}))
        );
    }

    #[test]
    fn what_the_api_wants_as_text_is_written_as_json() {
        let given = json!({"StateMachineArn": "a", "Input": {"k": [1]}, "Name": null});
        assert_eq!(
            read("sfn", "startExecution", NameStyle::Sdk, &given),
            Ok(json!({"stateMachineArn": "a", "input": "{\"k\":[1]}"}))
        );
    }

    #[test]
    fn every_member_that_cannot_be_used_is_named() {
        let given = json!({"Tablename": "t", "Key": [], "ConsistentRead": 1});
        assert_eq!(
            read("dynamodb", "getItem", NameStyle::Sdk, &given),
            Err("The field \"Tablename\" is not supported by Step Functions, The field \
                 'TableName' is required but was missing, The value of the field 'Key' has an \
                 invalid format, The value of the field 'ConsistentRead' has an invalid format"
                .to_owned())
        );
    }

    #[test]
    fn a_request_without_its_token_gets_one() {
        let given = json!({"Name": "c"});
        assert_eq!(
            read("eks", "deleteNodegroup", NameStyle::Sdk, &json!({"ClusterName": "c"})),
            Err("The field 'NodegroupName' is required but was missing".to_owned())
        );
        let made = read(
            "cloudcontrol",
            "createResource",
            NameStyle::Sdk,
            &json!({"TypeName": "t",
            "DesiredState": given}),
        );
        assert_eq!(
            made,
            Ok(
                json!({"TypeName": "t", "ClientToken": "token", "DesiredState": "{\"Name\":\"c\"}"})
            )
        );
    }
}
