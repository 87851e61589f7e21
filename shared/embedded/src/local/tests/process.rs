//! A process that handles one message after another until it is killed, and the functions it calls.

use std::{
    future::{Future, poll_fn},
    num::NonZeroU32,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{Either, select},
};
use model::{AccountRegion, ExecutionStatus, Failure, Payload, StateMachineType, TaskResource};
use orchestrator::{
    EngineContext, EngineSettings, Fault, RepeatPolicy, StartExecution,
    api::{
        CreateStateMachine, RedriveExecution, StateMachineSettings, create_state_machine,
        describe_execution, redrive_execution, send_task_success, start_execution,
    },
    handle_message,
    ports::{
        CallOutcome, CallRequest, ExecutionFilter, ExecutionStore, MessageDelivery, QueueName,
        StateMachineStore, TaskCaller,
    },
};
use system_clock::SystemClock;
use tokio::sync::Notify;

use super::workflows::TestWorkflow;
use crate::{
    ComputeThreads, ExecutionLogFile, LocalCallSlots, LocalDeathCounter, LocalPorts, LocalQueue,
    MemoryPressure, SqliteStore, recover_executions,
};

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
pub(super) enum CrashPoint {
    /// After it has handled this many messages.
    AfterMessages(usize),
    /// After this many commits, in the middle of the work that follows the last one.
    AfterCommits(usize),
}

/// Functions, whose state outlives every process but is not in the store.
#[derive(Clone, Default)]
pub(super) struct MockFunctions {
    state: Arc<Mutex<MockFunctionsState>>,
    /// If set, calls with a task token block until it is opened, and only the test completes that
    /// task.
    barrier: Option<Arc<CallBarrier>>,
}

/// Blocks a call until the test releases it.
#[derive(Default)]
struct CallBarrier {
    called: Notify,
    opened: Notify,
    token: Mutex<String>,
}

#[derive(Default)]
struct MockFunctionsState {
    /// Task tokens that were not used yet.
    tokens: Vec<String>,
    /// Whether the failing function has been repaired.
    is_repaired: bool,
}

impl MockFunctions {
    pub(super) fn with_barrier() -> Self {
        Self { barrier: Some(Arc::default()), ..Self::default() }
    }

    fn lock_state(&self) -> MutexGuard<'_, MockFunctionsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallBarrier {
    async fn hold_call(&self, token: &str) {
        token.clone_into(&mut self.token.lock().unwrap_or_else(PoisonError::into_inner));
        self.called.notify_one();
        self.opened.notified().await;
    }

