//! `TestState`: tests one state by itself, without an execution.

mod context;
mod mock;
mod rejection;
#[cfg(test)]
mod tests;

use std::pin::pin;

use asl::{Definition, StateBody, StateDefinition, StateKind};
use engine::{CallOutcome, InspectionInput, StepContext, TimeAndSeed};
use futures_util::future::{Either, select};
use model::{
    ExecutionFacts, ExecutionId, FramePath, Payload, RecordNumber, ResourceName, RevisionId,
    StateName, StateType, TaskCall, TaskResource, Timestamp, WorkflowVariables,
};
use serde::de::IgnoredAny;
use serde_json::Value;
use step_budget::StepBudget;

use super::state_machine_settings::check_role;
use crate::{
    ApiError, EngineContext, EngineSettings, Fault,
    executions::parse_execution_input,
    ports::{CallOrigin, CallRequest, Clock, ComputePool, RandomSource, StepTime, TaskCaller},
};

pub use engine::{InspectedData, InspectionStatus, RetryDetails, StateInspection};
pub use mock::{MockResponseValidationMode, TestStateMock};
pub use rejection::TestStateRejection;

use context::TestContext;

/// The most milliseconds that a test may take.
///
/// Spec: API reference, `TestState`: at most five minutes.
const TEST_MILLISECONDS_MAX: i64 = 300_000;

/// A request to test a state.
///
/// Spec: API reference, `TestState`.
#[derive(Clone, Debug)]
pub struct TestState {
    /// The definition of a state, or of the machine that has it.
    pub definition: String,
    /// Which state of the machine, at whatever depth; none if the definition is the state.
    pub state_name: Option<String>,
    /// The role that a call is made with.
    pub role_arn: Option<String>,
    /// The state's input as a JSON text; `{}` if absent.
    pub input: Option<String>,
    /// The variables in scope, as the text of a JSON object.
    pub variables: Option<String>,
    /// The answer to the state's call, or the result of its children.
    pub mock: Option<TestStateMock>,
    /// Members of the context object, as the text of a JSON object.
    pub context: Option<String>,
    /// `stateConfiguration`
    pub configuration: TestStateConfiguration,
}

/// `stateConfiguration`, as far as it affects a test.
#[derive(Clone, Debug, Default)]
pub struct TestStateConfiguration {
    /// `retrierRetryCount`: how often each retrier was used.
    pub retries: u32,
    /// `mapIterationFailureCount`, which is allowed only with a mock.
    pub iteration_failures: Option<u32>,
    /// `revealSecrets`, which is allowed only without a mock.
    pub reveals_secrets: bool,
    /// `mapItemReaderData`: what an `ItemReader` reads, as the text of a JSON array.
    pub item_reader_data: Option<String>,
}

/// A state that was tested.
#[derive(Clone, Debug, PartialEq)]
pub struct TestedState {
    /// The raw input it was given.
    pub input: Payload,
    /// How it ended, and the data on the way.
    pub inspection: StateInspection,
}

/// Tests a state. If it has a call and there is no mock, the call is made. Nothing is recorded
/// anywhere.
pub async fn test_state<P>(
    ports: &P,
    context: &EngineContext,
    request: TestState,
) -> Result<TestedState, ApiError<TestStateRejection>>
where
    P: TaskCaller + Clock + RandomSource + ComputePool + Sync,
{
    let now = ports.now();
    let execution = random_execution(ports);
    let configuration = request.configuration.clone();
    let check = || check_test_state(ports, context, request, &execution, now);
    let checked = ports.read_definition(check).await?.map_err(ApiError::Rejected)?;
    let CheckedTestState { definition, role_arn, probe, answer } = checked;
    let step = TestedStep {
        settings: &context.settings,
        definition,
        probe,
        facts: ExecutionFacts {
            revision: RevisionId::new("test"),
            role_arn,
            started_at: now,
            timeout_seconds: None,
            last_redrive: None,
            started_by: None,
            asynchronous_functions: false,
            version: None,
            is_logged: false,
        },
        execution,
        time_and_seed: TimeAndSeed { now, seed: ports.random_seed() },
    };
    let outcome = match answer {
        Some(answer) => Some(answer),
        None => match step.compute(ports, engine::inspected_call).await? {
            Some((call, deadline)) => Some(call_for_test(ports, &step, &call, deadline).await),
            None => None,
        },
    };
    let inspect = async |outcome: Option<CallOutcome>| {
        let inspect = |step_context: &StepContext<'_>, probe: &InspectionInput| {
            engine::inspect_state(step_context, probe, outcome.clone())
        };
        step.compute(ports, inspect)
            .await?
            .ok_or(ApiError::Rejected(TestStateRejection::NoSuchState))
    };
    // A mocked error is the error of the Map.
    let has_failed = matches!(outcome, Some(CallOutcome::Failed(_)));
    let mut inspection = inspect(outcome).await?;
    let iterations = check_failures(&configuration, &inspection).map_err(ApiError::Rejected)?;
    if let Some(failures) = configuration.iteration_failures
        && !has_failed
        && inspection.data.tolerance.is_exceeded_by(failures, iterations.unwrap_or(failures))
    {
        inspection = inspect(Some(CallOutcome::Failed(engine::exceeded_tolerance()))).await?;
    }
    Ok(TestedState { input: step.probe.input, inspection })
}

