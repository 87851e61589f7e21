//! `GetActivityTask`.
//!
//! ```text
//! row of the queue ─▶ does its frame still offer the task? ──no──▶ remove the row, next row
//!   yes ─▶ send StartActivityTask, and handle it ─▶ did this poll's record start the task?
//!            yes ─▶ remove the row, answer            no ─▶ remove the row, next row
//! ```
//!
//! Invariant: the log of its frame decides who gets a task, so nobody gets one twice, nor one that was
//! stopped or has timed out (`tests/contracts/activities.rs`, `tests/simulation`).

use model::{
    ActivityPollId, ActivityTask, MessageKind, Payload, QueueMessage, QueueName, RecordKey,
    RecordNumber, TaskToken, WrittenBy,
};
use tracing::warn;

use super::{ActivityRejection, describe_activity};
use crate::{
    ApiError, EngineContext, Fault,
    frames::are_forks_open,
    messages::handle_sent_message,
    ports::{ActivityStore, Clock, GateStore, LogHead, RecordLog},
    roles::StepRole,
};

/// Rows that are read at once.
const ROWS_MAX: u32 = 10;
/// Rows that are read at once where others at the head of the queue cannot be taken.
const ROWS_WITH_UNREADABLE_MAX: u32 = 1_000;
/// Milliseconds between two looks into a queue whose store does not tell of new tasks.
const LOOK_MILLISECONDS: i64 = 1_000;
/// Milliseconds after which a queue is looked into whose store tells of new tasks: whoever was told
/// of one may have died.
const WAIT_MILLISECONDS: i64 = 10_000;
/// How often a start that met a fault is handled before the worker is told of the fault.
const ATTEMPTS_MAX: u32 = 3;
/// Milliseconds between two of these attempts.
const RETRY_INTERVAL_MILLISECONDS: i64 = 200;
/// Milliseconds after which the queue delivers the message of a start, which is handled here before
/// that, so that the two do not compete.
const START_DELAY_MILLISECONDS: i64 = 2_000;

/// A worker's request for a task.
///
/// Spec: API reference, `GetActivityTask`.
#[derive(Clone, Debug)]
pub struct GetActivityTask {
    /// The activity's ARN.
    pub activity_arn: String,
    /// The name that the worker gives itself, which the history shows.
    pub worker_name: Option<String>,
}

/// A task that a worker has got.
#[derive(Clone, Debug, PartialEq)]
pub struct StartedActivityTask {
    /// The token with which the worker answers.
    pub token: TaskToken,
    /// The input of the task.
    pub input: Payload,
}

/// Waits for a task of an activity, at most for the time in the settings; none if none has come.
/// Once this returns a task, nobody else gets it.
///
/// After a fault, the task may have been given to this call all the same, as if its worker had died.
pub async fn get_activity_task<P>(
    ports: &P,
    context: &EngineContext,
    request: GetActivityTask,
) -> Result<Option<StartedActivityTask>, ApiError<ActivityRejection>>
where
    P: StepRole + ActivityStore,
{
    let GetActivityTask { activity_arn, worker_name } = request;
    let activity = describe_activity(ports, context, &activity_arn).await?;
    let until = ports.now().plus_milliseconds(context.settings.activity_poll_milliseconds);
    let mut limit = ROWS_MAX;
    loop {
        let looked_at = ports.now();
        let left = until.as_milliseconds() - looked_at.as_milliseconds();
        let wait = left.clamp(0, WAIT_MILLISECONDS);
        let tasks = ports.await_activity_tasks(&activity.name, limit, wait).await?;
        let is_full = u32::try_from(tasks.len()).is_ok_and(|found| found >= limit);
        let search = take_one_of(ports, context, tasks, worker_name.as_ref()).await?;
        if let TaskSearch::Taken(taken) = search {
            return Ok(Some(taken));
        }
        if ports.now() >= until {
            return Ok(None);
        }
        if let TaskSearch::NothingRemoved = search {
            // Rows that cannot be read stay: what waits behind them is to be found.
            if is_full && limit < ROWS_WITH_UNREADABLE_MAX {
                limit = limit.saturating_mul(2).min(ROWS_WITH_UNREADABLE_MAX);
                continue;
            }
            ports.sleep_until(looked_at.plus_milliseconds(LOOK_MILLISECONDS).min(until)).await;
        }
    }
}

/// What a look at some rows has brought.
enum TaskSearch {
    Taken(StartedActivityTask),
    /// Nothing, but there may be further rows behind those that were removed.
    SomeRemoved,
    /// Nothing, and the next look would bring the same.
    NothingRemoved,
}

