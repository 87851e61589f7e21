//! A process that handles one message after another until it is killed, and the world around it.

use std::{
    future::{Future, poll_fn},
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_util::future::{Either, select};
use model::{CallTarget, Failure, MachineType, Payload, Place, Status};
use orchestrator::{
    CreateStateMachine, RedriveExecution, Settings, StartExecution, Tools, create_state_machine,
    describe_execution, handle,
    ports::{CallOutcome, CallRequest, Caller, Delivery, Lane},
    redrive_execution, send_task_success, start_execution,
};
use system::SystemClock;
use tokio::sync::Notify;

use super::workflows::Workflow;
use crate::{LocalPorts, LocalQueue, Store, recover};

/// How long a process lives.
#[derive(Clone, Copy, Debug)]
pub(super) enum Life {
    /// It handles so many messages.
    Messages(usize),
    /// It makes so many commits, and is killed in the middle of what follows the last.
    Commits(usize),
}

/// What outlives every process but is not in the store.
#[derive(Clone, Default)]
pub(super) struct World {
    things: Arc<Mutex<Things>>,
    /// Calls that get a token last until it is opened, and nobody else answers that token.
    gate: Option<Arc<Gate>>,
}

/// Holds a call.
#[derive(Default)]
struct Gate {
    called: Notify,
    opened: Notify,
    token: Mutex<String>,
}

#[derive(Default)]
struct Things {
    /// Tokens that nobody has answered.
    tokens: Vec<String>,
    /// Whether the function that fails has been mended.
    is_mended: bool,
}

impl World {
    pub(super) fn gated() -> Self {
        Self { gate: Some(Arc::default()), ..Self::default() }
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    async fn hold(&self, token: &str) {
        token.clone_into(&mut self.token.lock().unwrap_or_else(PoisonError::into_inner));
        self.called.notify_one();
        self.opened.notified().await;
    }

    /// Lets the call return; gives its token.
    async fn open(&self) -> String {
        self.called.notified().await;
        self.opened.notify_one();
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Functions answer at once: one keeps its token, one fails until it is mended.
impl Caller for World {
    async fn call(&self, request: CallRequest<'_>) -> CallOutcome {
        match request.call.target {
            CallTarget::LambdaInvoke => {
                let token = request.call.payload.value()["Payload"]["token"].as_str();
                match (&self.gate, token) {
                    (Some(gate), Some(token)) => gate.hold(token).await,
                    (_, token) => self.things().tokens.extend(token.map(ToOwned::to_owned)),
                }
            }
            CallTarget::LambdaFunction { .. } if !self.things().is_mended => {
                return CallOutcome::Failed(Failure::named("Broken"));
            }
            CallTarget::LambdaFunction { .. } | CallTarget::StartExecution => {}
        }
        CallOutcome::Succeeded(Payload::empty_object())
    }
}

/// The store survives it, the queue does not.
pub(super) struct Process {
    ports: LocalPorts<World>,
    tools: Tools,
}

impl Process {
    pub(super) fn start(directory: &Path, world: &World) -> Self {
        let ports = LocalPorts {
            store: Store::open(directory).expect("the directory is free"),
            queue: LocalQueue::start(),
            clock: SystemClock,
            caller: world.clone(),
            appended: None,
        };
        let tools = Tools::new(Place {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
        });
        Self { ports, tools }
    }

    pub(super) async fn recover(&self) {
        recover(&self.ports, &self.tools).await.expect("the store answers");
    }

    /// What was not committed is gone, and the directory is free.
    pub(super) async fn end(self) {
        self.ports.store.shut_down().await;
    }

    /// Starts an execution and gives its ARN.
    pub(super) async fn begin(&self, workflow: &Workflow) -> String {
        let mut last = String::new();
        for (name, definition) in workflow.0 {
            let machine = CreateStateMachine {
                name: (*name).to_owned(),
                machine_type: MachineType::Standard,
                definition: (*definition).to_owned(),
                role_arn: "arn:aws:iam::000000000000:role/any".to_owned(),
                settings: Settings::default(),
                tags: Vec::new(),
            };
            let made = create_state_machine(&self.ports, &self.tools, machine).await;
            last = made.expect("it is valid").arn;
        }
        let execution = StartExecution {
            state_machine_arn: last,
            name: None,
            input: Some("[0, 1, 2, 3]".to_owned()),
            trace_header: None,
        };
        let started = start_execution(&self.ports, &self.tools, execution).await;
        started.expect("the machine exists").arn
    }

    /// Lives until the execution has succeeded or nothing more happens; none if it was killed
    /// before.
    pub(super) async fn live(&self, arn: &str, life: Life) -> Option<Status> {
        let made = self.ports.store.commits();
        let (messages_max, commits_max) = match life {
            Life::Messages(messages) => (messages, u64::MAX),
            Life::Commits(commits) => {
                (usize::MAX, made + u64::try_from(commits).expect("there are few"))
            }
        };
        let mut living = pin!(self.serve(arn, messages_max));
        poll_fn(|context| {
            // Asked first: what waits for the last commit does not learn of it.
            if self.ports.store.commits() >= commits_max {
                return Poll::Ready(None);
            }
            living.as_mut().poll(context)
        })
        .await
    }

    /// Lives until an answer is acknowledged that comes as the call returns.
    pub(super) async fn answer_in_a_race(&self, arn: &str) {
        let Some(gate) = &self.ports.caller.gate else { return };
        let living = pin!(self.serve(arn, usize::MAX));
        let answered = pin!(async {
            let token = gate.open().await;
            send_task_success(&self.ports, &self.tools, &token, "{}").await.expect("it waits");
        });
        select(answered, living).await;
    }

    async fn serve(&self, arn: &str, messages_max: usize) -> Option<Status> {
        let Self { ports, tools } = self;
        for _ in 0..messages_max {
            let status = self.status(arn).await;
            if status == Status::Succeeded {
                return Some(status);
            }
            self.help(arn, status).await;
            let Some((delivery, lane)) = self.next().await else {
                return Some(self.status(arn).await);
            };
            match handle(ports, tools, &delivery).await.expect("no port fails") {
                orchestrator::Verdict::Done => {}
                orchestrator::Verdict::Later => {
                    ports.queue.later(delivery, lane, model::Timestamp::from_milliseconds(0));
                }
                orchestrator::Verdict::LaterAt(at) => ports.queue.later(delivery, lane, at),
            }
        }
        None
    }

    /// Does what a user would do, until that is answered.
    async fn help(&self, arn: &str, status: Status) {
        let Self { ports, tools } = self;
        if status == Status::Failed {
            ports.caller.things().is_mended = true;
            let request = RedriveExecution { execution_arn: arn.to_owned(), client_token: None };
            redrive_execution(ports, tools, request).await.expect("it can be redriven");
        }
        let token = ports.caller.things().tokens.last().cloned();
        if let Some(token) = token {
            // An attempt that was lost is answered by a rejection.
            send_task_success(ports, tools, &token, "{}").await.ok();
            ports.caller.things().tokens.retain(|other| *other != token);
        }
    }

    async fn status(&self, arn: &str) -> Status {
        let described = describe_execution(&self.ports, &self.tools, arn).await;
        described.expect("it exists").1.status()
    }

    /// The next message of either lane; none once both have stayed empty for long.
    async fn next(&self) -> Option<(Delivery, Lane)> {
        let steps = pin!(self.ports.queue.receive(Lane::Steps));
        let tasks = pin!(self.ports.queue.receive(Lane::Tasks));
        let either = tokio::time::timeout(Duration::from_secs(3), select(steps, tasks)).await;
        match either.ok()? {
            Either::Left((delivery, _)) => Some((delivery?, Lane::Steps)),
            Either::Right((delivery, _)) => Some((delivery?, Lane::Tasks)),
        }
    }
}
