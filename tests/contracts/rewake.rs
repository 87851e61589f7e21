//! A deployment whose queues lose every message, on the doubles of DynamoDB and SQS. The command
//! `rewake` sends what is needed, so that everything ends as it would have.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws::{AwsPorts, DynamoDbTable};
use model::{AccountRegion, ExecutionStatus, Payload, StateMachineType, TaskResource};
use orchestrator::{
    Disposition, EngineContext, EngineSettings, RepeatPolicy, RewokenExecutions, StartExecution,
    api::{
        CreateStateMachine, StateMachineSettings, create_state_machine, describe_execution,
        start_execution,
    },
    handle_message,
    ports::{
        CallOutcome, CallRequest, Clock, ExecutionObserver, QueueName, RandomSource, TaskCaller,
    },
    rewake_executions,
};
use system_clock::SystemClock;

use crate::{
    dynamodb::start_dynamodb,
    queues::{NEVER, PausedClock},
    sqs::start_sqs,
};

/// More executions than a page has.
const STARTED: usize = 120;
/// Milliseconds between two runs of the timer, which may be late.
const TIMER_MILLISECONDS: i64 = 10 * 60_000;
/// More messages than any of the executions takes.
const MESSAGES_MAX: usize = 200;

/// Forks in forks, a call, a wait that is longer than SQS can delay, and a nested execution.
const OUTER: &str = r#"{
  "StartAt": "Split",
  "TimeoutSeconds": 86400,
  "States": {
    "Split": {
      "Type": "Parallel",
      "Branches": [
        {
          "StartAt": "Each",
          "States": {
            "Each": {
              "Type": "Map",
              "MaxConcurrency": 2,
              "ItemProcessor": {
                "StartAt": "Call",
                "States": {
                  "Call": {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:echo",
                    "Retry": [{ "ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1 }],
                    "End": true
                  }
                }
              },
              "End": true
            }
          }
        },
        {
          "StartAt": "Wait",
          "States": { "Wait": { "Type": "Wait", "Seconds": 1000, "End": true } }
        },
        {
          "StartAt": "Nest",
          "States": {
            "Nest": {
              "Type": "Task",
              "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Parameters": {
                "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:inner",
                "Input": {}
              },
              "OutputPath": "$.Output",
              "End": true
            }
          }
        }
      ],
      "End": true
    }
  }
}"#;
const INNER: &str =
    r#"{ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } }"#;

impl RandomSource for PausedClock {
    fn random_seed(&self) -> u128 {
        SystemClock.random_seed()
    }
}

/// A function that returns its input.
struct EchoFunction;

impl TaskCaller for EchoFunction {
    fn can_call(&self, resource: &TaskResource) -> bool {
        matches!(resource, TaskResource::LambdaFunction { .. })
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let outcome = CallOutcome::Succeeded(request.call.payload.clone());
        self.can_call(&request.call.resource).then_some(outcome)
    }
}

/// An observer that nobody asks.
struct NoObserver;

impl ExecutionObserver for NoObserver {}

/// A table, and queues that can be lost.
struct TestDeployment {
    ports: AwsPorts<PausedClock, EchoFunction, NoObserver>,
    context: EngineContext,
    handled: AtomicUsize,
}

impl TestDeployment {
    fn with_new_queues(table: DynamoDbTable, clock: PausedClock) -> Self {
        let queues = start_sqs(table.clone(), clock);
        let region = AccountRegion::new("us-east-1", "000000000000");
        Self {
            ports: AwsPorts { table, queues, clock, caller: EchoFunction, observer: NoObserver },
            context: EngineContext::new(EngineSettings::new(region)),
            handled: AtomicUsize::new(0),
        }
    }

    async fn create_machine(&self, name: &str, definition: &str) -> String {
        let machine = CreateStateMachine {
            name: name.to_owned(),
            machine_type: StateMachineType::Standard,
            definition: definition.to_owned(),
            role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
            settings: StateMachineSettings::default(),
            tags: Vec::new(),
        };
        create_state_machine(&self.ports, &self.context, machine).await.expect("it is valid").arn
    }

    async fn start(&self, state_machine_arn: &str) -> String {
        let start = StartExecution {
            state_machine_arn: state_machine_arn.to_owned(),
            name: None,
            input: Some("[0, 1, 2, 3]".to_owned()),
            trace_header: None,
        };
        let started =
            start_execution(&self.ports, &self.context, start, RepeatPolicy::WhileRunning).await;
        started.expect("the machine exists").arn
    }

    /// Handles messages until the execution has ended, or this many. Returns whether it has ended.
    async fn run(&self, arn: &str, messages_max: usize) -> bool {
        self.handled.store(0, Ordering::Relaxed);
        let mut next_timer = self.ports.clock.now();
        while self.status(arn).await == ExecutionStatus::Running {
            if self.ports.clock.now() >= next_timer {
                self.ports.queues.move_due_messages(NEVER).await.expect("no fault");
                next_timer = self.ports.clock.now().plus_milliseconds(TIMER_MILLISECONDS);
            }
            tokio::join!(
                self.handle_some(QueueName::Steps, messages_max),
                self.handle_some(QueueName::Tasks, messages_max)
            );
            if self.handled.load(Ordering::Relaxed) >= messages_max {
                break;
            }
        }
        self.status(arn).await != ExecutionStatus::Running
    }

    /// Receives messages once and handles them, as long as fewer than the most were handled.
    async fn handle_some(&self, queue_name: QueueName, messages_max: usize) {
        let Self { ports, context, handled } = self;
        for received in ports.queues.receive_messages(queue_name).await.expect("no fault") {
            if handled.fetch_add(1, Ordering::Relaxed) >= messages_max {
                return;
            }
            let disposition = Box::pin(handle_message(ports, context, &received.delivery)).await;
            let receipt = &received.receipt;
            match disposition.expect("no port fails") {
                Disposition::Acknowledge => {
                    ports.queues.acknowledge_message(queue_name, receipt).await.expect("no fault");
                }
                Disposition::Redeliver => {}
                Disposition::RedeliverAt(at) => {
                    let hidden = ports.queues.change_visibility_until(queue_name, receipt, at);
                    hidden.await.expect("no fault");
                }
            }
        }
    }

    async fn status(&self, arn: &str) -> ExecutionStatus {
        let described = describe_execution(&self.ports, &self.context, arn).await;
        described.expect("it exists").1.status()
    }

    async fn output(&self, arn: &str) -> Option<Payload> {
        let (_, execution) =
            describe_execution(&self.ports, &self.context, arn).await.expect("it exists");
        match &execution.end.as_ref()?.1 {
            model::FrameOutcome::Succeeded(output) => Some(output.clone()),
            model::FrameOutcome::Failed(_)
            | model::FrameOutcome::TimedOut(_)
            | model::FrameOutcome::Aborted(_) => None,
        }
    }
}

/// Runs the execution with a loss of all messages after this many. Returns whether they were lost
/// before it ended.
async fn ends_after_a_loss(messages: usize, rewakes: usize) -> bool {
    let (table, _service) = start_dynamodb().await;
    let clock = PausedClock::start();
    let before = TestDeployment::with_new_queues(table.clone(), clock);
    before.create_machine("inner", INNER).await;
    let machine = before.create_machine("outer", OUTER).await;
    let arn = before.start(&machine).await;
    if before.run(&arn, messages).await {
        return false;
    }
    let after = TestDeployment::with_new_queues(table, clock);
    for _ in 0..rewakes {
        let woken = rewake_executions(&after.ports).await.expect("no fault");
        assert!(woken.executions > 0 && woken.heads > 0, "{woken:?}");
    }
    assert!(after.run(&arn, MESSAGES_MAX * rewakes).await, "it is stuck after {messages}");
    let output = after.output(&arn).await.expect("it succeeds");
    assert_eq!(output.json_text(), "[[0,1,2,3],[0,1,2,3],{}]", "after {messages}");
    true
}

#[tokio::test(start_paused = true)]
async fn whenever_the_queues_are_lost_everything_ends_after_a_rewake() {
    let mut messages = 0;
    while ends_after_a_loss(messages, 1).await {
        // Where in a message it happens is what the simulation varies.
        messages += 2;
        assert!(messages < MESSAGES_MAX, "it never ends");
    }
    assert!(messages > 10, "only {messages} messages were handled");
}

#[tokio::test(start_paused = true)]
async fn a_second_rewake_changes_nothing() {
    for messages in [0, 5, 12] {
        assert!(ends_after_a_loss(messages, 2).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rewake_says_what_it_has_found() {
    let (table, service) = start_dynamodb().await;
    let deployment = TestDeployment::with_new_queues(table, PausedClock::start());
    assert_eq!(
        rewake_executions(&deployment.ports).await.expect("no fault"),
        RewokenExecutions::default()
    );
    let machine = deployment.create_machine("inner", INNER).await;
    for _ in 0..STARTED {
        deployment.start(&machine).await;
    }
    service.take_request_counts();
    let woken = rewake_executions(&deployment.ports).await.expect("no fault");
    let started = u64::try_from(STARTED).expect("it is small");
    let expected = RewokenExecutions { executions: started, heads: started, messages: started };
    assert_eq!(woken, expected);
    let counts = service.take_request_counts();
    let queries = counts.iter().find(|(request, _)| request == "Query").expect("heads are read").1;
    // For the state machines, for each page of executions by its four partitions, and for each head.
    assert_eq!(queries, 2 + 4 * 2 + STARTED);
}
