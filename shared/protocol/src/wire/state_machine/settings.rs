//! The members that `CreateStateMachine` and `UpdateStateMachine` share.

use model::{VersionPublication, limits::DESCRIPTION_CHARS_MAX};
use orchestrator::api::{
    LoggingConfiguration, StateMachineSettings, TracingConfiguration, VersionRequest,
};
use serde::Deserialize;

use crate::{
    request_constraints::{RequestConstraints, ValueSensitivity},
    wire::encryption::EncryptionShape,
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateMachineSettingsInput {
    logging_configuration: Option<LoggingShape>,
    tracing_configuration: Option<TracingShape>,
    encryption_configuration: Option<EncryptionShape>,
    publish: Option<bool>,
    version_description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggingShape {
    level: Option<String>,
    include_execution_data: Option<bool>,
    destinations: Option<Vec<DestinationShape>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DestinationShape {
    cloud_watch_logs_log_group: Option<LogGroupShape>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogGroupShape {
    log_group_arn: Option<String>,
}

#[derive(Debug, Deserialize)]
struct TracingShape {
    enabled: Option<bool>,
}

impl StateMachineSettingsInput {
    pub(super) fn into_settings(
        self,
        constraints: &mut RequestConstraints,
    ) -> StateMachineSettings {
        let description = self.version_description;
        constraints.check_length(
            "versionDescription",
            description.as_deref(),
            0..=DESCRIPTION_CHARS_MAX,
            ValueSensitivity::Sensitive,
        );
        let version = match (self.publish, description) {
            (Some(true), description) => {
                Some(VersionRequest::Publish(VersionPublication { description }))
            }
            (Some(false) | None, Some(_)) => Some(VersionRequest::DescribeOnly),
            (Some(false) | None, None) => None,
        };
        let tracing = self.tracing_configuration;
        StateMachineSettings {
            logging: self.logging_configuration.map(|logging| logging.into_logging(constraints)),
            tracing: tracing
                .map(|shape| TracingConfiguration { enabled: shape.enabled == Some(true) }),
            encryption: self
                .encryption_configuration
                .map(|shape| shape.into_encryption(constraints)),
            version,
        }
    }
}

impl LoggingShape {
    fn into_logging(self, constraints: &mut RequestConstraints) -> LoggingConfiguration {
        const LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];
        constraints.check_enum_value("loggingConfiguration.level", self.level.as_deref(), &LEVELS);
        let group =
            |destination: DestinationShape| destination.cloud_watch_logs_log_group?.log_group_arn;
        let destinations = self.destinations.unwrap_or_default().into_iter();
        let log_groups: Vec<String> = destinations.filter_map(group).collect();
        for (position, arn) in (1..).zip(&log_groups) {
            let at = format!(
                "loggingConfiguration.destinations.{position}.member.cloudWatchLogsLogGroup.\
                 logGroupArn"
            );
            constraints.check_length(&at, Some(arn), 1..=256, ValueSensitivity::Public);
        }
        LoggingConfiguration {
            level: self.level.unwrap_or_else(|| "OFF".to_owned()),
            include_execution_data: self.include_execution_data == Some(true),
            log_groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> StateMachineSettings {
        let shape: StateMachineSettingsInput = serde_json::from_str(json).expect("a request");
        let mut constraints = RequestConstraints::default();
        let settings = shape.into_settings(&mut constraints);
        assert_eq!(constraints.into_result(), Ok(()));
        settings
    }

    #[test]
    fn logging_has_defaults() {
        let logging = settings(r#"{"loggingConfiguration":{}}"#).logging.expect("given");
        assert_eq!(logging.level, "OFF");
        assert!(!logging.include_execution_data);
        assert!(settings("{}").logging.is_none());
    }

    #[test]
    fn each_destination_is_a_log_group() {
        let json = r#"{"loggingConfiguration":{"level":"ALL","destinations":[
            {"cloudWatchLogsLogGroup":{"logGroupArn":"a"}},
            {"cloudWatchLogsLogGroup":{"logGroupArn":"b"}}]}}"#;
        assert_eq!(settings(json).logging.expect("given").log_groups, ["a", "b"]);
    }

    #[test]
    fn a_version_is_described_only_if_it_is_published() {
        let described = settings(r#"{"versionDescription":"first"}"#);
        assert_eq!(described.version, Some(VersionRequest::DescribeOnly));
        let published = settings(r#"{"versionDescription":"first","publish":true}"#);
        let description = Some("first".to_owned());
        let publication = VersionRequest::Publish(VersionPublication { description });
        assert_eq!(published.version, Some(publication));
    }
}
