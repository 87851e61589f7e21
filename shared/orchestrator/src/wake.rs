//! Sending what a record waits for. Safe to repeat.

use asl::{Definition, State};
use model::{
    ChildEnd, ChildIndex, Cue, EventRef, ExecutionId, Facts, FramePath, Message, Outcome, Phase,
    Record, RecordKey, RecordNumber, StateName, StateType, Via, Wake,
};

use crate::{
    Fault, Tools,
    abort::{Abort, stop_children},
    commit::Causes,
    nested,
    ports::{Clock, Executions, Fans, Lane, Log, Machines, Queue},
};

/// Sends the wake of a durable record.
pub(crate) async fn wake<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
) -> Result<(), Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    if record.via == Via::Redrive {
        reopen(ports, tools, key, record).await?;
    }
    match record.frame.wake() {
        Wake::Now => take_on(ports, tools, key, record, None).await,
        Wake::At(at) => {
            let is_due = job_has_ended(ports, record).await?;
            take_on(ports, tools, key, record, (!is_due).then_some(at)).await
        }
        // The delivery that appended the claim makes the call; nobody else is to be woken.
        Wake::Call { .. } | Wake::Nothing => Ok(()),
        Wake::Fork { children, concurrency } => {
            let fan = ports.open(key, children, concurrency).await?;
            if fan.is_open() {
                start_children(ports, tools, key, record, fan.in_flight()).await?;
            }
            Ok(())
        }
        Wake::End(outcome) => match key.frame.parent() {
            Some((parent, fork, child)) => {
                let fork = RecordKey { frame: parent, number: fork, ..key.clone() };
                end_child(ports, tools, &fork, child, key.number, outcome).await
            }
            None => end_root(ports, tools, key, record, outcome).await,
        },
    }
}

/// Sends the wake of a head once more if this very message has written it: an API call that handles
/// its own message inline may have died before it sent the wake.
pub(crate) async fn wake_own<P>(
    ports: &P,
    tools: &Tools,
    message: &Message,
    key: &RecordKey,
    head: &Record,
) -> Result<(), Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    if head.via == message.cue.via() { wake(ports, tools, key, head).await } else { Ok(()) }
}

/// Whether the job that the frame waits for is over. Who has ended it may have died before it told
/// anybody, or may have told while the start of the job was not recorded yet.
async fn job_has_ended(ports: &impl Executions, record: &Record) -> Result<bool, Fault> {
    let Some(job) = record.frame.job() else { return Ok(false) };
    Ok(ports.execution(job).await?.is_some_and(|execution| execution.end.is_some()))
}

/// The execution is shown as running again, and its `TimeoutSeconds` begin anew.
async fn reopen<P>(ports: &P, tools: &Tools, key: &RecordKey, record: &Record) -> Result<(), Fault>
where
    P: Executions + Machines + Queue + Sync,
{
    let Some(redriven) = &record.facts.redriven else { return Ok(()) };
    ports.reopen(&key.execution, redriven).await?;
    let definition = tools.definitions.get(ports, &key.execution, &record.facts.revision).await?;
    expire_in_time(ports, &key.execution, &definition, &record.facts).await
}

/// Once this returns, the message is sent that ends an execution when its `TimeoutSeconds` have
/// passed since its start or redrive, if it has any. May repeat.
pub async fn expire_in_time(
    queue: &impl Queue,
    execution: &ExecutionId,
    definition: &Definition,
    facts: &Facts,
) -> Result<(), Fault> {
    let Some(seconds) = definition.timeout_seconds else { return Ok(()) };
    let since = facts.redriven.as_ref().map_or(facts.started_at, |redriven| redriven.at);
    let cue = Cue::Expire { redrives: facts.redrives() };
    let expire = Message { execution: execution.clone(), frame: FramePath::ROOT, cue };
    queue.send(expire, Lane::Steps, Some(since.plus_seconds(seconds))).await
}

async fn take_on<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    at: Option<model::Timestamp>,
) -> Result<(), Fault>
where
    P: Machines + Queue + Sync,
{
    let lane = lane_of(ports, tools, &key.execution, record).await?;
    let cue = Cue::Take(key.number);
    let (execution, frame) = (key.execution.clone(), key.frame.clone());
    ports.send(Message { execution, frame, cue }, lane, at).await
}

