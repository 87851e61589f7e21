//! What the models say of a Task before it runs: whether there is such an action, and whether it has
//! such parameters.
//!
//! Spec: Developer Guide, "Passing parameters to a service API".

use model::{IntegrationPattern, TaskResource};
use orchestrator::ports::IntegrationMistake;
use serde_json::{Map, Value};

use super::{
    aws_sdk::SdkAction,
    endpoint_call::eks_cluster::{
        CALL_PARAMETERS, CALL_REQUIRED, RUN_JOB_PARAMETERS, RUN_JOB_REQUIRED,
    },
    optimised::OptimisedAction,
};
use crate::{
    parameters::{Depth, find_member},
    service_model::{Member, NameStyle, ServiceModel, Shape, StructureShape},
};

/// What is wrong with a Task that calls this resource with these parameters, as they are written.
pub fn find_mistakes(
    resource: &TaskResource,
    parameters: Option<&Value>,
) -> Vec<IntegrationMistake> {
    let TaskResource::Integration(integration) = resource else { return Vec::new() };
    let (service, action) = (integration.service.as_str(), integration.action.as_str());
    if service.starts_with("aws-sdk:") {
        let Some(found) = SdkAction::find(service, action) else {
            return vec![IntegrationMistake::UnknownResource];
        };
        let input = found.operation().and_then(|(_, operation)| operation.input);
        return check(&found.model, NameStyle::Sdk, found.model.structure(input), parameters);
    }
    match (service, action) {
        ("eks", "call") => return check_list(&CALL_PARAMETERS, CALL_REQUIRED, parameters),
        ("eks", "runJob") => return check_list(&RUN_JOB_PARAMETERS, RUN_JOB_REQUIRED, parameters),
        _ => {}
    }
    match OptimisedAction::find(service, action) {
        Some(found) => {
            if let Some(own) = found.own_parameters() {
                return check_names(own, parameters);
            }
            let input = found.operation().and_then(|(_, operation)| operation.input);
            let structure = found.model.structure(input);
            let mut mistakes = check(&found.model, NameStyle::Optimised, structure, parameters);
            mistakes.retain(|mistake| {
                found.supplied_parameter().map(missing).as_ref() != Some(mistake)
            });
            mistakes
        }
        // Lambda's parameters are checked when it is called (observed), as are those of HTTP.
        None => Vec::new(),
    }
}

/// Whether a result of this pattern is the answer of the operation that it calls.
pub(super) const fn shows_the_answer(pattern: IntegrationPattern) -> bool {
    matches!(pattern, IntegrationPattern::RequestResponse)
}

fn check(
    model: &ServiceModel,
    style: NameStyle,
    structure: Option<&StructureShape>,
    parameters: Option<&Value>,
) -> Vec<IntegrationMistake> {
    let mut mistakes = Vec::new();
    // Without parameters the state's input is taken, and an expression may give anything.
    let Some(Value::Object(given)) = parameters else { return mistakes };
    match structure {
        Some(structure) => {
            Checker { model, style, mistakes: &mut mistakes }.structure(
                structure,
                given,
                "",
                Depth::Top,
            );
            check_required(style, structure, given, &mut mistakes);
        }
        None => given.keys().for_each(|name| mistakes.push(unsupported(bare_name(name), ""))),
    }
    mistakes
}

fn check_names(own: &[&str], parameters: Option<&Value>) -> Vec<IntegrationMistake> {
    let given = parameters.and_then(Value::as_object);
    let names = given.into_iter().flat_map(Map::keys).map(|name| bare_name(name));
    names.filter(|name| !own.contains(name)).map(|name| unsupported(name, "")).collect()
}

/// The same, where the first names are those of parameters that are required.
fn check_list(
    own: &[&str],
    required: usize,
    parameters: Option<&Value>,
) -> Vec<IntegrationMistake> {
    let mut mistakes = check_names(own, parameters);
    let Some(given) = parameters.and_then(Value::as_object) else { return mistakes };
    for name in own.iter().take(required) {
        if !given.keys().any(|given| bare_name(given) == *name) {
            mistakes.push(missing(name));
        }
    }
    mistakes
}

fn check_required(
    style: NameStyle,
    structure: &StructureShape,
    given: &Map<String, Value>,
    mistakes: &mut Vec<IntegrationMistake>,
) {
    for required in &structure.required {
        let Some(member) = structure.find_member(required) else { continue };
        let is_meant = |name: &String| {
            find_member(style, structure, bare_name(name), Depth::Top)
                .is_some_and(|found| found.name == member.name)
        };
        if !member.is_idempotency_token && !given.keys().any(is_meant) {
            mistakes.push(missing(&style.task_name(&member.name)));
        }
    }
}

struct Checker<'c> {
    model: &'c ServiceModel,
    style: NameStyle,
    mistakes: &'c mut Vec<IntegrationMistake>,
}

