//! Offline runs of whole executions.

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use memory_ports::ReceivedMessage;
use model::{
    AccountRegion, Execution, ExecutionArn, FrameOutcome, StateName, StateType, Timestamp,
};
use orchestrator::{
    Disposition, EngineContext, EngineSettings, Fault, RepeatPolicy, StartExecution,
    api::{HistoryEvent, merge_frame_logs, start_execution},
    handle_message,
    ports::{Clock, ExecutionStore, HistoryReader, StateMachineStore},
};

use crate::{
    OfflineMachine, StateMocks,
    coverage_hits::{CoverageHits, read_coverage_hits},
    offline_ports::OfflinePorts,
};

const NAME: &str = "rehearsal";

/// Describes an execution that ran offline to its end.
#[derive(Debug)]
pub struct OfflineRun {
    /// The outcome of the execution.
    pub outcome: FrameOutcome,
    /// The execution history.
    pub history: Vec<HistoryEvent>,
    /// The states that it entered and the transitions that it took.
    pub reached: CoverageHits,
}

/// Explains why an execution or a state could not run offline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfflineRunError {
    /// A state makes a call but has no mock.
    #[error("state '{state}' makes a call, and no mock answers for it")]
    NoMock {
        /// The state.
        state: StateName,
    },
    /// The mock of a state has no answer for this call.
    #[error("state '{state}' makes call number {call}, and its mock has no answer for that")]
    NoMoreAnswers {
        /// The state.
        state: StateName,
        /// The number of the call, counting from 1.
        call: u32,
    },
    /// A tested or mocked state is not in the definition.
    #[error("the definition has no state '{state}'")]
    NoSuchState {
        /// The state.
        state: StateName,
    },
    /// A mock names a state that is not a Task.
    #[error("a mock names the {} state '{state}'; an execution mocks Task states only", .of.as_str())]
    NotTaskState {
        /// The state.
        state: StateName,
        /// The type of the state.
        of: StateType,
    },
    /// A Map state has an `ItemReader`, which an offline run cannot read from.
    #[error("the Map '{state}' has an ItemReader, so it can only be tested as a state alone")]
    HasItemReader {
        /// The Map state.
        state: StateName,
    },
    /// The execution cannot start, or the state cannot be tested. Holds the reason.
    #[error("{0}")]
    Refused(String),
    /// An internal error of Statewright.
    #[error("Statewright itself failed: {0}")]
    Fault(String),
}

impl From<Fault> for OfflineRunError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

/// Runs an execution to its end. Virtual time jumps to whatever is due next, and mocks answer
/// every call. `input` is JSON text.
pub fn run_machine_offline(
    machine: &OfflineMachine,
    input: &str,
    mocks: &StateMocks,
) -> Result<OfflineRun, OfflineRunError> {
    check_mocked_states(machine, mocks)?;
    let context = EngineContext::new(EngineSettings::new(offline_region()));
    let world = OfflinePorts::new(mocks);
    let execution = resolve_immediately(run_execution(machine, &world, &context, input))?;
    Ok(execution)
}

/// The account and region of every offline run.
pub(crate) fn offline_region() -> AccountRegion {
    AccountRegion {
        partition: "aws".into(),
        region: "us-east-1".into(),
        account: "000000000000".into(),
    }
}

fn check_mocked_states(
    machine: &OfflineMachine,
    mocks: &StateMocks,
) -> Result<(), OfflineRunError> {
    if let Some(state) = machine.map_with_item_reader() {
        return Err(OfflineRunError::HasItemReader { state: state.clone() });
    }
    for state in mocks.mocked_states() {
        match machine.state_type(state) {
            Some(StateType::Task) => {}
            Some(of) => return Err(OfflineRunError::NotTaskState { state: state.clone(), of }),
            None => return Err(OfflineRunError::NoSuchState { state: state.clone() }),
        }
    }
    Ok(())
}

