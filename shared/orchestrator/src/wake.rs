//! Sending what a record waits for. Safe to repeat.

use asl::{Definition, StateDefinition};
use model::{
    ChildEnd, ChildIndex, EventRef, ExecutionFacts, ExecutionId, FrameOutcome, FramePath,
    FramePhase, MessageKind, NextAction, QueueMessage, Record, RecordKey, RecordNumber, StateName,
    StateType, WrittenBy,
};

use crate::{
    EngineContext, Fault,
    abort::{ChildAbort, stop_children},
    commit::CausalClock,
    nested,
    ports::{
        Clock, ExecutionStore, FanInStore, MessageQueue, QueueName, RecordLog, StateMachineStore,
    },
};

/// Sends the wake of a durable record.
pub(crate) async fn act_on_record<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    if record.written_by == WrittenBy::RedriveExecution {
        reopen_redriven(ports, context, key, record).await?;
    }
    match record.frame.next_action() {
        NextAction::Advance => send_advance(ports, context, key, record, None).await,
        NextAction::AdvanceAt(at) => {
            let is_due = job_has_ended(ports, record).await?;
            send_advance(ports, context, key, record, (!is_due).then_some(at)).await
        }
        // The delivery that appended the claim makes the call; nobody else is to be woken.
        NextAction::MakeCall { .. } | NextAction::Nothing => Ok(()),
        NextAction::StartChildren { children, concurrency } => {
            let fan_in = ports.open_fan_in(key, children, concurrency).await?;
            if fan_in.is_open() {
                start_children(ports, context, key, record, fan_in.in_flight_children()).await?;
            }
            Ok(())
        }
        NextAction::ReportEnd(outcome) => match key.frame.parent_fork() {
            Some((parent, fork, child)) => {
                let fork = RecordKey { frame: parent, number: fork, ..key.clone() };
                report_child_end(ports, context, &fork, child, key.number, outcome).await
            }
            None => report_execution_end(ports, context, key, record, outcome).await,
        },
    }
}

/// Sends the wake of a head once more if this very message has written it: an API call that handles
/// its own message inline may have died before it sent the wake.
pub(crate) async fn act_on_own_head<P>(
    ports: &P,
    context: &EngineContext,
    message: &QueueMessage,
    key: &RecordKey,
    head: &Record,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    if head.written_by == message.kind.written_by() {
        act_on_record(ports, context, key, head).await
    } else {
        Ok(())
    }
}

/// Whether the job that the frame waits for is over. Who has ended it may have died before it told
/// anybody, or may have told while the start of the job was not recorded yet.
async fn job_has_ended(ports: &impl ExecutionStore, record: &Record) -> Result<bool, Fault> {
    let Some(job) = record.frame.awaited_execution() else { return Ok(false) };
    Ok(ports.load_execution(job).await?.is_some_and(|execution| execution.end.is_some()))
}

/// The execution is shown as running again, and its `TimeoutSeconds` begin anew.
async fn reopen_redriven<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<(), Fault>
where
    P: ExecutionStore + StateMachineStore + MessageQueue + Sync,
{
    let Some(redriven) = &record.facts.last_redrive else { return Ok(()) };
    ports.reopen_execution(&key.execution, redriven).await?;
    let definition =
        context.definitions.load_definition(ports, &key.execution, &record.facts.revision).await?;
    schedule_execution_timeout(ports, &key.execution, &definition, &record.facts).await
}

/// Once this returns, the message is sent that ends an execution when its `TimeoutSeconds` have
/// passed since its start or redrive, if it has any. May repeat.
pub async fn schedule_execution_timeout(
    queue: &impl MessageQueue,
    execution: &ExecutionId,
    definition: &Definition,
    facts: &ExecutionFacts,
) -> Result<(), Fault> {
    let Some(seconds) = definition.timeout_seconds else { return Ok(()) };
    let since =
        facts.last_redrive.as_ref().map_or(facts.started_at, |redriven| redriven.requested_at);
    let kind = MessageKind::TimeOutExecution { redrives: facts.redrive_count() };
    let expire = QueueMessage { execution: execution.clone(), frame: FramePath::ROOT, kind: kind };
    queue.send_message(expire, QueueName::Steps, Some(since.plus_seconds(seconds))).await
}

async fn send_advance<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    at: Option<model::Timestamp>,
) -> Result<(), Fault>
where
    P: StateMachineStore + MessageQueue + Sync,
{
    let queue_name = queue_of_record(ports, context, &key.execution, record).await?;
    let kind = MessageKind::AdvanceFrame(key.number);
    let (execution, frame) = (key.execution.clone(), key.frame.clone());
    ports.send_message(QueueMessage { execution, frame, kind: kind }, queue_name, at).await
}