/// The step of a state that is tested.
struct TestedStep<'a> {
    settings: &'a EngineSettings,
    definition: Definition,
    probe: InspectionInput,
    /// The execution that it pretends to be in.
    execution: ExecutionId,
    facts: ExecutionFacts,
    time_and_seed: TimeAndSeed,
}

impl TestedStep<'_> {
    /// Has the engine compute something about the step.
    async fn compute<T: Send>(
        &self,
        pool: &impl ComputePool,
        compute: impl Fn(&StepContext<'_>, &InspectionInput) -> T + Send + Sync,
    ) -> Result<T, Fault> {
        let limits = self.settings.limits;
        let within = |time: &StepTime<'_>| {
            let step_context = StepContext {
                definition: &self.definition,
                account_region: &self.settings.account_region,
                limits,
                execution: &self.execution,
                facts: &self.facts,
                input: Some(&self.probe.input),
                path: &FramePath::ROOT,
                time_and_seed: self.time_and_seed,
                budget: &StepBudget::new(limits.step_bytes_max(), time),
            };
            compute(&step_context, &self.probe)
        };
        pool.compute_step(None, within).await
    }
}

/// A request that was checked.
struct CheckedTestState {
    definition: Definition,
    role_arn: String,
    probe: InspectionInput,
    /// The outcome that the mock gives; none without a mock.
    answer: Option<CallOutcome>,
}

/// Checks a request in the order in which AWS does, as far as that is recorded.
fn check_test_state(
    caller: &impl TaskCaller,
    context: &EngineContext,
    request: TestState,
    execution: &ExecutionId,
    now: Timestamp,
) -> Result<CheckedTestState, TestStateRejection> {
    let TestState {
        definition,
        state_name,
        role_arn,
        input,
        variables,
        mock,
        context: given_context,
        ..
    } = request;
    let TestStateConfiguration { retries, iteration_failures, reveals_secrets, .. } =
        request.configuration;
    mock.as_ref().map_or(Ok(()), TestStateMock::check_members)?;
    if reveals_secrets && mock.is_some() {
        return Err(TestStateRejection::SecretsWithMock);
    }
    if iteration_failures.is_some() && mock.is_none() {
        return Err(TestStateRejection::FailureCountWithoutMock);
    }
    let (read, name) = parse_test_definition(&definition, state_name.as_deref())?;
    let Some(state) = read.find_state(&name) else {
        return Err(TestStateRejection::NoSuchState);
    };
    check_mock_allowed(state, mock.as_ref())?;
    let input = match input {
        Some(text) => parse_execution_input(&text, context.settings.limits)
            .map_err(TestStateRejection::InvalidInput)?,
        None => Payload::empty_object(),
    };
    let variables = variables.as_deref().map(read_variables).transpose()?.unwrap_or_default();
    let surroundings = TestContext {
        account_region: &context.settings.account_region,
        execution,
        role_arn: role_arn.as_deref(),
        now,
        input: &input,
        state: &name,
        state_type: state.state_type(),
        retries,
    };
    let resource = task_resource(state);
    let seen = match given_context {
        None => surroundings.context_object(),
        Some(_) if mock.is_none() => return Err(TestStateRejection::ContextWithoutMock),
        Some(text) => {
            let may_have_task =
                resource.is_some_and(|resource| resource.integration_pattern().has_task_token());
            context::read_given_context(&text, may_have_task)
                .map_err(TestStateRejection::Context)?
        }
    };
    let answer = match mock {
        Some(mock) => Some(mock.mocked_outcome(caller, state, resource)?),
        None => None,
    };
    role_arn.as_deref().map_or(Ok(()), check_role).map_err(TestStateRejection::Role)?;
    if answer.is_none() && state.state_type() == StateType::Task {
        if role_arn.is_none() {
            return Err(TestStateRejection::NoRole);
        }
        if let Some(resource) = resource.filter(|resource| !can_test(caller, resource)) {
            return Err(TestStateRejection::ResourceNotSupported(resource.to_string()));
        }
    }
    let probe = InspectionInput { state: name, input, variables, context: seen, retries };
    Ok(CheckedTestState { definition: read, role_arn: role_arn.unwrap_or_default(), probe, answer })
}

