//! The environment variables that `template.yaml` sets for each function.

use std::{num::NonZeroU32, str::FromStr};

use aws::QueueUrls;
use model::{AccountRegion, DeploymentLimits};

/// The settings of one deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionEnvironment {
    /// The name of the function that this process serves.
    pub function_name: String,
    /// The region and the account in ARNs.
    pub account_region: AccountRegion,
    /// The limits of the deployment.
    pub limits: DeploymentLimits,
    /// The table's name.
    pub table: String,
    /// The URLs of the queues.
    pub queues: QueueUrls,
    /// Transitions that one delivery may make.
    pub transitions_per_delivery: NonZeroU32,
    /// Seconds after which a message of the queue `steps` that was not acknowledged is seen again.
    pub steps_visibility_seconds: u32,
    /// Days for which an execution is kept after its end.
    pub retention_days: u32,
    /// The EventBridge bus that receives status changes; `None` sends no events.
    pub event_bus: Option<String>,
}

/// An environment variable that is missing or invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// The variable is missing or empty.
    #[error("the environment has no {0}")]
    Missing(&'static str),
    /// The variable's value cannot be parsed.
    #[error("{name} is '{value}', which is no such value")]
    Invalid {
        /// The variable's name.
        name: &'static str,
        /// The variable's value.
        value: String,
    },
}

impl FunctionEnvironment {
    /// Reads the environment of this process.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads the settings with `variable`, which gives the value of a variable by its name.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, EnvironmentError> {
        let variables = VariableReader(variable);
        let region = variables.required_text("AWS_REGION")?;
        let account = variables.required_text("STATEWRIGHT_ACCOUNT")?;
        Ok(Self {
            function_name: variables.required_text("AWS_LAMBDA_FUNCTION_NAME")?,
            account_region: AccountRegion::new(&region, &account),
            limits: variables.parse_variable("STATEWRIGHT_LIMITS")?,
            table: variables.required_text("STATEWRIGHT_TABLE")?,
            queues: QueueUrls {
                steps: variables.required_text("STATEWRIGHT_STEPS_URL")?,
                tasks: variables.required_text("STATEWRIGHT_TASKS_URL")?,
                dead_letters: variables.required_text("STATEWRIGHT_DEAD_LETTERS_URL")?,
                unreadable: variables.required_text("STATEWRIGHT_UNREADABLE_URL")?,
            },
            transitions_per_delivery: variables
                .parse_variable("STATEWRIGHT_TRANSITIONS_PER_DELIVERY")?,
            steps_visibility_seconds: variables
                .parse_variable("STATEWRIGHT_STEPS_VISIBILITY_SECONDS")?,
            retention_days: variables.parse_variable("STATEWRIGHT_RETENTION_DAYS")?,
            event_bus: variables.required_text("STATEWRIGHT_EVENT_BUS").ok(),
        })
    }
}

struct VariableReader<F>(F);

impl<F: Fn(&str) -> Option<String>> VariableReader<F> {
    fn required_text(&self, name: &'static str) -> Result<String, EnvironmentError> {
        self.0(name).filter(|value| !value.is_empty()).ok_or(EnvironmentError::Missing(name))
    }

    fn parse_variable<N: FromStr>(&self, name: &'static str) -> Result<N, EnvironmentError> {
        let value = self.required_text(name)?;
        value.parse().map_err(|_| EnvironmentError::Invalid { name, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        let value = match name {
            "AWS_REGION" => "eu-central-1",
            "AWS_LAMBDA_FUNCTION_NAME" => "statewright-step",
            "STATEWRIGHT_ACCOUNT" => "123456789012",
            "STATEWRIGHT_LIMITS" => "open",
            "STATEWRIGHT_TABLE" => "table",
            "STATEWRIGHT_TRANSITIONS_PER_DELIVERY" => "25",
            "STATEWRIGHT_STEPS_VISIBILITY_SECONDS" => "30",
            "STATEWRIGHT_RETENTION_DAYS" => "90",
            name if name.ends_with("_URL") => name,
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn everything_has_its_variable() {
        let environment = FunctionEnvironment::from_variables(variable).expect("it is whole");
        assert_eq!(environment.account_region.region, "eu-central-1");
        assert_eq!(environment.limits, DeploymentLimits::OPEN);
        assert_eq!(environment.queues.tasks, "STATEWRIGHT_TASKS_URL");
        assert_eq!(environment.transitions_per_delivery.get(), 25);
        assert_eq!(environment.steps_visibility_seconds, 30);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let without = |name: &str| variable(name).filter(|_| name != "STATEWRIGHT_TABLE");
        let missing = EnvironmentError::Missing("STATEWRIGHT_TABLE");
        assert_eq!(FunctionEnvironment::from_variables(without), Err(missing));
        let wordy = |name: &str| match name {
            "STATEWRIGHT_TRANSITIONS_PER_DELIVERY" => Some("0".to_owned()),
            name => variable(name),
        };
        let wrong = FunctionEnvironment::from_variables(wordy).expect_err("that is no number");
        assert_eq!(
            wrong.to_string(),
            "STATEWRIGHT_TRANSITIONS_PER_DELIVERY is '0', which is no such value"
        );
    }
}
