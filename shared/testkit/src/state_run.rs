//! Offline runs of a single state, through the `TestState` operation.

use model::{Failure, Payload, StateName};
use orchestrator::{
    EngineContext, EngineSettings,
    api::{
        InspectionStatus, MockResponseValidationMode, TestState, TestStateConfiguration,
        TestStateMock, test_state,
    },
    ports::CallOutcome,
};

use crate::{
    CoverageHits, OfflineMachine, OfflineRunError, StateMocks,
    machine_run::{offline_region, resolve_immediately},
    offline_ports::OfflinePorts,
};

/// Describes the run of a single state.
#[derive(Clone, Copy, Debug)]
pub struct StateRunRequest<'a> {
    /// The name of the state.
    pub state: &'a StateName,
    /// The input of the state, as JSON text.
    pub input: &'a str,
    /// Members of the context object, as the text of a JSON object.
    pub context: Option<&'a str>,
    /// The variables in scope, as the text of a JSON object.
    pub variables: Option<&'a str>,
    /// How many retries the state has already made.
    pub retries: u32,
}

/// Describes the result of a single state.
#[derive(Debug)]
pub struct OfflineStateRun {
    /// `SUCCEEDED`, `FAILED`, `RETRIABLE` or `CAUGHT_ERROR`.
    pub status: &'static str,
    /// The output of the state, if it succeeded or caught an error.
    pub output: Option<Payload>,
    /// The failure, whether or not it was caught.
    pub failure: Option<Failure>,
    /// The next state, unless the state is terminal or failed.
    pub next: Option<StateName>,
    /// The state and the transition that it took.
    pub reached: CoverageHits,
}

/// Runs one state. The first answer of the state's mock replaces the result of its call or of its
/// child frames.
pub fn run_state_offline(
    machine: &OfflineMachine,
    probe: StateRunRequest<'_>,
    mocks: &StateMocks,
) -> Result<OfflineStateRun, OfflineRunError> {
    let StateRunRequest { state, input, context, variables, retries } = probe;
    let of = machine.state_type(state);
    let of = of.ok_or_else(|| OfflineRunError::NoSuchState { state: state.clone() })?;
    if let Some(other) = mocks.mocked_states().find(|mocked| machine.state_type(mocked).is_none()) {
        return Err(OfflineRunError::NoSuchState { state: other.clone() });
    }
    let answer = mocks.answer_for_call(state, 0).map(|answer| mock_from_outcome(&answer.outcome));
    if answer.is_none() && of.can_retry() {
        return Err(OfflineRunError::NoMock { state: state.clone() });
    }
    let request = TestState {
        definition: machine.text.to_string(),
        state_name: Some(state.to_string()),
        role_arn: None,
        input: Some(input.to_owned()),
        variables: variables.map(str::to_owned),
        mock: answer,
        context: context.map(str::to_owned),
        configuration: TestStateConfiguration { retries, ..TestStateConfiguration::default() },
    };
    let (context, world) =
        (EngineContext::new(EngineSettings::new(offline_region())), OfflinePorts::new(mocks));
    let tested = resolve_immediately(async {
        let tested = test_state(&world, &context, request).await;
        tested.map_err(|error| OfflineRunError::Refused(error.to_string()))
    })?;
    Ok(state_run_from_inspection(machine, state, tested.inspection))
}

fn mock_from_outcome(outcome: &CallOutcome) -> TestStateMock {
    let (result, error_output) = match outcome {
        CallOutcome::Succeeded(result) | CallOutcome::Submitted { output: result, .. } => {
            (Some(result.json_text().to_owned()), None)
        }
        CallOutcome::Queued { .. } => (Some(Payload::empty_object().json_text().to_owned()), None),
        CallOutcome::Failed(failure) | CallOutcome::NotScheduled(failure) => {
            (None, Some(failure.clone()))
        }
        CallOutcome::TimedOut => (None, Some(Failure::with_error_name(model::error_name::TIMEOUT))),
    };
    TestStateMock { result, error_output, validation: MockResponseValidationMode::Strict }
}

fn state_run_from_inspection(
    machine: &OfflineMachine,
    state: &StateName,
    inspection: orchestrator::api::StateInspection,
) -> OfflineStateRun {
    let mut reached = CoverageHits::default();
    reached.add_state(state);
    if let Some(taken) = &inspection.taken {
        reached.add_transition(machine, taken);
    }
    let (status, output, failure, next) = match inspection.status {
        InspectionStatus::Succeeded { output, next } => ("SUCCEEDED", Some(output), None, next),
        InspectionStatus::Failed(failure) => ("FAILED", None, Some(failure), None),
        InspectionStatus::Retriable(failure) => ("RETRIABLE", None, Some(failure), None),
        InspectionStatus::Caught { failure, output, next } => {
            ("CAUGHT_ERROR", Some(output), Some(failure), Some(next))
        }
    };
    OfflineStateRun { status, output, failure, next, reached }
}
