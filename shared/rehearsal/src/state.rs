//! One state by itself, as `TestState` tests it.

use model::{Failure, Payload, StateName};
use orchestrator::{
    Configuration, FieldValidation, Mock, Status, TestState, Tools, ports::CallOutcome, test_state,
};

use crate::{
    Exit, Machine, Mocks, Reached, Trouble,
    execution::{finish, place},
    stage::Stage,
};

/// What a state is tested with.
#[derive(Clone, Copy, Debug)]
pub struct Probe<'a> {
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
pub struct Probed {
    /// `SUCCEEDED`, `FAILED`, `RETRIABLE` or `CAUGHT_ERROR`.
    pub status: &'static str,
    /// Its output, if it has one.
    pub output: Option<Payload>,
    /// The failure, caught or not.
    pub failure: Option<Failure>,
    /// Where it leads, if not to the end.
    pub next: Option<StateName>,
    /// The state and the way it took.
    pub reached: Reached,
}

/// Tests one state. A call, or children, come to what the first answer of the state's mock says.
pub fn probe(machine: &Machine, probe: Probe<'_>, mocks: &Mocks) -> Result<Probed, Trouble> {
    let Probe { state, input, context, variables, retries } = probe;
    let of = machine.state_type(state);
    let of = of.ok_or_else(|| Trouble::NoSuchState { state: state.clone() })?;
    if let Some(other) = mocks.states().find(|mocked| machine.state_type(mocked).is_none()) {
        return Err(Trouble::NoSuchState { state: other.clone() });
    }
    let answer = mocks.answer(state, 0).map(|answer| mock(&answer.outcome));
    if answer.is_none() && of.can_retry() {
        return Err(Trouble::NoMock { state: state.clone() });
    }
    let request = TestState {
        definition: machine.text.to_string(),
        state_name: Some(state.to_string()),
        role_arn: None,
        input: Some(input.to_owned()),
        variables: variables.map(str::to_owned),
        mock: answer,
        context: context.map(str::to_owned),
        configuration: Configuration { retries, ..Configuration::default() },
    };
    let (tools, stage) = (Tools::new(place()), Stage::new(mocks));
    let tested = finish(async {
        let tested = test_state(&stage, &tools, request).await;
        tested.map_err(|unanswered| Trouble::Refused(unanswered.to_string()))
    })?;
    Ok(probed(machine, state, tested.inspection))
}

fn mock(outcome: &CallOutcome) -> Mock {
    let (result, error_output) = match outcome {
        CallOutcome::Succeeded(result) => (Some(result.text().to_owned()), None),
        CallOutcome::Failed(failure) => (None, Some(failure.clone())),
        CallOutcome::TimedOut => (None, Some(Failure::named(model::error_name::TIMEOUT))),
    };
    Mock { result, error_output, validation: FieldValidation::Strict }
}

fn probed(machine: &Machine, state: &StateName, inspection: orchestrator::Inspection) -> Probed {
    let mut reached = Reached::default();
    reached.states.insert(state.clone());
    let catcher = inspection.trail.catcher;
    let retrier = inspection.trail.retry.map(|retry| retry.index);
    let (status, output, failure, next) = match inspection.status {
        Status::Succeeded { output, next } => ("SUCCEEDED", Some(output), None, next),
        Status::Failed(failure) => ("FAILED", None, Some(failure), None),
        Status::Retriable(failure) => {
            reached.add_way(machine, state, |way| {
                retrier.is_some_and(|index| way.exit == Exit::Retry(index))
            });
            ("RETRIABLE", None, Some(failure), None)
        }
        Status::Caught { failure, output, next } => {
            ("CAUGHT_ERROR", Some(output), Some(failure), Some(next))
        }
    };
    if let Some(target) = &next {
        reached.add_way(machine, state, |way| match (catcher, way.exit) {
            (Some(index), exit) => exit == Exit::Catch(index),
            (None, Exit::Next | Exit::Rule(_) | Exit::Default) => way.target == *target,
            (None, Exit::Retry(_) | Exit::Catch(_)) => false,
        });
    }
    Probed { status, output, failure, next, reached }
}