/// Takes the first of the tasks. Where others take tasks at the same time, another one of them, so
/// that not all try to take the same.
async fn take_one_of<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    mut tasks: Vec<ActivityTask>,
    worker_name: Option<&String>,
) -> Result<TaskSearch, Fault> {
    let mut search = TaskSearch::NothingRemoved;
    let mut next = 0;
    while next < tasks.len() {
        let task = tasks.remove(next);
        let taken = match take_task(ports, context, &task, worker_name).await {
            // Another version can read it. It keeps no other task waiting.
            Err(fault @ (Fault::Unreadable { .. } | Fault::Broken { .. })) => {
                warn!(execution = %task.token.execution, %fault, "a task is given to nobody");
                continue;
            }
            taken => taken?,
        };
        // Whoever has the task: nobody will find it in its row.
        let removed = ports.remove_activity_task(&task).await;
        if let Some(taken) = taken {
            if let Err(fault) = removed {
                warn!(execution = %task.token.execution, %fault,
                    "the row of a started task is left to the next worker");
            }
            return Ok(TaskSearch::Taken(taken));
        }
        removed?;
        search = TaskSearch::SomeRemoved;
        let random = usize::try_from(ports.random_seed() % u128::from(ROWS_MAX)).unwrap_or(0);
        next = random.checked_rem(tasks.len()).unwrap_or(0);
    }
    Ok(search)
}

/// Starts a task for this poll; none if its frame does not offer it, or has given it to another poll.
async fn take_task<P: StepRole>(
    ports: &P,
    context: &EngineContext,
    ActivityTask { token, .. }: &ActivityTask,
    worker_name: Option<&String>,
) -> Result<Option<StartedActivityTask>, Fault> {
    let Some((number, input)) = find_offer(ports, token).await? else { return Ok(None) };
    let TaskToken { execution, frame, secret } = token.clone();
    let poll = ActivityPollId::from_seed(ports.random_seed());
    let worker_name = worker_name.cloned();
    let kind = MessageKind::StartActivityTask { secret, poll, worker_name };
    let own = kind.written_by();
    let message = QueueMessage { execution, frame, kind };
    let later = ports.now().plus_milliseconds(START_DELAY_MILLISECONDS);
    ports.send_message(message.clone(), QueueName::Steps, Some(later)).await?;
    for attempt in 0..ATTEMPTS_MAX {
        if attempt > 0 {
            let again = ports.now().plus_milliseconds(RETRY_INTERVAL_MILLISECONDS);
            ports.sleep_until(again).await;
        }
        handle_sent_message(ports, context, message.clone()).await;
        match find_start(ports, token, number, own).await? {
            TaskStart::ByThisPoll => {
                let token = token.clone();
                return Ok(Some(StartedActivityTask { token, input }));
            }
            TaskStart::Never => return Ok(None),
            TaskStart::NotYet => {}
        }
    }
    // A task that has timed out meanwhile is not started.
    if find_offer(ports, token).await?.is_none() {
        return Ok(None);
    }
    let reason = "the task starts when its message is delivered".to_owned();
    Err(Fault::Port { port: "the start of an activity's task", reason, source: None })
}

/// The record in which a frame offers the task with this token, and its input; none if it does not.
async fn find_offer<P>(
    ports: &P,
    token: &TaskToken,
) -> Result<Option<(RecordNumber, Payload)>, Fault>
where
    P: RecordLog + GateStore + Clock + Sync,
{
    let TaskToken { execution, frame, secret } = token;
    let head = ports.load_head(execution, frame).await?;
    let Some(LogHead { number, record, .. }) = head else { return Ok(None) };
    let Some(offered) = record.frame.offered_task() else { return Ok(None) };
    let is_over = offered.deadline.is_some_and(|deadline| ports.now() >= deadline);
    if offered.secret != *secret || is_over || !are_forks_open(ports, execution, frame).await? {
        return Ok(None);
    }
    Ok(Some((number, offered.input.clone())))
}

/// Whether a task has started.
enum TaskStart {
    /// It has, for this poll.
    ByThisPoll,
    /// It has for another poll, or it has ended, or a fork above it was left.
    Never,
    /// It still waits for a worker.
    NotYet,
}

/// Finds out who has got a task that was offered in this record.
async fn find_start<P>(
    ports: &P,
    token: &TaskToken,
    offered: RecordNumber,
    own: WrittenBy,
) -> Result<TaskStart, Fault>
where
    P: RecordLog + GateStore + Sync,
{
    let TaskToken { execution, frame, secret } = token;
    let mut number = offered;
    loop {
        number = number.next_number();
        let key = RecordKey { execution: execution.clone(), frame: frame.clone(), number };
        let Some(record) = ports.load_record(&key).await? else { break };
        // The first record after a claim says that the task waits.
        if record.frame.offered_task().is_some_and(|offered| offered.secret == *secret) {
            continue;
        }
        let has_started = record.frame.task_secret() == Some(*secret) && record.written_by == own;
        return Ok(if has_started { TaskStart::ByThisPoll } else { TaskStart::Never });
    }
    let is_open = are_forks_open(ports, execution, frame).await?;
    Ok(if is_open { TaskStart::NotYet } else { TaskStart::Never })
}
