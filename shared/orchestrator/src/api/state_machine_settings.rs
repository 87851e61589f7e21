//! The settings of a state machine: definition, role, logging, tracing, encryption.

use asl::{Definition, Diagnostic, invalid_definition_message};
use model::{RevisionId, StateMachineType, VersionPublication};
use serde_json::{Value, json};

use crate::{
    Rejection,
    ports::{RandomSource, TaskCaller},
};

/// The settings of a machine besides definition and role.
#[derive(Clone, Debug, Default)]
pub struct StateMachineSettings {
    /// `loggingConfiguration`
    pub logging: Option<LoggingConfiguration>,
    /// `tracingConfiguration`
    pub tracing: Option<TracingConfiguration>,
    /// `encryptionConfiguration`
    pub encryption: Option<EncryptionType>,
    /// `publish`, `versionDescription`; none if neither is given.
    pub version: Option<VersionRequest>,
}

/// What a request says about a version: `publish`, `versionDescription`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRequest {
    /// A version is to be published.
    Publish(VersionPublication),
    /// A version is described but not published.
    DescribeOnly,
}

/// `loggingConfiguration`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggingConfiguration {
    /// `ALL`, `ERROR`, `FATAL` or `OFF`; the crate `protocol` has checked it.
    pub level: String,
    /// Whether inputs and outputs are logged.
    pub include_execution_data: bool,
    /// ARNs of log groups.
    pub log_groups: Vec<String>,
}

/// `tracingConfiguration`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracingConfiguration {
    /// Whether executions are traced by X-Ray.
    pub enabled: bool,
}

/// `encryptionConfiguration`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionType {
    /// `AWS_OWNED_KEY`: the store's own encryption.
    Owned,
    /// `CUSTOMER_MANAGED_KMS_KEY`, which is not supported yet.
    CustomerManaged,
}

/// What is wrong with the settings that a machine is created with or updated to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsRejection {
    /// The role is not the ARN of an IAM role: `InvalidArn`.
    #[error("Invalid Role Arn: '{0}'")]
    InvalidRoleArn(String),
    /// The definition has errors: `InvalidDefinition`.
    #[error("{}", invalid_definition_message(.0))]
    InvalidDefinition(Vec<Diagnostic>),
    /// Logging has not exactly one destination: `InvalidLoggingConfiguration`.
    #[error("Invalid Logging Configuration: Must specify exactly one Log Destination.")]
    LogDestination,
    /// A customer managed key is not supported yet: `InvalidEncryptionConfiguration`.
    #[error("Invalid Encryption Configuration: customer managed keys are not supported yet")]
    CustomerManagedKey,
    /// A version is described but not published: `ValidationException`.
    #[error("Version description can only be set when publish is true")]
    DescriptionWithoutPublish,
}

impl VersionRequest {
    /// Returns what is to be published.
    pub(super) fn into_publication(self) -> Option<VersionPublication> {
        match self {
            Self::Publish(publication) => Some(publication),
            Self::DescribeOnly => None,
        }
    }
}

impl Rejection for SettingsRejection {
    fn exception_name(&self) -> &'static str {
        match self {
            Self::InvalidRoleArn(_) => "InvalidArn",
            Self::InvalidDefinition(_) => "InvalidDefinition",
            Self::LogDestination => "InvalidLoggingConfiguration",
            Self::CustomerManagedKey => "InvalidEncryptionConfiguration",
            Self::DescriptionWithoutPublish => "ValidationException",
        }
    }
}

pub(super) fn parse_definition(
    caller: &impl TaskCaller,
    definition: &str,
) -> Result<Definition, SettingsRejection> {
    let parsed = asl::parse_definition(definition).map_err(SettingsRejection::InvalidDefinition)?;
    accept_unless(integration_refusals(caller, definition))?;
    Ok(parsed)
}

/// Checks what a definition may not have in a state machine of this type.
pub(super) fn check_patterns_of_type(
    machine_type: StateMachineType,
    definition: &str,
) -> Result<(), SettingsRejection> {
    match machine_type {
        StateMachineType::Standard => Ok(()),
        StateMachineType::Express => accept_unless(asl::express_refusals(definition)),
    }
}

fn accept_unless(refusals: Vec<Diagnostic>) -> Result<(), SettingsRejection> {
    if refusals.is_empty() { Ok(()) } else { Err(SettingsRejection::InvalidDefinition(refusals)) }
}

