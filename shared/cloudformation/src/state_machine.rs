//! Reads one `AWS::Serverless::StateMachine` or `AWS::StepFunctions::StateMachine`.
//!
//! Spec: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html>,
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html>

use std::path::{Path, PathBuf};

use model::StateMachineType;
use serde_json::Value;

use crate::{
    local_assets::find_asset,
    resolver::{Resolver, UnknownValues, text_of},
};

/// Holds a state machine of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateStateMachine {
    /// Its logical id.
    pub logical_id: String,
    /// Its name: its own, or its logical id.
    pub name: String,
    /// Standard or Express.
    pub machine_type: StateMachineType,
    /// Where its definition is.
    pub definition: TemplateDefinition,
    /// `DefinitionSubstitutions`: names, and what replaces them.
    pub substitutions: Vec<(String, String)>,
    /// The tags, as keys and values.
    pub tags: Vec<(String, String)>,
    /// The logging, if the template says something about it.
    pub logging: Option<TemplateLogging>,
}

/// Says where a definition is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateDefinition {
    /// In a file, JSON or YAML.
    File(PathBuf),
    /// In the template. It is JSON here.
    Text(String),
}

/// Holds a `LoggingConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateLogging {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`.
    pub level: String,
    /// Whether inputs and outputs are logged.
    pub include_execution_data: bool,
    /// ARNs of log groups, each with `:*` at its end.
    pub log_groups: Vec<String>,
}

/// Reads one state machine.
pub(crate) struct StateMachineReader<'a> {
    pub(crate) id: &'a str,
    pub(crate) resource: &'a Value,
    pub(crate) folder: &'a Path,
    pub(crate) resolver: &'a Resolver<'a>,
}

impl StateMachineReader<'_> {
    /// Returns the state machine, and what a user should know about it; no state machine if nothing
    /// here has its definition.
    pub(crate) fn read_state_machine(&self) -> (Option<TemplateStateMachine>, Vec<String>) {
        let mut unknown = UnknownValues::default();
        let Some(definition) = self.read_definition(&mut unknown) else {
            let warning =
                format!("state machine {}: its definition is not in this project", self.id);
            return (None, vec![warning]);
        };
        let machine = TemplateStateMachine {
            logical_id: self.id.to_owned(),
            name: self.resolver.resource_name(self.id),
            machine_type: self.read_type(),
            definition,
            substitutions: self.read_substitutions(&mut unknown),
            tags: self.read_tags(),
            logging: self.read_logging(),
        };
        let warnings = unknown.names.iter().map(|name| {
            format!(
                "state machine {}: only a deployment knows {name}, so `{}` stands for it in the \
                 definition",
                self.id,
                name.rsplit(' ').next().unwrap_or(name)
            )
        });
        (Some(machine), warnings.collect())
    }

    fn property(&self, name: &str) -> &Value {
        &self.resource["Properties"][name]
    }

    fn read_definition(&self, unknown: &mut UnknownValues) -> Option<TemplateDefinition> {
        for inline in ["DefinitionString", "Definition"] {
            let value = self.property(inline);
            if !value.is_null() {
                let text = match self.resolver.resolve(value, unknown)? {
                    Value::String(text) => text,
                    other => format!("{other:#}"),
                };
                return Some(TemplateDefinition::Text(text));
            }
        }
        self.find_definition_file().map(TemplateDefinition::File)
    }

    /// The file of `DefinitionUri` or `DefinitionS3Location`: a path before the template is packaged,
    /// and an object of S3 after that.
    fn find_definition_file(&self) -> Option<PathBuf> {
        for location in ["DefinitionUri", "DefinitionS3Location"] {
            let location = self.resolver.resolve_known(self.property(location));
            let found = match location {
                Some(Value::String(path)) if path.contains("://") => find_asset(self.folder, &path),
                Some(Value::String(path)) => Some(self.folder.join(path)),
                Some(Value::Object(object)) => {
                    find_asset(self.folder, object.get("Key")?.as_str()?)
                }
                // A bucket whose name only a deployment knows has no effect on the key.
                _ => {
                    let key = &self.property("DefinitionS3Location")["Key"];
                    self.resolver.resolve_text(key).and_then(|key| find_asset(self.folder, &key))
                }
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn read_type(&self) -> StateMachineType {
        let types = ["Type", "StateMachineType"]
            .map(|name| self.resolver.resolve_text(self.property(name)));
        if types.iter().flatten().any(|name| name == "EXPRESS") {
            StateMachineType::Express
        } else {
            StateMachineType::Standard
        }
    }

    fn read_substitutions(&self, unknown: &mut UnknownValues) -> Vec<(String, String)> {
        let substitutions =
            self.resolver.resolve(self.property("DefinitionSubstitutions"), unknown);
        let Some(Value::Object(substitutions)) = substitutions else { return Vec::new() };
        substitutions
            .into_iter()
            .filter_map(|(name, value)| Some((name, text_of(&value)?)))
            .collect()
    }

    /// `{"key": "value"}` in SAM, `[{"Key": "key", "Value": "value"}]` in CloudFormation
    fn read_tags(&self) -> Vec<(String, String)> {
        match self.resolver.resolve_known(self.property("Tags")) {
            Some(Value::Object(tags)) => {
                tags.into_iter().filter_map(|(key, value)| Some((key, text_of(&value)?))).collect()
            }
            Some(Value::Array(tags)) => tags
                .iter()
                .filter_map(|tag| Some((text_of(&tag["Key"])?, text_of(&tag["Value"])?)))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn read_logging(&self) -> Option<TemplateLogging> {
        let names = ["LoggingConfiguration", "Logging"];
        let given = names.iter().map(|name| self.property(name)).find(|value| !value.is_null())?;
        let logging = self.resolver.resolve_known(given)?;
        let destinations =
            logging["Destinations"].as_array().map(Vec::as_slice).unwrap_or_default();
        let group = |destination: &Value| {
            let arn = destination["CloudWatchLogsLogGroup"]["LogGroupArn"].as_str()?;
            Some(if arn.ends_with(":*") { arn.to_owned() } else { format!("{arn}:*") })
        };
        Some(TemplateLogging {
            level: logging["Level"].as_str().unwrap_or("OFF").to_owned(),
            include_execution_data: logging["IncludeExecutionData"] == true,
            log_groups: destinations.iter().filter_map(group).collect(),
        })
    }
}
