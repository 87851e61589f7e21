//! Mocks in a running deployment: executions that are started as test cases of a
//! `MockConfigFile.json`, as Step Functions Local has them.
//!
//! ```text
//! StartExecution …:stateMachine:Order#HappyPath ─▶ begin_execution ─▶ the execution has its mocks
//! a Task's call ─▶ the execution's mocks ──state is mocked──▶ its answer
//!                                         └─else─▶ the real caller
//! ```

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{ExecutionId, Failure, ServiceJob, StateName, TaskCall, TaskResource, error_name};
use orchestrator::ports::{
    CallConcurrency, CallOrigin, CallOutcome, CallRequest, IntegrationMistake, JobCancellation,
    MockedFields, TaskCaller,
};
use serde_json::Value;

use crate::{MockConfig, MockConfigError, StateMocks};

/// The test cases of a file, and the executions that were started as one of them. They are kept in
/// memory only.
#[derive(Debug)]
pub struct MockedExecutions {
    config: MockConfig,
    executions: Mutex<BTreeMap<ExecutionId, MockedExecution>>,
}

#[derive(Debug)]
struct MockedExecution {
    mocks: StateMocks,
    /// The number of calls that each state has made.
    calls: BTreeMap<StateName, u32>,
}

impl MockedExecutions {
    /// Creates the test cases of a file, none of which has been started.
    pub const fn new(config: MockConfig) -> Self {
        Self { config, executions: Mutex::new(BTreeMap::new()) }
    }

    /// Gives an execution the mocks of a test case: they answer its calls from then on. An
    /// execution that has made mocked calls keeps its mocks.
    pub fn begin_execution(
        &self,
        execution: &ExecutionId,
        machine: &str,
        case: &str,
    ) -> Result<(), MockConfigError> {
        let mocks = self.config.case_mocks(machine, case)?;
        let mut executions = self.lock_executions();
        if executions.get(execution).is_none_or(|begun| begun.calls.is_empty()) {
            executions.insert(execution.clone(), MockedExecution { mocks, calls: BTreeMap::new() });
        }
        Ok(())
    }

    /// Returns the answer to a state's next call; none if the state is not mocked.
    fn next_answer(&self, execution: &ExecutionId, state: &StateName) -> Option<CallOutcome> {
        let mut executions = self.lock_executions();
        let begun = executions.get_mut(execution)?;
        if !begun.mocks.has_mock(state) {
            return None;
        }
        let calls = begun.calls.entry(state.clone()).or_default();
        *calls += 1;
        let answer = begun.mocks.answer_for_call(state, *calls - 1);
        Some(answer.map_or_else(
            || {
                let cause = format!("The mock of state '{state}' has no answer to call {calls}.");
                CallOutcome::Failed(Failure::new(error_name::RUNTIME, cause))
            },
            |answer| answer.outcome.clone(),
        ))
    }

    fn lock_executions(&self) -> MutexGuard<'_, BTreeMap<ExecutionId, MockedExecution>> {
        memory_ports::lock_unpoisoned(&self.executions)
    }
}

/// Answers the calls of executions that are test cases. Another caller makes all other calls.
#[derive(Clone, Debug)]
pub struct MockedCaller<C> {
    /// Makes the calls that are not mocked.
    pub caller: C,
    /// The test cases, if there are any.
    pub cases: Option<Arc<MockedExecutions>>,
}

impl<C: TaskCaller + Sync> TaskCaller for MockedCaller<C> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        self.caller.can_call(resource)
    }

    fn find_mistakes(
        &self,
        resource: &TaskResource,
        parameters: Option<&Value>,
    ) -> Vec<IntegrationMistake> {
        self.caller.find_mistakes(resource, parameters)
    }

    fn check_mocked_result(
        &self,
        resource: &TaskResource,
        result: &Value,
        fields: MockedFields,
    ) -> Result<(), String> {
        self.caller.check_mocked_result(resource, result, fields)
    }

    fn call_concurrency(&self, call: &TaskCall) -> Option<CallConcurrency> {
        self.caller.call_concurrency(call)
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let cases = self.cases.as_ref();
        let mocked =
            cases.and_then(|cases| cases.next_answer(request.origin.execution, request.state));
        match mocked {
            Some(outcome) => Some(outcome),
            None => self.caller.make_call(request).await,
        }
    }

    fn describe_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = Option<CallOutcome>> + Send {
        self.caller.describe_job(job, origin)
    }

    fn cancel_job(
        &self,
        job: &ServiceJob,
        origin: CallOrigin<'_>,
    ) -> impl Future<Output = JobCancellation> + Send {
        self.caller.cancel_job(job, origin)
    }
}
