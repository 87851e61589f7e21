//! Answers to task tokens through the use case of the API, on each store.

use std::sync::{Arc, Mutex};

use memory_ports::{MemoryQueue, MemoryStore};
use model::{AccountRegion, ExecutionStatus, Failure, StateMachineType, TaskResource};
use orchestrator::{
    ApiError, EngineContext, EngineSettings, RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, StateMachineSettings, TaskResultRejection, create_state_machine,
        describe_execution, send_task_failure, send_task_success, start_execution,
    },
    handle_message,
    ports::{
        CallOutcome, CallRequest, Clock, ComposedPorts, ComputePool, ExecutionObserver, TaskCaller,
    },
};
use system_clock::SystemClock;
use tokio::task::JoinSet;

use crate::stores::ContractStore;

const ANSWERS: u32 = 50;
const DEFINITION: &str = r#"{
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
      "Parameters": { "FunctionName": "ask", "Payload": { "token.$": "$$.Task.Token" } },
      "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Done" }],
      "Next": "Done"
    },
    "Done": { "Type": "Pass", "End": true }
  }
}"#;

/// A store, with everything else in memory. Its calls keep the task token that they are given.
struct AnsweredPorts<S> {
    store: S,
    dead_letters: MemoryStore,
    queue: MemoryQueue,
    clock: SystemClock,
    token: Mutex<Option<String>>,
}

impl<S> ComposedPorts for AnsweredPorts<S> {
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

impl<S> ExecutionObserver for AnsweredPorts<S> {}

impl<S> ComputePool for AnsweredPorts<S> {}

impl<S: Send + Sync> TaskCaller for AnsweredPorts<S> {
    fn can_call(&self, resource: &TaskResource) -> bool {
        matches!(resource, TaskResource::Integration(_))
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let parameters = request.call.payload.json_value();
        let token = parameters["Payload"]["token"].as_str().map(str::to_owned);
        *self.token.lock().expect("nobody panics") = token;
        let outcome = CallOutcome::Succeeded(request.call.payload.clone());
        Some(outcome.of_response(request.call.resource.integration_pattern()))
    }
}

/// Starts an execution that waits for an answer. Returns its ARN and the task token.
async fn start_waiting(
    ports: &AnsweredPorts<impl ContractStore>,
    context: &EngineContext,
) -> (String, String) {
    let machine = CreateStateMachine {
        name: "ask".to_owned(),
        machine_type: StateMachineType::Standard,
        definition: DEFINITION.to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
        settings: StateMachineSettings::default(),
        tags: Vec::new(),
    };
    let machine = create_state_machine(ports, context, machine).await.expect("it is valid");
    let start = StartExecution {
        state_machine_arn: machine.arn,
        name: None,
        input: None,
        trace_header: None,
    };
    let started = start_execution(ports, context, start, RepeatPolicy::WhileRunning).await;
    let arn = started.expect("the machine exists").arn;
    handle_all(ports, context).await;
    let token = ports.token.lock().expect("nobody panics").clone();
    (arn, token.expect("the task was called"))
}

/// Handles every message that is due.
async fn handle_all(ports: &AnsweredPorts<impl ContractStore>, context: &EngineContext) {
    while let Some(received) = ports.queue.receive_due(ports.clock.now()) {
        Box::pin(handle_message(ports, context, &received.delivery)).await.expect("no fault");
    }
}

pub(crate) async fn of_many_answers_to_one_token_one_is_acknowledged(store: &impl ContractStore) {
    let region = AccountRegion::new("us-east-1", "000000000000");
    let context = Arc::new(EngineContext::new(EngineSettings::new(region)));
    let ports = Arc::new(AnsweredPorts {
        store: store.clone(),
        dead_letters: MemoryStore::new(),
        queue: MemoryQueue::new(),
        clock: SystemClock,
        token: Mutex::new(None),
    });
    let (arn, token) = start_waiting(&ports, &context).await;
    let mut answers = JoinSet::new();
    for number in 0..ANSWERS {
        let (ports, context, token) = (Arc::clone(&ports), Arc::clone(&context), token.clone());
        answers.spawn(async move {
            let (ports, context) = (ports.as_ref(), context.as_ref());
            let answered = if number % 2 == 0 {
                send_task_success(ports, context, &token, &number.to_string()).await
            } else {
                let failure = Failure::new("No", number.to_string());
                send_task_failure(ports, context, &token, failure).await
            };
            (number, answered)
        });
    }
    let mut acknowledged = Vec::new();
    for (number, answered) in answers.join_all().await {
        match answered {
            Ok(()) => acknowledged.push(number),
            Err(ApiError::Rejected(TaskResultRejection::TimedOut)) => {}
            Err(other) => panic!("answer {number}: {other}"),
        }
    }
    assert_eq!(acknowledged.len(), 1, "these were acknowledged: {acknowledged:?}");
    handle_all(&ports, &context).await;
    let (_, execution) =
        describe_execution(ports.as_ref(), &context, &arn).await.expect("it exists");
    assert_eq!(execution.status(), ExecutionStatus::Succeeded);
    let number = acknowledged[0];
    let counted = match execution.end.as_ref().map(|(_, outcome)| outcome) {
        Some(model::FrameOutcome::Succeeded(output)) => output.json_value(),
        other => panic!("{other:?}"),
    };
    let counted = counted["Cause"].as_str().map_or_else(|| counted.to_string(), str::to_owned);
    assert_eq!(counted, number.to_string(), "another answer has counted");
}
