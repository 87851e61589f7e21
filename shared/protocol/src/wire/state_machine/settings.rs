//! The members that `CreateStateMachine` and `UpdateStateMachine` share.

use orchestrator::{Encryption, Logging, Settings, Tracing, Version};
use serde::Deserialize;

use crate::constraint::{Constraints, Shown};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingsInput {
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncryptionShape {
    r#type: Option<String>,
    kms_key_id: Option<String>,
    kms_data_key_reuse_period_seconds: Option<i64>,
}

impl SettingsInput {
    pub(super) fn checked(self, constraints: &mut Constraints) -> Settings {
        let version_description = self.version_description.as_deref();
        constraints.length("versionDescription", version_description, 0..=256, Shown::Sensitive);
        let version = match (self.publish, version_description) {
            (Some(true), _) => Some(Version::Publish),
            (Some(false) | None, Some(_)) => Some(Version::DescribeOnly),
            (Some(false) | None, None) => None,
        };
        let tracing = self.tracing_configuration;
        Settings {
            logging: self.logging_configuration.map(|logging| logging.checked(constraints)),
            tracing: tracing.map(|shape| Tracing { enabled: shape.enabled == Some(true) }),
            encryption: self.encryption_configuration.map(|shape| shape.checked(constraints)),
            version,
        }
    }
}

impl LoggingShape {
    fn checked(self, constraints: &mut Constraints) -> Logging {
        const LEVELS: [&str; 4] = ["ALL", "ERROR", "FATAL", "OFF"];
        constraints.one_of("loggingConfiguration.level", self.level.as_deref(), &LEVELS);
        let group =
            |destination: DestinationShape| destination.cloud_watch_logs_log_group?.log_group_arn;
        let destinations = self.destinations.unwrap_or_default().into_iter();
        let log_groups: Vec<String> = destinations.filter_map(group).collect();
        for (position, arn) in (1..).zip(&log_groups) {
            let at = format!(
                "loggingConfiguration.destinations.{position}.member.cloudWatchLogsLogGroup.\
                 logGroupArn"
            );
            constraints.length(&at, Some(arn), 1..=256, Shown::Open);
        }
        Logging {
            level: self.level.unwrap_or_else(|| "OFF".to_owned()),
            include_execution_data: self.include_execution_data == Some(true),
            log_groups,
        }
    }
}

impl EncryptionShape {
    fn checked(self, constraints: &mut Constraints) -> Encryption {
        const TYPES: [&str; 2] = ["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"];
        let at = |member: &str| format!("encryptionConfiguration.{member}");
        constraints.one_of(&at("type"), self.r#type.as_deref(), &TYPES);
        constraints.length(&at("kmsKeyId"), self.kms_key_id.as_deref(), 1..=2048, Shown::Open);
        let period = self.kms_data_key_reuse_period_seconds;
        constraints.range(&at("kmsDataKeyReusePeriodSeconds"), period, 60..=900);
        let r#type = constraints.required(&at("type"), self.r#type);
        if r#type == TYPES[1] { Encryption::CustomerManaged } else { Encryption::Owned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Settings {
        let shape: SettingsInput = serde_json::from_str(json).expect("a request");
        let mut constraints = Constraints::default();
        let settings = shape.checked(&mut constraints);
        assert_eq!(constraints.finish(), Ok(()));
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
        assert_eq!(described.version, Some(Version::DescribeOnly));
        let published = settings(r#"{"versionDescription":"first","publish":true}"#);
        assert_eq!(published.version, Some(Version::Publish));
    }
}