    /// Lets the call return. Returns its task token.
    async fn release_call(&self) -> String {
        self.called.notified().await;
        self.opened.notify_one();
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The functions return at once unless there is a barrier: one keeps its task token, one fails
/// until it is repaired.
impl TaskCaller for MockFunctions {
    fn can_call(&self, _: &TaskResource) -> bool {
        true
    }

    async fn make_call(&self, request: CallRequest<'_>) -> Option<CallOutcome> {
        let resource = &request.call.resource;
        match resource {
            TaskResource::Integration(integration)
                if integration.is_action("states", "startExecution") =>
            {
                return None;
            }
            TaskResource::Integration(_) => {
                let token = request.call.payload.json_value()["Payload"]["token"].as_str();
                match (&self.barrier, token) {
                    (Some(gate), Some(token)) => gate.hold_call(token).await,
                    (_, token) => self.lock_state().tokens.extend(token.map(ToOwned::to_owned)),
                }
            }
            TaskResource::LambdaFunction { .. } if !self.lock_state().is_repaired => {
                return Some(CallOutcome::Failed(Failure::with_error_name("Broken")));
            }
            TaskResource::LambdaFunction { .. } | TaskResource::Activity { .. } => {}
        }
        let response = CallOutcome::Succeeded(Payload::empty_object());
        Some(response.of_response(resource.integration_pattern()))
    }
}

/// One process. Its store survives it, its queue does not.
pub(super) struct TestProcess {
    ports: LocalPorts<MockFunctions>,
    context: EngineContext,
}

impl TestProcess {
    pub(super) fn start_process(directory: &Path, world: &MockFunctions) -> Self {
        let store = SqliteStore::open_directory(directory).expect("the directory is free");
        let queue = LocalQueue::start();
        let ports = LocalPorts {
            deaths: LocalDeathCounter::new(store.clone()),
            store,
            call_slots: LocalCallSlots::new(queue.clone()),
            memory: MemoryPressure::unlimited(),
            queue,
            compute: ComputeThreads::new(),
            clock: SystemClock,
            caller: world.clone(),
            execution_log: Arc::new(ExecutionLogFile::new(None, |_| {})),
            counts: Arc::default(),
            append_watcher: None,
        };
        let mut settings = EngineSettings::new(AccountRegion {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
        });
        // So small forks have several buckets.
        settings.limits.bucket_children = NonZeroU32::new(2).expect("2 is not zero");
        let context = EngineContext::new(settings);
        Self { ports, context }
    }

    pub(super) async fn recover_executions(&self) {
        recover_executions(&self.ports).await.expect("the store answers");
    }

    /// Kills the process: what was not committed is lost, and the directory is unlocked.
    pub(super) async fn shut_down(self) {
        self.ports.store.shut_down().await;
    }

    /// Makes up to this many transitions with one append.
    pub(super) fn with_transitions(mut self, transitions: u32) -> Self {
        let transitions_per_delivery = NonZeroU32::new(transitions).expect("at least 1");
        let settings = EngineSettings { transitions_per_delivery, ..self.context.settings };
        self.context = EngineContext::new(settings);
        self
    }

    /// Starts an execution of the last state machine. Returns its ARN.
    pub(super) async fn start_workflow(&self, workflow: &TestWorkflow) -> String {
        self.start_with_input(workflow, "[0, 1, 2, 3]").await
    }

    /// Starts an execution of the last state machine with this input. Returns its ARN.
    pub(super) async fn start_with_input(&self, workflow: &TestWorkflow, input: &str) -> String {
        let mut last = String::new();
        for (name, definition) in workflow.0 {
            let machine = CreateStateMachine {
                name: (*name).to_owned(),
                machine_type: StateMachineType::Standard,
                definition: (*definition).to_owned(),
                role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
                settings: StateMachineSettings::default(),
                tags: Vec::new(),
            };
            let made = create_state_machine(&self.ports, &self.context, machine).await;
            last = made.expect("it is valid").arn;
        }
        let execution = StartExecution {
            state_machine_arn: last,
            name: None,
            input: Some(input.to_owned()),
            trace_header: None,
            execution_type: None,
        };
        let started =
            start_execution(&self.ports, &self.context, execution, RepeatPolicy::WhileRunning)
                .await;
        started.expect("the machine exists").arn
    }

    /// Handles messages until the execution has succeeded or no message arrives. Returns the status
    /// then; none if the process crashed before.
    pub(super) async fn run_until_crash(
        &self,
        arn: &str,
        life: CrashPoint,
    ) -> Option<ExecutionStatus> {
        let made = self.ports.store.commit_count();
        let (messages_max, commits_max) = match life {
            CrashPoint::AfterMessages(messages) => (messages, u64::MAX),
            CrashPoint::AfterCommits(commits) => {
                (usize::MAX, made + u64::try_from(commits).expect("there are few"))
            }
        };
        let mut living = pin!(self.serve_messages(arn, messages_max));
        poll_fn(|context| {
            // Checked first, so that the work that waits for the last commit does not go on.
            if self.ports.store.commit_count() >= commits_max {
                return Poll::Ready(None);
            }
            living.as_mut().poll(context)
        })
        .await
    }

    /// Completes a task by its token as the call returns. Stops once `SendTaskSuccess` has
    /// returned.
    pub(super) async fn answer_while_call_returns(&self, arn: &str) {
        let Some(gate) = &self.ports.caller.barrier else { return };
        let living = pin!(self.serve_messages(arn, usize::MAX));
        let answered = pin!(async {
            let token = gate.release_call().await;
            send_task_success(&self.ports, &self.context, &token, "{}").await.expect("it waits");
        });
        select(answered, living).await;
    }

    async fn serve_messages(&self, arn: &str, messages_max: usize) -> Option<ExecutionStatus> {
        let Self { ports, context } = self;
        for _ in 0..messages_max {
            let status = self.execution_status(arn).await;
            if status == ExecutionStatus::Succeeded {
                return Some(status);
            }
            self.act_as_user(arn, status).await;
            let Some((delivery, queue_name)) = self.next_delivery().await else {
                return Some(self.execution_status(arn).await);
            };
            let handled = match handle_message(ports, context, &delivery).await {
                // It waits for a version that can read what it needs.
                Err(Fault::Unreadable { .. } | Fault::Broken { .. }) => continue,
                handled => handled.expect("no port fails"),
            };
            match handled {
                orchestrator::Disposition::Acknowledge => {}
                orchestrator::Disposition::Redeliver | orchestrator::Disposition::AwaitSlot => {
                    ports.queue.redeliver_at(
                        delivery,
                        queue_name,
                        model::Timestamp::from_milliseconds(0),
                    );
                }
                orchestrator::Disposition::RedeliverAt(at) => {
                    ports.queue.redeliver_at(delivery, queue_name, at);
                }
            }
        }
        None
    }

    /// Does what a user would do: redrives a failed execution and completes waiting tasks.
    async fn act_as_user(&self, arn: &str, status: ExecutionStatus) {
        let Self { ports, context } = self;
        if status == ExecutionStatus::Failed {
            ports.caller.lock_state().is_repaired = true;
            let request = RedriveExecution { execution_arn: arn.to_owned(), client_token: None };
            redrive_execution(ports, context, request).await.expect("it can be redriven");
        }
        let token = ports.caller.lock_state().tokens.last().cloned();
        if let Some(token) = token {
            // The token of a lost attempt is rejected.
            send_task_success(ports, context, &token, "{}").await.ok();
            ports.caller.lock_state().tokens.retain(|other| *other != token);
        }
    }

    /// Receives each message that is due this often, with a fault each time, and then leaves it to
    /// be received again. Returns how many there are.
    pub(super) async fn fail_messages(&self, receives: u32) -> usize {
        let Self { ports, context } = self;
        let mut due = Vec::new();
        for queue_name in [QueueName::Steps, QueueName::Tasks] {
            while let Some(delivery) = ports.queue.receive_message(queue_name).now_or_never() {
                due.push((delivery.expect("the queue is open"), queue_name));
            }
        }
        for (delivery, _) in &mut due {
            for receive_count in 1..=receives {
                delivery.receive_count = receive_count;
                let fault = handle_message(ports, context, delivery).await;
                assert!(matches!(fault, Err(Fault::Port { .. })), "{fault:?}");
            }
        }
        let failed = due.len();
        for (delivery, queue_name) in due {
            ports.queue.redeliver_at(delivery, queue_name, model::Timestamp::from_milliseconds(0));
        }
        failed
    }

    /// Lists the state machines, and the executions of each. Returns how many of either there are.
    pub(super) async fn count_listed(&self) -> (usize, usize) {
        let store = &self.ports.store;
        let machines = store.list_machines(100, None).await.expect("they are listed");
        let mut executions = 0;
        for machine in &machines {
            let page =
                store.list_executions(&machine.name, ExecutionFilter::default(), 100, None).await;
            executions += page.expect("they are listed").executions.len();
        }
        (machines.len(), executions)
    }

    pub(super) async fn execution_status(&self, arn: &str) -> ExecutionStatus {
        let described = describe_execution(&self.ports, &self.context, arn).await;
        described.expect("it exists").1.status()
    }

    /// Returns the next message of either queue; none once both have been empty for 3 seconds.
    async fn next_delivery(&self) -> Option<(MessageDelivery, QueueName)> {
        let steps = pin!(self.ports.queue.receive_message(QueueName::Steps));
        let tasks = pin!(self.ports.queue.receive_message(QueueName::Tasks));
        let either = tokio::time::timeout(Duration::from_secs(3), select(steps, tasks)).await;
        match either.ok()? {
            Either::Left((delivery, _)) => Some((delivery?, QueueName::Steps)),
            Either::Right((delivery, _)) => Some((delivery?, QueueName::Tasks)),
        }
    }
}
