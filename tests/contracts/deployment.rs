//! A deployment on the doubles of DynamoDB and SQS, whose messages a test handles.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws::{AwsPorts, DynamoDbTable};
use model::{AccountRegion, ExecutionStatus, Payload, StateMachineType, TaskResource};
use orchestrator::{
    Disposition, EngineContext, EngineSettings, RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, StateMachineSettings, create_state_machine, describe_execution,
        start_execution,
    },
    handle_message,
    ports::{
        CallOutcome, CallRequest, Clock, ExecutionObserver, QueueName, RandomSource, TaskCaller,
    },
};
use system_clock::SystemClock;

use crate::{
    queues::{NEVER, PausedClock},
    sqs::start_sqs,
};

/// Milliseconds between two runs of the timer, which may be late.
const TIMER_MILLISECONDS: i64 = 10 * 60_000;

impl RandomSource for PausedClock {
    fn random_seed(&self) -> u128 {
        SystemClock.random_seed()
    }
}

/// A function that returns its input.
pub(crate) struct EchoFunction;

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
pub(crate) struct NoObserver;

impl ExecutionObserver for NoObserver {}

/// A table, and queues that can be lost.
pub(crate) struct TestDeployment {
    pub(crate) ports: AwsPorts<PausedClock, EchoFunction, NoObserver>,
    pub(crate) context: EngineContext,
    handled: AtomicUsize,
}

impl TestDeployment {
    pub(crate) fn with_new_queues(table: DynamoDbTable, clock: PausedClock) -> Self {
        let queues = start_sqs(table.clone(), clock);
        let region = AccountRegion::new("us-east-1", "000000000000");
        Self {
            ports: AwsPorts { table, queues, clock, caller: EchoFunction, observer: NoObserver },
            context: EngineContext::new(EngineSettings::new(region)),
            handled: AtomicUsize::new(0),
        }
    }

    pub(crate) async fn create_machine(&self, name: &str, definition: &str) -> String {
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

    pub(crate) async fn start(&self, state_machine_arn: &str) -> String {
        let start = StartExecution {
            state_machine_arn: state_machine_arn.to_owned(),
            name: None,
            input: Some("[0, 1, 2, 3]".to_owned()),
            trace_header: None,
            execution_type: None,
        };
        let started =
            start_execution(&self.ports, &self.context, start, RepeatPolicy::WhileRunning).await;
        started.expect("the machine exists").arn
    }

    /// Handles messages until the execution has ended, or this many. Returns whether it has ended.
    pub(crate) async fn run(&self, arn: &str, messages_max: usize) -> bool {
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
                Disposition::Redeliver | Disposition::AwaitSlot => {}
                Disposition::RedeliverAt(at) => {
                    let hidden = ports.queues.change_visibility_until(queue_name, receipt, at);
                    hidden.await.expect("no fault");
                }
            }
        }
    }

    pub(crate) async fn status(&self, arn: &str) -> ExecutionStatus {
        let described = describe_execution(&self.ports, &self.context, arn).await;
        described.expect("it exists").1.status()
    }

    pub(crate) async fn output(&self, arn: &str) -> Option<Payload> {
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
