//! `StartExecution`, `StopExecution`.

use http::HeaderMap;
use model::{DeploymentLimits, StateMachineType, limits::NAME_CHARS_MAX};
use orchestrator::{
    EngineContext, RepeatPolicy, StartExecution,
    api::{StopExecution, start_execution, stop_execution},
    roles::ApiRole,
};
use serde::{Deserialize, Serialize};

use super::{OperationResult, print_response, read_request, state_machine::check_machine_type};
use crate::{
    api_exception::ApiException,
    request_constraints::{RequestConstraints, ValueSensitivity},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartExecutionInput {
    pub(super) state_machine_arn: Option<String>,
    pub(super) name: Option<String>,
    pub(super) input: Option<String>,
    pub(super) trace_header: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StartExecutionOutput<'a> {
    execution_arn: &'a str,
    start_date: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StopExecutionInput {
    execution_arn: Option<String>,
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StopExecutionOutput {
    stop_date: f64,
}

/// Checks the lengths and characters of a request's members, as `StartExecution` does.
pub fn check_start_execution(
    request: StartExecution,
    limits: DeploymentLimits,
) -> Result<StartExecution, ApiException> {
    let StartExecution { state_machine_arn, name, input, trace_header, execution_type } = request;
    let state_machine_arn = Some(state_machine_arn);
    let checked = StartExecutionInput { state_machine_arn, name, input, trace_header }
        .into_start_execution(limits)?;
    Ok(StartExecution { execution_type, ..checked })
}

/// The header of a start that asks for an execution of another type than that of its machine:
/// `STANDARD` or `EXPRESS`. AWS has no such header.
pub const EXECUTION_TYPE_HEADER: &str = "x-statewright-execution-type";

/// Returns the type that a start asks for, if it does.
pub(super) fn asked_execution_type(
    headers: &HeaderMap,
) -> Result<Option<StateMachineType>, ApiException> {
    let Some(value) = headers.get(EXECUTION_TYPE_HEADER) else { return Ok(None) };
    let mut constraints = RequestConstraints::default();
    let value = String::from_utf8_lossy(value.as_bytes());
    let asked = check_machine_type(&mut constraints, EXECUTION_TYPE_HEADER, Some(&value));
    constraints.into_result()?;
    Ok(Some(asked))
}

impl StartExecutionInput {
    fn into_start_execution(
        self,
        limits: DeploymentLimits,
    ) -> Result<StartExecution, ApiException> {
        let mut constraints = RequestConstraints::with_limits(limits);
        let request = self.check_members(&mut constraints);
        constraints.into_result()?;
        Ok(request)
    }

    /// Checks all members. What it returns is valid if the constraints are kept.
    pub(super) fn check_members(self, constraints: &mut RequestConstraints) -> StartExecution {
        let Self { state_machine_arn, name, input, trace_header } = self;
        let state_machine_arn = constraints.require_arn("stateMachineArn", state_machine_arn);
        constraints.check_length(
            "name",
            name.as_deref(),
            1..=NAME_CHARS_MAX,
            ValueSensitivity::Public,
        );
        constraints.check_payload("input", input.as_deref());
        constraints.check_length(
            "traceHeader",
            trace_header.as_deref(),
            0..=256,
            ValueSensitivity::Public,
        );
        constraints.check_ascii("traceHeader", trace_header.as_deref());
        StartExecution { state_machine_arn, name, input, trace_header, execution_type: None }
    }
}

impl TryFrom<StopExecutionInput> for StopExecution {
    type Error = ApiException;

    fn try_from(request: StopExecutionInput) -> Result<Self, ApiException> {
        let StopExecutionInput { execution_arn, error, cause } = request;
        let mut constraints = RequestConstraints::default();
        let execution_arn = constraints.require_arn("executionArn", execution_arn);
        let failure = constraints.check_failure(error, cause);
        constraints.into_result()?;
        Ok(Self { execution_arn, failure })
    }
}

pub(crate) async fn handle_start_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    (headers, body): (&HeaderMap, &[u8]),
) -> OperationResult {
    let checked =
        read_request::<StartExecutionInput>(body)?.into_start_execution(context.settings.limits)?;
    let execution_type = asked_execution_type(headers)?;
    let request = StartExecution { execution_type, ..checked };
    let started = start_execution(ports, context, request, RepeatPolicy::WhileRunning).await?;
    Ok(print_response(&StartExecutionOutput {
        execution_arn: &started.arn,
        start_date: started.started_at.as_epoch_seconds(),
    }))
}

pub(crate) async fn handle_stop_execution<P: ApiRole>(
    ports: &P,
    context: &EngineContext,
    body: &[u8],
) -> OperationResult {
    let request = read_request::<StopExecutionInput>(body)?.try_into()?;
    let stopped = stop_execution(ports, context, request).await?;
    Ok(print_response(&StopExecutionOutput { stop_date: stopped.stopped_at.as_epoch_seconds() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_null_or_unknown_are_not_there() {
        let body = br#"{"stateMachineArn":"arn","name":null,"future":[1]}"#;
        let request: StartExecution = read_request::<StartExecutionInput>(body)
            .and_then(|input| input.into_start_execution(DeploymentLimits::AWS))
            .expect("in order");
        assert_eq!(request.state_machine_arn, "arn");
        assert_eq!((request.name, request.input), (None, None));
    }

    #[test]
    fn a_member_of_another_type_is_no_request() {
        let refused =
            read_request::<StartExecutionInput>(br#"{"stateMachineArn":1}"#).expect_err("a number");
        assert_eq!(refused.name, "SerializationException");
    }

    #[test]
    fn a_name_may_not_be_too_long() {
        let name = Some("x".repeat(81));
        let state_machine_arn = Some("arn".to_owned());
        let request =
            StartExecutionInput { state_machine_arn, name, input: None, trace_header: None };
        let refused = request.into_start_execution(DeploymentLimits::AWS).expect_err("too long");
        assert!(refused.message.ends_with("Member must have length less than or equal to 80"));
    }
}
