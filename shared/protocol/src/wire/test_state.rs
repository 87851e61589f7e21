//! `TestState`

mod inspection;

use model::{
    Failure, Limits,
    limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX, NAME_CHARS_MAX},
};
use orchestrator::{Configuration, FieldValidation, Mock, TestState, Tools, test_state};
use serde::Deserialize;

use super::{Answer, print, read, state_machine::check_definition};
use crate::{
    Ports,
    constraint::{Constraints, Shown},
    exception::Exception,
};
use inspection::{Level, TestStateOutput};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestStateInput {
    definition: Option<String>,
    role_arn: Option<String>,
    input: Option<String>,
    inspection_level: Option<String>,
    variables: Option<String>,
    state_name: Option<String>,
    mock: Option<MockShape>,
    context: Option<String>,
    #[serde(default)]
    state_configuration: ConfigurationShape,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MockShape {
    result: Option<String>,
    error_output: Option<ErrorShape>,
    field_validation_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorShape {
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationShape {
    retrier_retry_count: Option<i64>,
    error_caused_by_state: Option<String>,
    map_iteration_failure_count: Option<i64>,
    map_item_reader_data: Option<String>,
}

impl TestStateInput {
    /// The request, and how much of the inspection to show.
    fn checked(self, limits: Limits) -> Result<(TestState, Level), Exception> {
        let mut constraints = Constraints::within(limits);
        let shown = Shown::Sensitive;
        check_definition(&mut constraints, self.definition.as_deref());
        let definition = constraints.required("definition", self.definition);
        constraints.length("roleArn", self.role_arn.as_deref(), 1..=256, Shown::Open);
        constraints.payload("input", self.input.as_deref());
        let level = Level::checked(&mut constraints, self.inspection_level.as_deref());
        constraints.payload("variables", self.variables.as_deref());
        constraints.length("stateName", self.state_name.as_deref(), 1..=NAME_CHARS_MAX, shown);
        let mock = self.mock.map(|mock| mock.checked(&mut constraints));
        constraints.payload("context", self.context.as_deref());
        let configuration = self.state_configuration.checked(&mut constraints);
        constraints.finish()?;
        let request = TestState {
            definition,
            state_name: self.state_name,
            role_arn: self.role_arn,
            input: self.input,
            variables: self.variables,
            mock,
            context: self.context,
            configuration,
        };
        Ok((request, level))
    }
}

impl MockShape {
    fn checked(self, constraints: &mut Constraints) -> Mock {
        const MODE: &str = "mock.fieldValidationMode";
        let shown = Shown::Sensitive;
        constraints.payload("mock.result", self.result.as_deref());
        let error_output = self.error_output.map(|ErrorShape { error, cause }| {
            let (error_at, cause_at) = ("mock.errorOutput.error", "mock.errorOutput.cause");
            constraints.length(error_at, error.as_deref(), 0..=ERROR_CHARS_MAX, shown);
            constraints.length(cause_at, cause.as_deref(), 0..=CAUSE_CHARS_MAX, shown);
            Failure { error, cause }
        });
        let mode = self.field_validation_mode;
        constraints.one_of(MODE, mode.as_deref(), &["STRICT", "PRESENT", "NONE"]);
        let validation = match mode.as_deref() {
            Some("PRESENT") => FieldValidation::Present,
            Some("NONE") => FieldValidation::Off,
            Some(_) | None => FieldValidation::Strict,
        };
        Mock { result: self.result, error_output, validation }
    }
}

impl ConfigurationShape {
    fn checked(self, constraints: &mut Constraints) -> Configuration {
        let mut count = |at, value: Option<i64>| {
            constraints.range(at, value, 0..=i64::from(u32::MAX));
            value.and_then(|value| u32::try_from(value).ok())
        };
        let retries = count("stateConfiguration.retrierRetryCount", self.retrier_retry_count);
        let iteration_failures =
            count("stateConfiguration.mapIterationFailureCount", self.map_iteration_failure_count);
        let caused_by = self.error_caused_by_state.as_deref();
        let at = "stateConfiguration.errorCausedByState";
        constraints.length(at, caused_by, 1..=NAME_CHARS_MAX, Shown::Sensitive);
        let data = self.map_item_reader_data.as_deref();
        let at = "stateConfiguration.mapItemReaderData";
        constraints.payload(at, data);
        Configuration {
            retries: retries.unwrap_or_default(),
            iteration_failures,
            item_reader_data: self.map_item_reader_data,
        }
    }
}

pub(crate) async fn test<P: Ports>(ports: &P, tools: &Tools, body: &[u8]) -> Answer {
    let (request, level) = read::<TestStateInput>(body)?.checked(tools.limits)?;
    let tested = test_state(ports, tools, request).await?;
    Ok(print(&TestStateOutput::new(&tested, level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_of_validation_is_one_of_three_and_strict_by_default() {
        let mode = |mode: &str| {
            let body = format!(r#"{{"definition":"{{}}","mock":{{"result":"1"{mode}}}}}"#);
            read::<TestStateInput>(body.as_bytes())
                .and_then(|input| input.checked(Limits::AWS))
                .map(|(request, _)| request.mock.map(|mock| mock.validation))
        };
        assert_eq!(mode(""), Ok(Some(FieldValidation::Strict)));
        assert_eq!(mode(r#","fieldValidationMode":"NONE""#), Ok(Some(FieldValidation::Off)));
        let refused = mode(r#","fieldValidationMode":"LAX""#).expect_err("no such mode");
        assert!(refused.message.contains("at 'mock.fieldValidationMode' failed"));
    }
}