/// The resource that a Task calls; none for any other state.
fn task_resource(state: &StateDefinition) -> Option<&TaskResource> {
    match &state.body {
        StateBody::JsonPath(StateKind::Task(task)) => Some(&task.resource),
        StateBody::Jsonata(StateKind::Task(task)) => Some(&task.resource),
        StateBody::JsonPath(_) | StateBody::Jsonata(_) => None,
    }
}

/// Whether a test can make the call. A call that waits for more than its response would never be
/// answered.
fn can_test(caller: &impl TaskCaller, resource: &TaskResource) -> bool {
    !resource.integration_pattern().has_task_token() && caller.can_call(resource)
}

fn parse_test_definition(
    definition: &str,
    state_name: Option<&str>,
) -> Result<(Definition, StateName), TestStateRejection> {
    match state_name {
        Some(name) => {
            asl::parse_definition_for_test(definition).map(|read| (read, StateName::new(name)))
        }
        None => asl::parse_state_for_test(definition),
    }
    .map_err(TestStateRejection::InvalidDefinition)
}

/// Checks whether a state of this type must, may or cannot have a mock.
///
/// Spec: API reference, `TestState` § mock.
fn check_mock_allowed(
    state: &StateDefinition,
    mock: Option<&TestStateMock>,
) -> Result<(), TestStateRejection> {
    let state_type = state.state_type();
    match state_type {
        StateType::Task => Ok(()),
        StateType::Map | StateType::Parallel => {
            mock.map(|_| ()).ok_or(TestStateRejection::NeedsMock)
        }
        StateType::Pass
        | StateType::Choice
        | StateType::Wait
        | StateType::Succeed
        | StateType::Fail => {
            mock.map_or(Ok(()), |_| Err(TestStateRejection::TakesNoMock(state_type)))
        }
    }
}

/// Checks that no more iterations fail than there are. Returns how many there are, if that is known.
fn check_failures(
    configuration: &TestStateConfiguration,
    inspection: &StateInspection,
) -> Result<Option<u32>, TestStateRejection> {
    let TestStateConfiguration { iteration_failures, item_reader_data, .. } = configuration;
    let read = || {
        let items: Vec<IgnoredAny> = serde_json::from_str(item_reader_data.as_deref()?).ok()?;
        u32::try_from(items.len()).ok()
    };
    let iterations = inspection.data.iterations.or_else(read);
    match (iteration_failures, iterations) {
        (Some(failures), Some(iterations)) if *failures > iterations => {
            Err(TestStateRejection::TooManyFailures)
        }
        _ => Ok(iterations),
    }
}

fn read_variables(text: &str) -> Result<WorkflowVariables, TestStateRejection> {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err(TestStateRejection::Variables("variables must be a JSON object".to_owned()));
    };
    let mut variables = WorkflowVariables::default();
    variables
        .assign_all(members.into_iter().map(|(name, value)| (name, Payload::from_value(value))));
    Ok(variables)
}

/// Makes the call and waits for its answer, at most as long as the state and a test may take.
async fn call_for_test<P>(
    ports: &P,
    step: &TestedStep<'_>,
    call: &TaskCall,
    deadline: Option<Timestamp>,
) -> CallOutcome
where
    P: TaskCaller + Clock,
{
    let latest = step.time_and_seed.now.plus_milliseconds(TEST_MILLISECONDS_MAX);
    let deadline = deadline.map_or(latest, |deadline| deadline.min(latest));
    let account_region = &step.settings.account_region;
    let request = CallRequest {
        asynchronous: false,
        call,
        state: &step.probe.state,
        origin: CallOrigin {
            account_region,
            execution: &step.execution,
            frame: &FramePath::ROOT,
            claim: RecordNumber::FIRST,
            role_arn: &step.facts.role_arn,
            task_role_arn: call.credentials.as_ref().map(|named| named.role_arn.as_str()),
        },
        deadline: Some(deadline),
    };
    match select(pin!(ports.make_call(request)), pin!(ports.sleep_until(deadline))).await {
        Either::Left((outcome, _)) => outcome.unwrap_or_else(CallOutcome::worker_lost),
        Either::Right(_) => CallOutcome::TimedOut,
    }
}

/// A random id for the execution that a test pretends to be in.
///
/// # Panics
/// Never: a UUID is a name.
fn random_execution(source: &impl RandomSource) -> ExecutionId {
    let [machine, execution] = [(); 2].map(|()| {
        ResourceName::parse(&source.random_uuid())
            .expect("36 hexadecimal digits and hyphens are a name")
    });
    ExecutionId::from_names(&machine, &execution)
}
