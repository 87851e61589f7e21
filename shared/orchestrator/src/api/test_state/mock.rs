//! The mock of a test: what it may answer depends on the type of the state.

use asl::{ResultDestination, StateBody, StateDefinition, StateKind};
use engine::CallOutcome;
use model::{Failure, Payload, TaskResource};

use super::rejection::TestStateRejection;
use crate::ports::{MockedFields, TaskCaller};

/// How strictly a mocked result is checked against the API response that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MockResponseValidationMode {
    /// `STRICT`: required fields must be present, and present fields must be valid.
    Strict,
    /// `PRESENT`: present fields must be valid.
    Present,
    /// `NONE`: nothing is checked.
    Off,
}

impl MockResponseValidationMode {
    const fn checked_fields(self) -> Option<MockedFields> {
        match self {
            Self::Strict => Some(MockedFields::RequiredAndPresent),
            Self::Present => Some(MockedFields::Present),
            Self::Off => None,
        }
    }
}

/// The mocked answer to the call of a state, or the mocked result of its children.
///
/// Spec: API reference, `MockInput`.
#[derive(Clone, Debug)]
pub struct TestStateMock {
    /// `result`, as a JSON text.
    pub result: Option<String>,
    /// `errorOutput`
    pub error_output: Option<Failure>,
    /// `fieldValidationMode`
    pub validation: MockResponseValidationMode,
}

impl TestStateMock {
    /// Refuses a mock that has both a result and an error, or neither.
    pub(super) fn check_members(&self) -> Result<(), TestStateRejection> {
        if self.result.is_some() == self.error_output.is_some() {
            return Err(TestStateRejection::MockWithoutOneAnswer);
        }
        Ok(())
    }

    /// Returns the outcome that this mock stands for. `resource` is that of a Task state.
    pub(super) fn mocked_outcome(
        self,
        caller: &impl TaskCaller,
        state: &StateDefinition,
        resource: Option<&TaskResource>,
    ) -> Result<CallOutcome, TestStateRejection> {
        let Some(text) = self.result else {
            return Ok(CallOutcome::Failed(self.error_output.unwrap_or_default()));
        };
        let refused = |words: &str| TestStateRejection::MockedResult(words.to_owned());
        let result =
            Payload::parse(&text).map_err(|_| refused("Mocked result must be valid JSON"))?;
        let checked = match &state.body {
            StateBody::JsonPath(kind) => check_mocked_result(kind, &result),
            StateBody::Jsonata(kind) => check_mocked_result(kind, &result),
        };
        checked.map_err(refused)?;
        if let (Some(resource), Some(fields)) = (resource, self.validation.checked_fields()) {
            caller.check_mocked_result(resource, result.json_value(), fields).map_err(|words| {
                refused(&format!("Mock result schema validation error: {words}"))
            })?;
        }
        Ok(CallOutcome::Succeeded(result))
    }
}

const NO_ARRAY: &str = "Mocked result must be an array.";
const NO_OBJECT: &str = "Mocked result must be a JSON object.";

fn check_mocked_result<L: asl::QueryLanguage>(
    kind: &StateKind<L>,
    result: &Payload,
) -> Result<(), &'static str> {
    let array = result.json_value().as_array();
    let is_object = result.json_value().is_object();
    match kind {
        StateKind::Map(map) => match map.result_destination {
            ResultDestination::Result => array.map(|_| ()).ok_or(NO_ARRAY),
            ResultDestination::ResultWriter => is_object.then_some(()).ok_or(NO_OBJECT),
        },
        StateKind::Parallel(parallel) => {
            let results = array.ok_or(NO_ARRAY)?;
            if results.len() == parallel.branches.len() {
                return Ok(());
            }
            Err("Mocked result must contain the same number of items as number of Parallel \
                 branches.")
        }
        StateKind::Task(task) => match task.resource {
            // A Lambda function and the worker of an activity may answer anything.
            TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. } => Ok(()),
            TaskResource::Integration(_) => is_object.then_some(()).ok_or(NO_OBJECT),
        },
        StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => Ok(()),
    }
}