impl Checker<'_> {
    fn structure(
        &mut self,
        structure: &StructureShape,
        given: &Map<String, Value>,
        place: &str,
        depth: Depth,
    ) {
        for (name, value) in given {
            let bare = bare_name(name);
            match find_member(self.style, structure, bare, depth) {
                None => self.mistakes.push(unsupported(bare, place)),
                // The value of a path is known when it runs.
                Some(member) if bare == name => {
                    self.member(member, value, &format!("{place}/{name}"));
                }
                Some(_) => {}
            }
        }
    }

    fn member(&mut self, member: &Member, value: &Value, place: &str) {
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), Value::Object(given)) if !structure.is_document => {
                self.structure(structure, given, place, Depth::Below);
            }
            (Shape::List(list), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.member(&list.item, item, &format!("{place}[{index}]"));
                }
            }
            (Shape::Map(map), Value::Object(entries)) => {
                for (key, value) in entries.iter().filter(|(key, _)| bare_name(key) == *key) {
                    self.member(&map.value, value, &format!("{place}/{key}"));
                }
            }
            _ => {}
        }
    }
}

/// The name of a parameter without the ending that says that its value is a path.
fn bare_name(name: &str) -> &str {
    name.strip_suffix(".$").unwrap_or(name)
}

fn missing(name: &str) -> IntegrationMistake {
    IntegrationMistake::Parameter {
        place: String::new(),
        message: format!("The field '{name}' is required but was missing"),
    }
}

fn unsupported(name: &str, place: &str) -> IntegrationMistake {
    IntegrationMistake::Parameter {
        place: place.to_owned(),
        message: format!("The field '{name}' is not supported by Step Functions"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistakes(resource: &str, parameters: &Value) -> Vec<String> {
        let resource = format!("arn:aws:states:::{resource}").parse().expect("a resource");
        let found = find_mistakes(&resource, Some(parameters)).into_iter();
        let shown = found.map(|mistake| match mistake {
            IntegrationMistake::UnknownResource => "unknown".to_owned(),
            IntegrationMistake::Parameter { place, message } => format!("{place}: {message}"),
        });
        shown.collect()
    }

    #[test]
    fn only_what_the_sdk_has_is_known() {
        for unknown in [
            "aws-sdk:nothing:getObject",
            "aws-sdk:s3:readObject",
            "aws-sdk:s3:selectObjectContent",
            "aws-sdk:sts:assumeRole",
            "aws-sdk:lambda:invokeWithResponseStream",
            "aws-sdk:globalaccelerator:listAccelerators",
        ] {
            assert_eq!(mistakes(unknown, &json!({})), ["unknown"], "{unknown}");
        }
        assert!(mistakes("aws-sdk:secretsmanager:listSecrets", &json!({})).is_empty());
    }

    #[test]
    fn unknown_and_missing_parameters_are_named() {
        let given = json!({"Bucket.$": "$.b", "key": "k"});
        assert_eq!(
            mistakes("aws-sdk:s3:getObject", &given),
            [
                ": The field 'key' is not supported by Step Functions",
                ": The field 'Key' is required but was missing"
            ]
        );
        let given = json!({"Filter": []});
        assert_eq!(
            mistakes("aws-sdk:ec2:describeSnapshots", &given),
            [": The field 'Filter' is not supported by Step Functions"]
        );
        let given = json!({"TaskDefinition": "t", "Overrides": {"ContainerOverrides": [
            {"Name": "c", "Environment": [{"Key": "k", "Value.$": "$.v"}]}]}});
        assert_eq!(
            mistakes("ecs:runTask.sync", &given),
            [
                "/Overrides/ContainerOverrides[0]/Environment[0]: The field 'Key' is not supported by \
              Step Functions"
            ]
        );
        let harness =
            json!({"HarnessArn": "arn:h", "Messages": [{"Role": "user", "Contents": []}]});
        assert_eq!(
            mistakes("bedrockagentcore:invokeHarness", &harness),
            ["/Messages[0]: The field 'Contents' is not supported by Step Functions"]
        );
        let given = json!({"ClusterId": "c", "JobFlowIds": []});
        assert_eq!(
            mistakes("elasticmapreduce:terminateCluster", &given),
            [": The field 'JobFlowIds' is not supported by Step Functions"]
        );
    }

    #[test]
    fn calls_of_a_cluster_have_their_own_parameters() {
        let cluster =
            json!({"ClusterName.$": "$.c", "CertificateAuthority": "ca", "Endpoint": "https://c"});
        let with = |members: &Value| {
            let mut given = cluster.clone();
            members.as_object().into_iter().flatten().for_each(|(name, value)| {
                given[name] = value.clone();
            });
            given
        };
        assert!(mistakes("eks:call", &with(&json!({"Method": "GET", "Path": "/"}))).is_empty());
        assert_eq!(
            mistakes("eks:call", &with(&json!({"Method": "GET", "Headers": {}}))),
            [
                ": The field 'Headers' is not supported by Step Functions",
                ": The field 'Path' is required but was missing"
            ]
        );
        assert!(mistakes("eks:runJob.sync", &with(&json!({"Job": {}}))).is_empty());
        assert_eq!(
            mistakes("eks:runJob", &with(&json!({}))),
            [": The field 'Job' is required but was missing"]
        );
    }

    #[test]
    fn names_of_maps_are_the_users() {
        let given =
            json!({"TableName": "t", "Item": {"any.name": {"S.$": "$.s"}, "n": {"N": "1"}}});
        assert!(mistakes("dynamodb:putItem", &given).is_empty());
        let given = json!({"TableName": "t", "Item": {"a": {"X": 1}}});
        assert_eq!(
            mistakes("dynamodb:putItem", &given),
            ["/Item/a: The field 'X' is not supported by Step Functions"]
        );
    }
}
