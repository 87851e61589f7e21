//! What of an execution's history is logged, and where.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventKind, StateType};

/// Whether inputs and outputs are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionDataVisibility {
    /// They are.
    Shown,
    /// They are left out.
    Hidden,
}

/// Which events are logged.
///
/// Spec: Developer Guide, "Using `CloudWatch` Logs to log execution history" § log levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogLevel {
    /// The ends of executions that do not succeed.
    #[serde(rename = "FATAL")]
    Fatal,
    /// Everything that fails.
    #[serde(rename = "ERROR")]
    Error,
    /// Every event.
    #[serde(rename = "ALL")]
    All,
}

/// The `loggingConfiguration` of a state machine whose executions are logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionLogging {
    /// Which events are logged.
    pub level: LogLevel,
    /// Whether their inputs and outputs are.
    pub include_execution_data: bool,
    /// The ARN of the log group, as it was given.
    pub log_group_arn: String,
}

impl ExecutionLogging {
    /// Reads a machine's `loggingConfiguration`. Returns `None` for the level `OFF`.
    pub fn of_configuration(configuration: &Value) -> Option<Self> {
        let level = match configuration.get("level")?.as_str()? {
            "ALL" => LogLevel::All,
            "ERROR" => LogLevel::Error,
            "FATAL" => LogLevel::Fatal,
            _ => return None,
        };
        let include = configuration.get("includeExecutionData").and_then(Value::as_bool);
        let log_group = configuration.pointer("/destinations/0/cloudWatchLogsLogGroup/logGroupArn");
        Some(Self {
            level,
            include_execution_data: include.unwrap_or_default(),
            log_group_arn: log_group?.as_str()?.to_owned(),
        })
    }

    /// Returns the name of the log group: what follows `log-group:` in its ARN.
    pub fn log_group_name(&self) -> &str {
        let name = self.log_group_arn.split_once(":log-group:").map_or("", |(_, name)| name);
        name.strip_suffix(":*").unwrap_or(name)
    }

    /// Returns whether inputs and outputs are shown.
    pub const fn data_visibility(&self) -> ExecutionDataVisibility {
        if self.include_execution_data {
            ExecutionDataVisibility::Shown
        } else {
            ExecutionDataVisibility::Hidden
        }
    }

    /// Returns whether an event is logged.
    pub fn logs_event(&self, kind: &EventKind) -> bool {
        level_of_event(kind) <= self.level
    }
}

/// The least level at which an event is logged.
const fn level_of_event(kind: &EventKind) -> LogLevel {
    match kind {
        EventKind::ExecutionFailed(_)
        | EventKind::ExecutionAborted(_)
        | EventKind::ExecutionTimedOut(_) => LogLevel::Fatal,
        EventKind::StateEntered { state: StateType::Fail, .. }
        | EventKind::StateAborted(_)
        | EventKind::EvaluationFailed { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::TaskTimedOut { .. }
        | EventKind::LambdaFunctionFailed(_)
        | EventKind::LambdaFunctionTimedOut(_)
        | EventKind::ActivityScheduleFailed(_)
        | EventKind::ActivityFailed(_)
        | EventKind::ActivityTimedOut(_)
        | EventKind::ParallelStateFailed
        | EventKind::MapStateFailed
        | EventKind::MapIterationFailed { .. }
        | EventKind::MapIterationAborted { .. } => LogLevel::Error,
        EventKind::ExecutionStarted { .. }
        | EventKind::ExecutionSucceeded { .. }
        | EventKind::ExecutionRedriven { .. }
        | EventKind::StateEntered { .. }
        | EventKind::StateExited { .. }
        | EventKind::TaskScheduled { .. }
        | EventKind::TaskStarted { .. }
        | EventKind::TaskSubmitted { .. }
        | EventKind::TaskSucceeded { .. }
        | EventKind::LambdaFunctionScheduled { .. }
        | EventKind::LambdaFunctionStarted
        | EventKind::LambdaFunctionSucceeded { .. }
        | EventKind::ActivityScheduled { .. }
        | EventKind::ActivityStarted { .. }
        | EventKind::ActivitySucceeded { .. }
        | EventKind::ParallelStateStarted
        | EventKind::ParallelStateSucceeded
        | EventKind::MapStateStarted { .. }
        | EventKind::MapStateSucceeded
        | EventKind::MapIterationStarted { .. }
        | EventKind::MapIterationSucceeded { .. } => LogLevel::All,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Failure;

    fn logging(level: &str) -> Option<ExecutionLogging> {
        ExecutionLogging::of_configuration(&json!({
            "level": level,
            "includeExecutionData": true,
            "destinations": [{ "cloudWatchLogsLogGroup": {
                "logGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:/a/b:*" } }],
        }))
    }

    #[test]
    fn a_level_logs_what_the_levels_below_it_log() {
        let failed = EventKind::ExecutionFailed(Failure::default());
        for (level, logged) in [
            ("FATAL", [false, false, true]),
            ("ERROR", [false, true, true]),
            ("ALL", [true, true, true]),
        ] {
            let logging = logging(level).expect("it is on");
            let events = [&EventKind::MapStateSucceeded, &EventKind::MapStateFailed, &failed];
            assert_eq!(events.map(|event| logging.logs_event(event)), logged, "{level}");
        }
        assert_eq!(logging("OFF"), None);
    }

    #[test]
    fn a_log_group_is_named_by_its_arn() {
        assert_eq!(logging("ALL").expect("it is on").log_group_name(), "/a/b");
    }
}
