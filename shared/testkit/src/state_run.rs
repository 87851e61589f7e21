//! One state by itself, as `TestState` tests it.

use model::{Failure, Payload, StateName};
use orchestrator::{
    EngineContext, FieldValidation, InspectionStatus, TestState, TestStateConfiguration,
    TestStateMock, ports::CallOutcome, test_state,
};

use crate::{
    CoverageHits, OfflineMachine, OfflineRunError, StateMocks, TransitionKind,
    machine_run::{offline_region, resolve_immediately},
    mock_world::MockWorld,
};

/// What a state is tested with.
#[derive(Clone, Copy, Debug)]
pub struct StateRunRequest<'a> {
    /// The state.
    pub state: &'a StateName,
    /// Its input: a JSON text.
    pub input: &'a str,
    /// Parts of the context object: a JSON object's text.
    pub context: Option<&'a str>,
    /// The variables in scope: a JSON object's text.
    pub variables: Option<&'a str>,
    /// How often its retriers were used.
    pub retries: u32,
}

/// How a state went.
#[derive(Debug)]
pub struct OfflineStateRun {
    /// `SUCCEEDED`, `FAILED`, `RETRIABLE` or `CAUGHT_ERROR`.
    pub status: &'static str,
    /// Its output, if it has one.
    pub output: Option<Payload>,
    /// The failure, caught or not.
    pub failure: Option<Failure>,
    /// Where it leads, if not to the end.
    pub next: Option<StateName>,
    /// The state and the way it took.
    pub reached: CoverageHits,
}

/// Tests one state. A call, or children, come to what the first answer of the state's mock says.
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
    let (context, world) = (EngineContext::new(offline_region()), MockWorld::new(mocks));
    let tested = resolve_immediately(async {
        let tested = test_state(&world, &context, request).await;
        tested.map_err(|error| OfflineRunError::Refused(error.to_string()))
    })?;
    Ok(state_run_from_inspection(machine, state, tested.inspection))
}

fn mock_from_outcome(outcome: &CallOutcome) -> TestStateMock {
    let (result, error_output) = match outcome {
        CallOutcome::Succeeded(result) => (Some(result.json_text().to_owned()), None),
        CallOutcome::Failed(failure) => (None, Some(failure.clone())),
        CallOutcome::TimedOut => (None, Some(Failure::with_error_name(model::error_name::TIMEOUT))),
    };
    TestStateMock { result, error_output, validation: FieldValidation::Strict }
}

fn state_run_from_inspection(
    machine: &OfflineMachine,
    state: &StateName,
    inspection: orchestrator::StateInspection,
) -> OfflineStateRun {
    let mut reached = CoverageHits::default();
    reached.states.insert(state.clone());
    let catcher = inspection.data.catcher;
    let retrier = inspection.data.retry.map(|retry| retry.index);
    let (status, output, failure, next) = match inspection.status {
        InspectionStatus::Succeeded { output, next } => ("SUCCEEDED", Some(output), None, next),
        InspectionStatus::Failed(failure) => ("FAILED", None, Some(failure), None),
        InspectionStatus::Retriable(failure) => {
            reached.add_transition(machine, state, |way| {
                retrier.is_some_and(|index| way.kind == TransitionKind::Retry(index))
            });
            ("RETRIABLE", None, Some(failure), None)
        }
        InspectionStatus::Caught { failure, output, next } => {
            ("CAUGHT_ERROR", Some(output), Some(failure), Some(next))
        }
    };
    if let Some(target) = &next {
        reached.add_transition(machine, state, |way| match (catcher, way.kind) {
            (Some(index), exit) => exit == TransitionKind::Catch(index),
            (None, TransitionKind::Next | TransitionKind::Rule(_) | TransitionKind::Default) => {
                way.target == *target
            }
            (None, TransitionKind::Retry(_) | TransitionKind::Catch(_)) => false,
        });
    }
    OfflineStateRun { status, output, failure, next, reached }
}
