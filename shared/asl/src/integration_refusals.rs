//! What a catalogue of integrations refuses in the Tasks of a definition.

use model::TaskResource;
use serde_json::Value;

use crate::{
    Diagnostic, DiagnosticCode, DiagnosticSeverity, outline,
    parse::{parse_offered_resource, read_document},
};

/// What is wrong with a Task that calls an integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationMistake {
    /// There is no such service, or no such action of it.
    UnknownResource,
    /// A parameter cannot be used.
    Parameter {
        /// Its place below the parameters, such as `/Overrides`; empty for the parameters themselves.
        place: String,
        /// What is wrong with it, in AWS's words.
        message: String,
    },
}

/// Returns an error for each mistake that `find_mistakes` finds in a Task, in document order. It gets
/// the Task's resource, and its parameters as they are written, if it has any.
///
/// Spec: Developer Guide, "Passing parameters to a service API".
pub fn integration_refusals(
    text: &str,
    find_mistakes: impl Fn(&TaskResource, Option<&Value>) -> Vec<IntegrationMistake>,
) -> Vec<Diagnostic> {
    let Ok(document) = read_document(text) else { return Vec::new() };
    let workflows = outline::outline_workflows(&document);
    let states = workflows.iter().flat_map(|workflow| &workflow.states);
    let mut refusals = Vec::new();
    for state in states {
        let Some(shape) = state.shape.filter(|shape| shape.kind == "Task") else { continue };
        let Some(arn) = shape.fields.get("Resource").and_then(Value::as_str) else { continue };
        let Some(resource) = parse_offered_resource(arn) else { continue };
        let given = ["Parameters", "Arguments"]
            .into_iter()
            .find_map(|field| Some((field, shape.fields.get(field)?)));
        for mistake in find_mistakes(&resource, given.map(|(_, parameters)| parameters)) {
            let (message, place) = match mistake {
                IntegrationMistake::UnknownResource => (
                    format!(
                        "The resource provided {arn} is not recognized. The value is not a valid \
                         resource ARN, or the resource is not available in this region."
                    ),
                    "Resource".to_owned(),
                ),
                IntegrationMistake::Parameter { place, message } => {
                    let field = given.map_or("Parameters", |(field, _)| field);
                    (message, format!("{field}{place}"))
                }
            };
            refusals.push(Diagnostic {
                severity: DiagnosticSeverity::Error,
                code: DiagnosticCode::SchemaValidationFailed,
                message,
                location: Some(format!("{}/{place}", state.location)),
            });
        }
    }
    refusals
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let task = |fields: Value| {
            let mut state = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                "End": true});
            state
                .as_object_mut()
                .expect("an object")
                .extend(fields.as_object().expect("an object").clone());
            json!({"StartAt": "S", "States": {"S": state}}).to_string()
        };
        let find = |_: &TaskResource, parameters: Option<&Value>| match parameters {
            Some(_) => vec![IntegrationMistake::Parameter {
                place: "/Body".to_owned(),
                message: "wrong".to_owned(),
            }],
            None => vec![IntegrationMistake::UnknownResource],
        };
        let shown = |text: &str| {
            let found = integration_refusals(text, find);
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(&task(json!({"Parameters": {}}))),
            ["SCHEMA_VALIDATION_FAILED: wrong at /States/S/Parameters/Body"]
        );
        assert_eq!(
            shown(&task(json!({}))),
            [
                "SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::sqs:sendMessage is \
              not recognized. The value is not a valid resource ARN, or the resource is not \
              available in this region. at /States/S/Resource"
            ]
        );
    }
}
