//! Mocks in a running deployment: executions that are started as test cases of a
//! `MockConfigFile.json`, as Step Functions Local has them.
//!
//! ```text
//! StartExecution …:stateMachine:Order#HappyPath ─▶ begin ─▶ the execution has its mocks
//! a Task's call ─▶ the execution's mocks ──state is mocked──▶ its answer
//!                                         └─else─▶ the real caller
//! ```

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
};

use model::{ExecutionId, Failure, RecordKey, StateName, error_name};
use orchestrator::ports::{CallOutcome, CallRequest, RecordLog, TaskCaller};

use crate::{MockConfig, MockConfigError, StateMocks};

/// The test cases of a file and the executions that were started as one. They are forgotten with
/// the process.
#[derive(Debug)]
pub struct MockedExecutions {
    config: MockConfig,
    executions: Mutex<BTreeMap<ExecutionId, MockedExecution>>,
}

#[derive(Debug)]
struct MockedExecution {
    mocks: StateMocks,
    /// Calls of each state so far.
    calls: BTreeMap<StateName, u32>,
}

impl MockedExecutions {
    /// Of which nobody has been started.
    pub const fn new(config: MockConfig) -> Self {
        Self { config, executions: Mutex::new(BTreeMap::new()) }
    }

    /// Once this returns, calls of that execution have the answers of the test case. An execution
    /// that has made calls goes on as it is.
    pub fn begin_execution(
        &self,
        execution: &ExecutionId,
        machine: &str,
        case: &str,
    ) -> Result<(), MockConfigError> {
        let mocks = self.config.case_mocks(machine, case)?;
        let mut begun = self.lock_executions();
        if begun.get(execution).is_none_or(|begun| begun.calls.is_empty()) {
            begun.insert(execution.clone(), MockedExecution { mocks, calls: BTreeMap::new() });
        }
        Ok(())
    }

    /// The answer to a state's next call; none if it is not mocked.
    fn next_answer(&self, execution: &ExecutionId, state: &StateName) -> Option<CallOutcome> {
        let mut begun = self.lock_executions();
        let begun = begun.get_mut(execution)?;
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

    fn has_execution(&self, execution: &ExecutionId) -> bool {
        self.lock_executions().contains_key(execution)
    }

    fn lock_executions(&self) -> MutexGuard<'_, BTreeMap<ExecutionId, MockedExecution>> {
        memory_ports::lock_unpoisoned(&self.executions)
    }
}

/// Answers for executions that are test cases, and lets another caller call for all else.
#[derive(Clone, Debug)]
pub struct MockedCaller<C, L> {
    /// Makes the calls that are not mocked.
    pub caller: C,
    /// Where the claims stand, which say whose call it is.
    pub log: L,
    /// The test cases, if there are any.
    pub cases: Option<Arc<MockedExecutions>>,
}

impl<C: TaskCaller + Sync, L: RecordLog + Sync> TaskCaller for MockedCaller<C, L> {
    fn make_call(&self, request: CallRequest<'_>) -> impl Future<Output = CallOutcome> + Send {
        self.caller.make_call(request)
    }

    async fn mocked(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let cases = self.cases.as_ref().filter(|cases| cases.has_execution(request.execution))?;
        let claim = RecordKey {
            execution: request.execution.clone(),
            frame: request.frame.clone(),
            number: request.claim,
        };
        let record = self.log.load_record(&claim).await.ok()??;
        cases.next_answer(request.execution, &record.frame.state)
    }
}
