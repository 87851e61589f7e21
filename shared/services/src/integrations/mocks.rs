//! Checks mocked results against the models. The words are recorded.

use model::{IntegrationPattern, TaskResource};
use orchestrator::ports::MockedFields;
use serde_json::{Map, Value};

use super::{aws_sdk::SdkAction, catalogue::shows_the_answer, optimised::OptimisedAction};
use crate::{
    find_service,
    service_model::{
        Member, NameStyle, Operation, ServiceModel, Shape, ShapeIndex, StructureShape,
    },
};

/// Checks a result against the answer of the operation that the resource calls.
///
/// Spec: API reference, `TestState` § `mock.fieldValidationMode`.
///
/// Errors: what is wrong with the first field that is, in the order of the model.
pub fn check_result(
    resource: &TaskResource,
    result: &Value,
    fields: MockedFields,
) -> Result<(), String> {
    let TaskResource::Integration(integration) = resource else { return Ok(()) };
    let (service, action) = (integration.service.as_str(), integration.action.as_str());
    let check = |model: &ServiceModel, style, output: Option<ShapeIndex>, skipped| {
        let checker = MockChecker { model, style, fields, skipped };
        match (model.structure(output), result) {
            (Some(structure), Value::Object(given)) => checker.structure(structure, given),
            _ => Ok(()),
        }
    };
    // These two are served without a model of their own.
    let served_here = match (service, action, integration.pattern) {
        ("lambda", "invoke", IntegrationPattern::RequestResponse) => Some(("lambda", "Invoke")),
        ("states", "startExecution", IntegrationPattern::RequestResponse) => {
            Some(("sfn", "StartExecution"))
        }
        ("states", "startExecution", IntegrationPattern::Sync | IntegrationPattern::SyncJson) => {
            Some(("sfn", "DescribeExecution"))
        }
        _ => None,
    };
    if let Some((service, operation)) = served_here {
        let Some(model) = find_service(service) else { return Ok(()) };
        let Some((_, operation)) = model.find_operation(operation) else { return Ok(()) };
        // The payload is whatever the function answers.
        return check(&model, NameStyle::Optimised, operation.output, "Payload");
    }
    if let Some(found) = SdkAction::find(service, action) {
        let output = found.operation().and_then(|(_, operation)| operation.output);
        return check(&found.model, NameStyle::Sdk, output, "");
    }
    match OptimisedAction::find(service, action) {
        Some(found)
            if shows_the_answer(integration.pattern) && found.own_parameters().is_none() =>
        {
            let operation = found.operation().map(|(_, operation)| operation);
            // Of a stream, a Task gets what the integration makes of it.
            let is_shown = |operation: &&Operation| !operation.streams_events;
            let output = operation.filter(is_shown).and_then(|operation| operation.output);
            // The body of a Bedrock model is shown as JSON.
            let skipped = if service == "bedrock" { "Body" } else { "" };
            check(&found.model, NameStyle::Optimised, output, skipped)
        }
        Some(_) | None => Ok(()),
    }
}

struct MockChecker<'m> {
    model: &'m ServiceModel,
    style: NameStyle,
    fields: MockedFields,
    /// The member that may be anything.
    skipped: &'static str,
}

