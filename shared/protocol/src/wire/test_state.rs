//! `TestState`.

mod inspection;

use model::{
    DeploymentLimits, Failure,
    limits::{CAUSE_CHARS_MAX, ERROR_CHARS_MAX, NAME_CHARS_MAX},
};
use orchestrator::{
    EngineContext,
    api::{
        MockResponseValidationMode, TestState, TestStateConfiguration, TestStateMock, test_state,
    },
    roles::ApiRole,
};
use serde::Deserialize;

use super::{OperationResult, print_response, read_request, state_machine::check_definition};
use crate::{
    api_exception::ApiException,
    request_constraints::{RequestConstraints, ValueSensitivity},
};
use inspection::{InspectionLevel, TestStateOutput};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestStateInput {
    definition: Option<String>,
    role_arn: Option<String>,
    input: Option<String>,
    inspection_level: Option<String>,
    #[serde(default)]
    reveal_secrets: Option<bool>,
    variables: Option<String>,
    state_name: Option<String>,
    mock: Option<MockInputShape>,
    context: Option<String>,
    #[serde(default)]
    state_configuration: TestStateConfigurationShape,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MockInputShape {
    result: Option<String>,
    error_output: Option<MockErrorOutputShape>,
    field_validation_mode: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MockErrorOutputShape {
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestStateConfigurationShape {
    retrier_retry_count: Option<i64>,
    error_caused_by_state: Option<String>,
    map_iteration_failure_count: Option<i64>,
    map_item_reader_data: Option<String>,
}

impl TestStateInput {
    /// Checks the request and returns it with how much of the inspection to show.
    fn into_test_state(
        self,
        limits: DeploymentLimits,
    ) -> Result<(TestState, InspectionLevel), ApiException> {
        let mut constraints = RequestConstraints::with_limits(limits);
        let shown = ValueSensitivity::Sensitive;
        check_definition(&mut constraints, self.definition.as_deref());
        let definition = constraints.require_member("definition", self.definition);
        constraints.check_length(
            "roleArn",
            self.role_arn.as_deref(),
            1..=256,
            ValueSensitivity::Public,
        );
        constraints.check_payload("input", self.input.as_deref());
        let level = InspectionLevel::check_inspection_level(
            &mut constraints,
            self.inspection_level.as_deref(),
        );
        constraints.check_payload("variables", self.variables.as_deref());
        constraints.check_length(
            "stateName",
            self.state_name.as_deref(),
            1..=NAME_CHARS_MAX,
            shown,
        );
        let mock = self.mock.map(|mock| mock.into_mock(&mut constraints));
        constraints.check_payload("context", self.context.as_deref());
        let configuration = self.state_configuration.into_configuration(&mut constraints);
        let reveals_secrets = self.reveal_secrets.unwrap_or_default();
        let configuration = TestStateConfiguration { reveals_secrets, ..configuration };
        constraints.into_result()?;
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

impl MockInputShape {
    fn into_mock(self, constraints: &mut RequestConstraints) -> TestStateMock {
        const MODE: &str = "mock.fieldValidationMode";
        let shown = ValueSensitivity::Sensitive;
        constraints.check_payload("mock.result", self.result.as_deref());
        let error_output = self.error_output.map(|MockErrorOutputShape { error, cause }| {
            let (error_at, cause_at) = ("mock.errorOutput.error", "mock.errorOutput.cause");
            constraints.check_length(error_at, error.as_deref(), 0..=ERROR_CHARS_MAX, shown);
            constraints.check_length(cause_at, cause.as_deref(), 0..=CAUSE_CHARS_MAX, shown);
            Failure { error, cause }
        });
        let mode = self.field_validation_mode;
        constraints.check_enum_value(MODE, mode.as_deref(), &["STRICT", "PRESENT", "NONE"]);
        let validation = match mode.as_deref() {
            Some("PRESENT") => MockResponseValidationMode::Present,
            Some("NONE") => MockResponseValidationMode::Off,
            Some(_) | None => MockResponseValidationMode::Strict,
        };
        TestStateMock { result: self.result, error_output, validation }
    }
}

impl TestStateConfigurationShape {
    fn into_configuration(self, constraints: &mut RequestConstraints) -> TestStateConfiguration {
        let mut count = |at, value: Option<i64>| {
            constraints.check_range(at, value, 0..=i64::from(u32::MAX));
            value.and_then(|value| u32::try_from(value).ok())
        };
        let retries = count("stateConfiguration.retrierRetryCount", self.retrier_retry_count);
        let iteration_failures =
            count("stateConfiguration.mapIterationFailureCount", self.map_iteration_failure_count);
        let caused_by = self.error_caused_by_state.as_deref();
        let at = "stateConfiguration.errorCausedByState";
        constraints.check_length(at, caused_by, 1..=NAME_CHARS_MAX, ValueSensitivity::Sensitive);
        let data = self.map_item_reader_data.as_deref();
        let at = "stateConfiguration.mapItemReaderData";
        constraints.check_payload(at, data);
        TestStateConfiguration {
            retries: retries.unwrap_or_default(),
            iteration_failures,
            reveals_secrets: false,
            item_reader_data: self.map_item_reader_data,
        }
    }
}

pub(crate) async fn handle_test_state<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let (request, level) =
        read_request::<TestStateInput>(body)?.into_test_state(context.settings.limits)?;
    let tested = test_state(ports, context, request).await?;
    Ok(print_response(&TestStateOutput::new(&tested, level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_of_validation_is_one_of_three_and_strict_by_default() {
        let mode = |mode: &str| {
            let body = format!(r#"{{"definition":"{{}}","mock":{{"result":"1"{mode}}}}}"#);
            read_request::<TestStateInput>(body.as_bytes())
                .and_then(|input| input.into_test_state(DeploymentLimits::AWS))
                .map(|(request, _)| request.mock.map(|mock| mock.validation))
        };
        assert_eq!(mode(""), Ok(Some(MockResponseValidationMode::Strict)));
        assert_eq!(
            mode(r#","fieldValidationMode":"NONE""#),
            Ok(Some(MockResponseValidationMode::Off))
        );
        let refused = mode(r#","fieldValidationMode":"LAX""#).expect_err("no such mode");
        assert!(refused.message.contains("at 'mock.fieldValidationMode' failed"));
    }
}
