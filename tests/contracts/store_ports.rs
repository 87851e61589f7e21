//! The ports of an engine on a store that is under test, and its executions.

use std::sync::Mutex;

use memory_ports::{MemoryQueue, MemoryStore};
use model::{StateMachineType, TaskResource};
use orchestrator::{
    EngineContext, RepeatPolicy, StartExecution,
    api::{CreateStateMachine, StateMachineSettings, create_state_machine, start_execution},
    handle_message,
    ports::{
        CallOutcome, CallRequest, CallSlots, Clock, ComposedPorts, ComputePool, ExecutionLogs,
        ExecutionObserver, TaskCaller,
    },
};
use system_clock::SystemClock;

use crate::stores::ContractStore;

/// A store, with everything else in memory. Its calls keep the task token that they are given.
pub(crate) struct StorePorts<S> {
    pub(crate) store: S,
    dead_letters: MemoryStore,
    pub(crate) queue: MemoryQueue,
    clock: SystemClock,
    /// The task token of the last call.
    pub(crate) token: Mutex<Option<String>>,
}

impl<S> ComposedPorts for StorePorts<S> {
    type Store = S;
    type Queue = MemoryQueue;
    type DeadLetters = MemoryStore;
    type Deaths = S;
    type Clock = SystemClock;
    type Random = SystemClock;

    fn store(&self) -> &S {
        &self.store
    }

    fn queue(&self) -> &MemoryQueue {
        &self.queue
    }

    fn dead_letters(&self) -> &MemoryStore {
        &self.dead_letters
    }

    fn death_counter(&self) -> &S {
        &self.store
    }

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn random(&self) -> &SystemClock {
        &self.clock
    }
}

impl<S> ExecutionObserver for StorePorts<S> {}

impl<S> ComputePool for StorePorts<S> {}

impl<S> ExecutionLogs for StorePorts<S> {}

impl<S> CallSlots for StorePorts<S> {}

impl<S: Send + Sync> TaskCaller for StorePorts<S> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        matches!(resource, TaskResource::Integration(_))
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        if !self.can_call(&request.call.resource) {
            return None;
        }
        let parameters = request.call.payload.json_value();
        let token = parameters["Payload"]["token"].as_str().map(str::to_owned);
        *self.token.lock().expect("nobody panics") = token;
        let outcome = CallOutcome::Succeeded(request.call.payload.clone());
        Some(outcome.of_response(request.call.resource.integration_pattern()))
    }
}

impl<S: ContractStore> StorePorts<S> {
    pub(crate) fn with_store(store: &S) -> Self {
        Self {
            store: store.clone(),
            dead_letters: MemoryStore::new(),
            queue: MemoryQueue::new(),
            clock: SystemClock,
            token: Mutex::new(None),
        }
    }

    /// Starts an execution of a new state machine, and returns its ARN.
    pub(crate) async fn start(
        &self,
        context: &EngineContext,
        name: &str,
        definition: &str,
        input: Option<String>,
    ) -> String {
        let machine = CreateStateMachine {
            name: name.to_owned(),
            machine_type: StateMachineType::Standard,
            definition: definition.to_owned(),
            role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
            settings: StateMachineSettings::default(),
            tags: Vec::new(),
        };
        let machine = create_state_machine(self, context, machine).await.expect("it is valid");
        let start = StartExecution {
            state_machine_arn: machine.arn,
            name: None,
            input,
            trace_header: None,
            execution_type: None,
        };
        let started = start_execution(self, context, start, RepeatPolicy::WhileRunning).await;
        started.expect("the machine exists").arn
    }

    /// Handles messages until none is due.
    pub(crate) async fn handle_all(&self, context: &EngineContext) {
        while let Some(received) = self.queue.receive_due(self.clock.now()) {
            Box::pin(handle_message(self, context, &received.delivery)).await.expect("no fault");
        }
    }
}