/// The child is added to the ended ones; the next one starts, or the parent goes on.
async fn report_child_end<P>(
    ports: &P,
    context: &EngineContext,
    fork: &RecordKey,
    child: ChildIndex,
    last: RecordNumber,
    outcome: &FrameOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + StateMachineStore + MessageQueue + Sync,
{
    let failed = match outcome {
        FrameOutcome::Succeeded(_) => false,
        FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_) => true,
    };
    let end = ChildEnd { record: last, failed };
    let Some(update) = ports.end_child(fork, child, end).await? else { return Ok(()) };
    if let Some(next) = update.starts_child
        && let Some(record) = ports.load_record(fork).await?
    {
        start_children(ports, context, fork, &record, std::iter::once(next)).await?;
    }
    if update.settled {
        let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
        let join = QueueMessage { execution, frame, kind: MessageKind::AdvanceFrame(fork.number) };
        ports.send_message(join, QueueName::Steps, None).await?;
    }
    Ok(())
}

async fn start_children<P>(
    ports: &P,
    context: &EngineContext,
    fork: &RecordKey,
    record: &Record,
    children: impl Iterator<Item = ChildIndex> + Send,
) -> Result<(), Fault>
where
    P: StateMachineStore + MessageQueue + Sync,
{
    let definition =
        context.definitions.load_definition(ports, &fork.execution, &record.facts.revision).await?;
    let start = |child| {
        let queue_name = queue_of_child(&definition, &record.frame.state, child);
        let frame = fork.frame.child_path(fork.number, child);
        (
            QueueMessage {
                execution: fork.execution.clone(),
                frame,
                kind: MessageKind::StartFrame,
            },
            queue_name,
        )
    };
    ports.send_messages(children.map(start).collect()).await
}

/// The execution is shown as ended, and children that still run are stopped.
async fn report_execution_end<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
    outcome: &FrameOutcome,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let ended_from_outside = match record.written_by {
        WrittenBy::StopExecution | WrittenBy::TimeOutExecution | WrittenBy::FailExecution => true,
        WrittenBy::StartFrame
        | WrittenBy::AdvanceFrame(_)
        | WrittenBy::CompleteTask(_)
        | WrittenBy::RedriveExecution => false,
    };
    let redriven = record.facts.last_redrive.as_ref();
    ports.finish_execution(&key.execution, redriven, (record.written_at, outcome)).await?;
    if ended_from_outside {
        stop_below_root(ports, context, key, record).await?;
    }
    nested::notify_starter(ports, record).await
}

/// What the root left when it was ended from outside is stopped: its children, and the executions
/// that it and they wait for.
async fn stop_below_root<P>(
    ports: &P,
    context: &EngineContext,
    key: &RecordKey,
    record: &Record,
) -> Result<(), Fault>
where
    P: RecordLog + FanInStore + ExecutionStore + StateMachineStore + MessageQueue + Clock + Sync,
{
    let Some(number) = key.number.previous_number() else { return Ok(()) };
    let left_key = RecordKey { number, ..key.clone() };
    let Some(left) = ports.load_record(&left_key).await? else { return Ok(()) };
    nested::cancel_awaited_execution(ports, &left_key, &left.frame).await?;
    let FramePhase::Forked { .. } = left.frame.phase else { return Ok(()) };
    ports.close_fan_in(&left_key).await?;
    let Some(fan_in) = ports.load_fan_in(&left_key).await? else { return Ok(()) };
    let after = EventRef { frame: key.frame.clone(), record: key.number, index: 0 };
    let abort = ChildAbort { after: &after, since: CausalClock::of_record(record) };
    stop_children(ports, context, &left_key, &left, &fan_in, abort).await.map(drop)
}

/// The queue of the message that takes this frame on.
pub(crate) async fn queue_of_record<P>(
    ports: &P,
    context: &EngineContext,
    execution: &ExecutionId,
    record: &Record,
) -> Result<QueueName, Fault>
where
    P: StateMachineStore + Sync,
{
    // A look at a task that waits calls nothing.
    if let FramePhase::Submitted { .. } = record.frame.phase {
        return Ok(QueueName::Steps);
    }
    let definition =
        context.definitions.load_definition(ports, execution, &record.facts.revision).await?;
    Ok(queue_of_state(&definition, &record.frame.state))
}

/// The queue for a state about to run.
pub(crate) fn queue_of_state(definition: &Definition, state: &StateName) -> QueueName {
    match definition.find_state(state).map(StateDefinition::state_type) {
        Some(StateType::Task) => QueueName::Tasks,
        Some(
            StateType::Pass
            | StateType::Choice
            | StateType::Wait
            | StateType::Succeed
            | StateType::Fail
            | StateType::Parallel
            | StateType::Map,
        )
        | None => QueueName::Steps,
    }
}

fn queue_of_child(definition: &Definition, forking: &StateName, child: ChildIndex) -> QueueName {
    let workflow = definition.find_state(forking).and_then(|forking| forking.child_workflow(child));
    workflow.map_or(QueueName::Steps, |workflow| queue_of_state(definition, &workflow.start_at))
}