/// The child is added to the ended ones; the next one starts, or the parent goes on.
async fn end_child<P>(
    ports: &P,
    tools: &Tools,
    fork: &RecordKey,
    child: ChildIndex,
    last: RecordNumber,
    outcome: &Outcome,
) -> Result<(), Fault>
where
    P: Log + Fans + Machines + Queue + Sync,
{
    let failed = match outcome {
        Outcome::Succeeded(_) => false,
        Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_) => true,
    };
    let end = ChildEnd { record: last, failed };
    let Some(update) = ports.end_child(fork, child, end).await? else { return Ok(()) };
    if let Some(next) = update.starts
        && let Some(record) = ports.load(fork).await?
    {
        start_children(ports, tools, fork, &record, std::iter::once(next)).await?;
    }
    if update.settled {
        let (execution, frame) = (fork.execution.clone(), fork.frame.clone());
        let join = Message { execution, frame, cue: Cue::Take(fork.number) };
        ports.send(join, Lane::Steps, None).await?;
    }
    Ok(())
}

async fn start_children<P>(
    ports: &P,
    tools: &Tools,
    fork: &RecordKey,
    record: &Record,
    children: impl Iterator<Item = ChildIndex> + Send,
) -> Result<(), Fault>
where
    P: Machines + Queue + Sync,
{
    let definition = tools.definitions.get(ports, &fork.execution, &record.facts.revision).await?;
    let start = |child| {
        let lane = lane_of_child(&definition, &record.frame.state, child);
        let frame = fork.frame.child(fork.number, child);
        (Message { execution: fork.execution.clone(), frame, cue: Cue::Start }, lane)
    };
    ports.send_all(children.map(start).collect()).await
}

/// The execution is shown as ended, and children that still run are stopped.
async fn end_root<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
    outcome: &Outcome,
) -> Result<(), Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let ended_from_outside = match record.via {
        Via::Stop | Via::Expire | Via::Refuse => true,
        Via::Start | Via::Record(_) | Via::Answer(_) | Via::Redrive => false,
    };
    let redriven = record.facts.redriven.as_ref();
    ports.finish(&key.execution, redriven, (record.at, outcome)).await?;
    if ended_from_outside {
        stop_below(ports, tools, key, record).await?;
    }
    nested::tell_starter(ports, record).await
}

/// What the root left when it was ended from outside is stopped: its children, and the executions
/// that it and they wait for.
async fn stop_below<P>(
    ports: &P,
    tools: &Tools,
    key: &RecordKey,
    record: &Record,
) -> Result<(), Fault>
where
    P: Log + Fans + Executions + Machines + Queue + Clock + Sync,
{
    let Some(number) = key.number.previous() else { return Ok(()) };
    let left_key = RecordKey { number, ..key.clone() };
    let Some(left) = ports.load(&left_key).await? else { return Ok(()) };
    nested::cancel(ports, &left_key, &left.frame).await?;
    let Phase::Forked { .. } = left.frame.phase else { return Ok(()) };
    ports.close(&left_key).await?;
    let Some(fan) = ports.fan(&left_key).await? else { return Ok(()) };
    let after = EventRef { frame: key.frame.clone(), record: key.number, index: 0 };
    let abort = Abort { after: &after, since: Causes::of(record) };
    stop_children(ports, tools, &left_key, &left, &fan, abort).await.map(drop)
}

/// The queue of the message that takes this frame on.
pub(crate) async fn lane_of<P>(
    ports: &P,
    tools: &Tools,
    execution: &ExecutionId,
    record: &Record,
) -> Result<Lane, Fault>
where
    P: Machines + Sync,
{
    // A look at a task that waits calls nothing.
    if let Phase::Submitted { .. } = record.frame.phase {
        return Ok(Lane::Steps);
    }
    let definition = tools.definitions.get(ports, execution, &record.facts.revision).await?;
    Ok(lane_of_state(&definition, &record.frame.state))
}

/// The queue for a state about to run.
pub(crate) fn lane_of_state(definition: &Definition, state: &StateName) -> Lane {
    match definition.state(state).map(State::state_type) {
        Some(StateType::Task) => Lane::Tasks,
        Some(
            StateType::Pass
            | StateType::Choice
            | StateType::Wait
            | StateType::Succeed
            | StateType::Fail
            | StateType::Parallel
            | StateType::Map,
        )
        | None => Lane::Steps,
    }
}

fn lane_of_child(definition: &Definition, forking: &StateName, child: ChildIndex) -> Lane {
    let workflow = definition.state(forking).and_then(|forking| forking.child(child));
    workflow.map_or(Lane::Steps, |workflow| lane_of_state(definition, &workflow.start_at))
}