impl MockChecker<'_> {
    fn structure(
        &self,
        structure: &StructureShape,
        given: &Map<String, Value>,
    ) -> Result<(), String> {
        for member in &structure.members {
            let name = self.style.task_name(&member.name);
            match given.get(&name).filter(|value| !value.is_null()) {
                Some(_) if name == self.skipped => {}
                Some(value) => self.member(member, &name, value)?,
                None if self.fields == MockedFields::RequiredAndPresent
                    && structure.required.contains(&member.name) =>
                {
                    return Err(format!("Required field '{name}' is missing"));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn member(&self, member: &Member, name: &str, value: &Value) -> Result<(), String> {
        let fails = |rule: &str| Err(format!("Field '{name}' {rule}"));
        match (self.model.shape(member.shape), value) {
            (Shape::Structure(structure), Value::Object(given)) if !structure.is_document => {
                self.structure(structure, given)
            }
            (Shape::Structure(structure), _) if structure.is_document => Ok(()),
            (Shape::Structure(_) | Shape::Map(_), value) if !value.is_object() => {
                fails("must be an object")
            }
            (Shape::Map(map), Value::Object(entries)) => {
                entries.values().try_for_each(|value| self.member(&map.value, name, value))
            }
            (Shape::List(list), Value::Array(items)) => {
                items.iter().try_for_each(|item| self.member(&list.item, name, item))
            }
            (Shape::List(_), _) => fails("must be an array"),
            (Shape::Text(text), Value::String(given)) => {
                if !text.values.is_empty() && !text.values.contains(given) {
                    return fails("is not an expected value");
                }
                if is_shorter(given, text.length_min) {
                    return fails("is smaller than the minimum length");
                }
                Ok(())
            }
            (Shape::Blob(blob), Value::String(given)) if is_shorter(given, blob.length_min) => {
                fails("is smaller than the minimum length")
            }
            (Shape::Text(_) | Shape::Blob(_) | Shape::Timestamp(_), value)
                if !value.is_string() =>
            {
                fails("must be a string")
            }
            (Shape::Integer(bounds) | Shape::Float(bounds), value) => match value.as_f64() {
                None => fails("must be a number"),
                Some(number) if bounds.minimum.is_some_and(|minimum| number < minimum) => {
                    fails("is less than the minimum value")
                }
                Some(number) if bounds.maximum.is_some_and(|maximum| number > maximum) => {
                    fails("exceeds the maximum value")
                }
                Some(_) => Ok(()),
            },
            (Shape::Boolean {}, value) if !value.is_boolean() => fails("must be a boolean"),
            _ => Ok(()),
        }
    }
}

fn is_shorter(text: &str, minimum: Option<f64>) -> bool {
    let length = u32::try_from(text.chars().count()).map_or(f64::MAX, f64::from);
    minimum.is_some_and(|minimum| length < minimum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistake(resource: &str, result: &Value, fields: MockedFields) -> String {
        let resource = format!("arn:aws:states:::{resource}").parse().expect("a resource");
        check_result(&resource, result, fields).err().unwrap_or_default()
    }

    #[test]
    fn the_first_field_that_does_not_fit_is_named_by_its_last_name() {
        let strict = |resource: &str, result: Value| {
            mistake(resource, &result, MockedFields::RequiredAndPresent)
        };
        for (resource, result, words) in [
            (
                "lambda:invoke",
                json!({"StatusCode": "200", "Payload": 1}),
                "Field 'StatusCode' must be a number",
            ),
            ("lambda:invoke", json!({"Payload": [1], "StatusCode": 200}), ""),
            ("states:startExecution", json!({}), "Required field 'ExecutionArn' is missing"),
            (
                "aws-sdk:lambda:getFunction",
                json!({"Configuration": {"MemorySize": 64}}),
                "Field 'MemorySize' is less than the minimum value",
            ),
            (
                "aws-sdk:lambda:getFunction",
                json!({"Configuration": []}),
                "Field 'Configuration' must be an object",
            ),
            (
                "aws-sdk:s3:getObject",
                json!({"StorageClass": "COLD"}),
                "Field 'StorageClass' is not an expected value",
            ),
            ("events:putEvents", json!({"Entries": {}}), "Field 'Entries' must be an array"),
            ("sqs:sendMessage", json!({"MessageId": 1}), "Field 'MessageId' must be a string"),
            (
                "aws-sdk:kms:encrypt",
                json!({"KeyId": ""}),
                "Field 'KeyId' is smaller than the minimum length",
            ),
            ("glue:startJobRun.sync", json!({"JobRunId": 1}), ""),
        ] {
            assert_eq!(strict(resource, result.clone()), words, "{resource} {result}");
        }
    }

    #[test]
    fn a_job_of_a_state_machine_is_described() {
        let described = json!({"ExecutionArn": "e", "StateMachineArn": "m", "Status": "SUCCEEDED",
            "StartDate": "2026-09-01T00:00:00Z", "Output": "{}"});
        for resource in ["states:startExecution.sync", "states:startExecution.sync:2"] {
            let check = |change: Value| {
                let mut result = described.clone();
                result
                    .as_object_mut()
                    .expect("an object")
                    .extend(change.as_object().expect("an object").clone());
                mistake(resource, &result, MockedFields::RequiredAndPresent)
            };
            assert_eq!(check(json!({})), "");
            assert_eq!(check(json!({"Output": {}})), "Field 'Output' must be a string");
            assert_eq!(check(json!({"StartDate": 1})), "Field 'StartDate' must be a string");
        }
    }

    #[test]
    fn what_is_not_there_need_not_be_valid() {
        let present = MockedFields::Present;
        assert_eq!(mistake("states:startExecution", &json!({}), present), "");
        let wrong = json!({"ExecutionArn": 1});
        assert_ne!(mistake("states:startExecution", &wrong, present), "");
    }
}
