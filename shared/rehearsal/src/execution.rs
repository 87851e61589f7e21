//! One whole execution, from its start to its end.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use memory::Received;
use model::{Execution, ExecutionArn, Outcome, Place, StateName, StateType, Timestamp};
use orchestrator::{
    Fault, HistoryEvent, StartExecution, Tools, Verdict, handle, merge,
    ports::{Clock, Executions, History, Machines},
    start_execution,
};

use crate::{
    Machine, Mocks,
    reached::{Reached, reached},
    stage::Stage,
};

/// The name of every execution.
const NAME: &str = "rehearsal";

/// How an execution went.
#[derive(Debug)]
pub struct Rehearsed {
    /// How it ended.
    pub outcome: Outcome,
    /// Its history.
    pub history: Vec<HistoryEvent>,
    /// The states and ways that it took.
    pub reached: Reached,
}

/// Why an execution could not be rehearsed to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody answers for a state.
    #[error("state '{state}' makes a call, and no mock answers for it")]
    NoMock {
        /// Which.
        state: StateName,
    },
    /// A state's answers are used up.
    #[error("state '{state}' makes call number {call}, and its mock has no answer for that")]
    NoMoreAnswers {
        /// Which.
        state: StateName,
        /// Its call, counted from 1.
        call: u32,
    },
    /// A state that is not there, tested or mocked.
    #[error("the definition has no state '{state}'")]
    NoSuchState {
        /// Which.
        state: StateName,
    },
    /// A mock for a state that calls nothing.
    #[error("a mock names the {} state '{state}'; an execution mocks Task states only", .of.as_str())]
    NoCall {
        /// Which.
        state: StateName,
        /// Its type.
        of: StateType,
    },
    /// A Map reads its items from elsewhere.
    #[error("the Map '{state}' has an ItemReader, so it can only be tested as a state alone")]
    Reader {
        /// Which.
        state: StateName,
    },
    /// The execution cannot start, or the state cannot be tested.
    #[error("{0}")]
    Refused(String),
    /// Something of ours broke.
    #[error("Statewright itself failed: {0}")]
    Fault(String),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

/// Runs an execution to its end. Time jumps to whatever is due next; mocks answer every call.
pub fn rehearse(machine: &Machine, input: &str, mocks: &Mocks) -> Result<Rehearsed, Trouble> {
    check(machine, mocks)?;
    let tools = Tools::new(place());
    let stage = Stage::new(mocks);
    let execution = finish(run(machine, &stage, &tools, input))?;
    Ok(execution)
}

/// Where every rehearsal takes place.
pub(crate) fn place() -> Place {
    Place { partition: "aws".into(), region: "us-east-1".into(), account: "000000000000".into() }
}

fn check(machine: &Machine, mocks: &Mocks) -> Result<(), Trouble> {
    if let Some(state) = machine.reader() {
        return Err(Trouble::Reader { state: state.clone() });
    }
    for state in mocks.states() {
        match machine.state_type(state) {
            Some(StateType::Task) => {}
            Some(of) => return Err(Trouble::NoCall { state: state.clone(), of }),
            None => return Err(Trouble::NoSuchState { state: state.clone() }),
        }
    }
    Ok(())
}

async fn run(
    machine: &Machine,
    stage: &Stage<'_>,
    tools: &Tools,
    input: &str,
) -> Result<Rehearsed, Trouble> {
    let stored = machine.stored(tools);
    let state_machine_arn = tools.place.machine_arn(stored.name.as_str());
    stage.create_machine(stored).await?;
    let request = StartExecution {
        state_machine_arn,
        name: Some(NAME.to_owned()),
        input: Some(input.to_owned()),
        trace_header: None,
    };
    let started = start_execution(stage, tools, request).await;
    let started = started.map_err(|unanswered| Trouble::Refused(unanswered.to_string()))?;
    let id =
        ExecutionArn::parse(&started.arn).map_err(|error| Trouble::Fault(error.to_string()))?.id();
    drive(stage, tools, || ended(stage, &id))?;
    let execution = stage.execution(&id).await?;
    let end = execution.and_then(|execution| execution.end.clone());
    let (_, outcome) = end.ok_or_else(|| Trouble::Fault("the execution has no end".to_owned()))?;
    let history = merge(stage.records(&id).await?);
    let reached = reached(machine, stage, &tools.place, &id).await?;
    Ok(Rehearsed { outcome, history, reached })
}

fn ended(stage: &Stage<'_>, id: &model::ExecutionId) -> bool {
    let execution = finish(stage.execution(id));
    execution.is_ok_and(|execution| {
        execution.is_some_and(|e: std::sync::Arc<Execution>| e.end.is_some())
    })
}

type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'a>>;

/// Handles messages until the execution has ended. A delivery that waits for time to pass is left
/// until nothing else can go on.
fn drive(stage: &Stage<'_>, tools: &Tools, has_ended: impl Fn() -> bool) -> Result<(), Trouble> {
    let mut waiting: Vec<Delivery<'_>> = Vec::new();
    while !has_ended() {
        if let Some(received) = stage.queue.receive(stage.clock.now()) {
            let mut delivery: Delivery<'_> = Box::pin(deliver(stage, tools, received));
            match poll(&mut delivery) {
                Poll::Ready(delivered) => delivered?,
                Poll::Pending => waiting.push(delivery),
            }
        } else {
            let next: Option<Timestamp> =
                stage.clock.alarm().into_iter().chain(stage.queue.due_next()).min();
            let Some(next) = next else {
                return Err(Trouble::Fault("the execution is stuck".to_owned()));
            };
            stage.clock.advance(next);
            let mut failed = None;
            waiting.retain_mut(|delivery| match poll(delivery) {
                Poll::Ready(Ok(())) => false,
                Poll::Ready(Err(fault)) => {
                    failed.get_or_insert(fault);
                    false
                }
                Poll::Pending => true,
            });
            failed.map_or(Ok(()), Err)?;
        }
        stage.trouble().map_or(Ok(()), Err)?;
    }
    Ok(())
}

async fn deliver(stage: &Stage<'_>, tools: &Tools, received: Received) -> Result<(), Fault> {
    let back = match handle(stage, tools, &received.delivery).await? {
        Verdict::Done => return Ok(()),
        Verdict::Later => stage.now().plus_milliseconds(tools.visibility_milliseconds),
        Verdict::LaterAt(at) => at,
    };
    stage.queue.later(received, back);
    Ok(())
}

fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T> + '_>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// The result of a future that waits for nothing.
pub(crate) fn finish<T, E: Into<Trouble>>(
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match poll(&mut (Box::pin(future) as Pin<Box<dyn Future<Output = Result<T, E>>>>)) {
        Poll::Ready(done) => done.map_err(Into::into),
        Poll::Pending => Err(Trouble::Fault("a port that answers at once did not".to_owned())),
    }
}