/// What the caller knows to be wrong with the Tasks of a definition.
pub fn integration_refusals(caller: &impl TaskCaller, definition: &str) -> Vec<Diagnostic> {
    asl::integration_refusals(definition, |resource, parameters| {
        caller.find_mistakes(resource, parameters)
    })
}

/// Checks that a role has the shape `arn:<partition>:iam::<account>:role/<path and name>`.
pub(super) fn check_role(role_arn: &str) -> Result<(), SettingsRejection> {
    let parts: Vec<&str> = role_arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", _, resource]
            if partition.starts_with("aws") && resource.starts_with("role/") =>
        {
            Ok(())
        }
        _ => Err(SettingsRejection::InvalidRoleArn(role_arn.to_owned())),
    }
}

pub(super) fn check_settings(settings: &StateMachineSettings) -> Result<(), SettingsRejection> {
    let StateMachineSettings { logging, tracing: _, encryption, version } = settings;
    match version {
        Some(VersionRequest::DescribeOnly) => {
            return Err(SettingsRejection::DescriptionWithoutPublish);
        }
        Some(VersionRequest::Publish(_)) | None => {}
    }
    if let Some(LoggingConfiguration { level, log_groups, .. }) = logging {
        let is_off = level == "OFF" && log_groups.is_empty();
        if !is_off && log_groups.len() != 1 {
            return Err(SettingsRejection::LogDestination);
        }
    }
    match encryption {
        Some(EncryptionType::CustomerManaged) => Err(SettingsRejection::CustomerManagedKey),
        Some(EncryptionType::Owned) | None => Ok(()),
    }
}

pub(super) fn default_logging() -> Value {
    let level = "OFF".to_owned();
    logging_value(&LoggingConfiguration {
        level,
        include_execution_data: false,
        log_groups: Vec::new(),
    })
}

pub(super) fn logging_value(logging: &LoggingConfiguration) -> Value {
    let LoggingConfiguration { level, include_execution_data, log_groups } = logging;
    let mut value = json!({ "level": level, "includeExecutionData": include_execution_data });
    if !log_groups.is_empty() {
        let destinations: Vec<Value> = log_groups
            .iter()
            .map(|arn| json!({ "cloudWatchLogsLogGroup": { "logGroupArn": arn } }))
            .collect();
        value["destinations"] = destinations.into();
    }
    value
}

pub(super) fn tracing_value(tracing: TracingConfiguration) -> Value {
    json!({ "enabled": tracing.enabled })
}

pub(super) fn encryption_value(encryption: EncryptionType) -> Value {
    match encryption {
        EncryptionType::Owned => json!({ "type": "AWS_OWNED_KEY" }),
        EncryptionType::CustomerManaged => json!({ "type": "CUSTOMER_MANAGED_KMS_KEY" }),
    }
}

pub(super) fn random_revision(source: &impl RandomSource) -> RevisionId {
    RevisionId::new(&source.random_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(level: &str, log_groups: &[&str]) -> StateMachineSettings {
        StateMachineSettings {
            logging: Some(LoggingConfiguration {
                level: level.to_owned(),
                include_execution_data: false,
                log_groups: log_groups.iter().copied().map(str::to_owned).collect(),
            }),
            ..StateMachineSettings::default()
        }
    }

    #[test]
    fn logging_needs_exactly_one_destination_unless_it_is_off() {
        assert_eq!(check_settings(&logging("OFF", &[])), Ok(()));
        assert_eq!(check_settings(&logging("OFF", &["a"])), Ok(()));
        assert_eq!(check_settings(&logging("ALL", &["a"])), Ok(()));
        for refused in [logging("ALL", &[]), logging("ALL", &["a", "b"])] {
            assert_eq!(check_settings(&refused), Err(SettingsRejection::LogDestination));
        }
    }

    #[test]
    fn logging_is_described_as_it_was_given() {
        assert_eq!(default_logging(), json!({ "level": "OFF", "includeExecutionData": false }));
        let given = logging("ALL", &["arn"]).logging.expect("given");
        let destination = json!({ "cloudWatchLogsLogGroup": { "logGroupArn": "arn" } });
        assert_eq!(logging_value(&given)["destinations"], json!([destination]));
    }

    #[test]
    fn a_role_is_named_by_its_arn() {
        assert_eq!(check_role("arn:aws:iam::000000000000:role/service-role/r"), Ok(()));
        for bad in ["role", "arn:aws:iam::000000000000:user/u", "arn:aws:states:::role/r"] {
            assert_eq!(check_role(bad), Err(SettingsRejection::InvalidRoleArn(bad.to_owned())));
        }
    }
}