async fn run_execution(
    machine: &OfflineMachine,
    world: &OfflinePorts<'_>,
    context: &EngineContext,
    input: &str,
) -> Result<OfflineRun, OfflineRunError> {
    let stored = machine.to_state_machine(context);
    let state_machine_arn = context.settings.account_region.state_machine_arn(stored.name.as_str());
    world.create_machine(stored).await?;
    let request = StartExecution {
        state_machine_arn,
        name: Some(NAME.to_owned()),
        input: Some(input.to_owned()),
        trace_header: None,
        execution_type: None,
    };
    let started = start_execution(world, context, request, RepeatPolicy::WhileRunning).await;
    let started = started.map_err(|error| OfflineRunError::Refused(error.to_string()))?;
    let id = ExecutionArn::parse(&started.arn)
        .map_err(|error| OfflineRunError::Fault(error.to_string()))?
        .execution_id();
    deliver_until(world, context, || execution_has_ended(world, &id))?;
    let execution = world.load_execution(&id).await?;
    let end = execution.and_then(|execution| execution.end.clone());
    let (_, outcome) =
        end.ok_or_else(|| OfflineRunError::Fault("the execution has no end".to_owned()))?;
    let history = merge_frame_logs(world.load_all_records(&id).await?);
    let reached = read_coverage_hits(machine, world, &id).await?;
    Ok(OfflineRun { outcome, history, reached })
}

fn execution_has_ended(world: &OfflinePorts<'_>, id: &model::ExecutionId) -> bool {
    let execution = resolve_immediately(world.load_execution(id));
    execution.is_ok_and(|execution| {
        execution.is_some_and(|e: std::sync::Arc<Execution>| e.end.is_some())
    })
}

type PendingDelivery<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'a>>;

/// Handles messages until the execution has ended. A delivery that sleeps is set aside until
/// nothing else can run.
fn deliver_until(
    world: &OfflinePorts<'_>,
    context: &EngineContext,
    has_ended: impl Fn() -> bool,
) -> Result<(), OfflineRunError> {
    let mut waiting: Vec<PendingDelivery<'_>> = Vec::new();
    while !has_ended() {
        if let Some(received) = world.queue.receive_due(world.clock.now()) {
            let mut delivery: PendingDelivery<'_> =
                Box::pin(deliver_message(world, context, received));
            match poll_once(&mut delivery) {
                Poll::Ready(delivered) => delivered?,
                Poll::Pending => waiting.push(delivery),
            }
        } else {
            let next: Option<Timestamp> =
                world.clock.next_wake_at().into_iter().chain(world.queue.next_due_at()).min();
            let Some(next) = next else {
                return Err(OfflineRunError::Fault("the execution is stuck".to_owned()));
            };
            world.clock.advance_to(next);
            let mut failed = None;
            waiting.retain_mut(|delivery| match poll_once(delivery) {
                Poll::Ready(Ok(())) => false,
                Poll::Ready(Err(fault)) => {
                    failed.get_or_insert(fault);
                    false
                }
                Poll::Pending => true,
            });
            failed.map_or(Ok(()), Err)?;
        }
        world.take_unanswered_call().map_or(Ok(()), Err)?;
    }
    Ok(())
}

async fn deliver_message(
    world: &OfflinePorts<'_>,
    context: &EngineContext,
    received: ReceivedMessage,
) -> Result<(), Fault> {
    let back = match handle_message(world, context, &received.delivery).await? {
        Disposition::Acknowledge => return Ok(()),
        Disposition::Redeliver | Disposition::AwaitSlot => {
            world.now().plus_milliseconds(context.settings.visibility_milliseconds)
        }
        Disposition::RedeliverAt(at) => at,
    };
    world.queue.redeliver_at(received, back);
    Ok(())
}

fn poll_once<T>(future: &mut Pin<Box<dyn Future<Output = T> + '_>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// The result of a future that is ready at its first poll.
pub(crate) fn resolve_immediately<T, E: Into<OfflineRunError>>(
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, OfflineRunError> {
    match poll_once(&mut (Box::pin(future) as Pin<Box<dyn Future<Output = Result<T, E>>>>)) {
        Poll::Ready(done) => done.map_err(Into::into),
        Poll::Pending => {
            Err(OfflineRunError::Fault("a port that answers at once did not".to_owned()))
        }
    }
}
