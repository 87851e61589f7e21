//! Activities, the queues of their tasks, and the workers that ask for them.
//!
//! `work` has workers that answer, send heartbeats or fail; `idle` has none; no other exists.

use std::{collections::BTreeSet, sync::Arc};

use model::{
    Activity, ActivityTask, EventKind, ExecutionStatus, Failure, MessageKind, QueueMessage, Record,
    RecordKey, ResourceName, TaskSecret, Timestamp, WrittenBy,
};
use orchestrator::{
    ApiError, EngineContext, Fault,
    api::{GetActivityTask, describe_execution, get_activity_task},
    ports::{ActivityCreation, ActivityStore, ActivityTaskQueue},
};

use crate::{
    ablations::Ablation,
    faults::PortCallKind,
    jobs::ClientCall,
    ports::{SimulatedPorts, port_fault},
    world::{EPOCH, SimulatedWorld, StartClient, record_label},
};

/// Has tasks of both activities, in a Map as well.
pub(crate) const ACTIVITIES: &str = r#"{"StartAt":"Both","States":{
    "Both":{"Type":"Parallel","Next":"Left","ResultPath":null,"Branches":[
        {"StartAt":"Inputs","States":{
            "Inputs":{"Type":"Pass","Result":["a","slow","b"],"Next":"Each"},
            "Each":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"Item","States":{
                "Item":{"Type":"Task","Resource":"@activity:work","HeartbeatSeconds":60,
                    "Retry":[@late],"End":true}}}}}},
        {"StartAt":"Input","States":{
            "Input":{"Type":"Pass","Result":"fail","Next":"Fail"},
            "Fail":{"Type":"Task","Resource":"@activity:work","HeartbeatSeconds":60,
                "Retry":[@late],"Catch":[{"ErrorEquals":["Refused"],"Next":"Caught"}],"End":true},
            "Caught":{"Type":"Pass","End":true}}}]},
    "Left":{"Type":"Parallel","Next":"Late",
        "Catch":[{"ErrorEquals":["Late"],"ResultPath":null,"Next":"Late"}],"Branches":[
        {"StartAt":"Idle","States":{
            "Idle":{"Type":"Task","Resource":"@activity:idle","End":true}}},
        {"StartAt":"Wait","States":{
            "Wait":{"Type":"Wait","Seconds":5,"Next":"Fails"},
            "Fails":{"Type":"Fail","Error":"Late"}}}]},
    "Late":{"Type":"Task","Resource":"@activity:idle","TimeoutSeconds":90,"End":true,
        "Catch":[{"ErrorEquals":["States.Timeout"],"ResultPath":null,"Next":"Done"}]},
    "Done":{"Type":"Succeed"}}}"#;

/// Milliseconds for which a poll waits.
pub(crate) const POLL_MILLISECONDS: i64 = 3_000;
/// The longest pause of a worker between two polls, in milliseconds.
const PAUSE_MAX: u32 = 10_000;
/// Milliseconds between two heartbeats of a worker: half of the tasks' `HeartbeatSeconds`.
const HEARTBEAT: i64 = 30_000;
/// How many workers ask for tasks.
pub(crate) const WORKERS: usize = 3;

/// The queues of tasks, and who has got tasks from them.
#[derive(Debug, Default)]
pub(crate) struct SimulatedActivities {
    tasks: BTreeSet<ActivityTask>,
    /// The tokens of the tasks that a poll was answered with.
    taken: BTreeSet<String>,
    /// The attempts that have started.
    started: BTreeSet<TaskSecret>,
}

impl ActivityStore for SimulatedPorts {
    async fn create_activity(&self, _: Activity) -> Result<ActivityCreation, Fault> {
        Err(port_fault("no use case of the simulation makes activities"))
    }

    async fn put_activity(&self, _: Activity) -> Result<(), Fault> {
        Err(port_fault("no use case of the simulation changes activities"))
    }

    async fn load_activity(&self, name: &ResourceName) -> Result<Option<Arc<Activity>>, Fault> {
        let exists = ["work", "idle"].contains(&name.as_str());
        let created_at = Timestamp::from_milliseconds(EPOCH);
        let (name, tags) = (name.clone(), Vec::new());
        let call = format!("activity {name}");
        self.port_call(call, PortCallKind::Read, |_| {
            let activity = Activity { name, created_at, encryption: None, tags };
            exists.then(|| Arc::new(activity))
        })
        .await
    }

    async fn list_activities(
        &self,
        _: u32,
        _: Option<&ResourceName>,
    ) -> Result<Vec<Arc<Activity>>, Fault> {
        Err(port_fault("no use case of the simulation lists activities"))
    }

    async fn delete_activity(&self, _: &ResourceName) -> Result<(), Fault> {
        Err(port_fault("no use case of the simulation deletes activities"))
    }
}

impl ActivityTaskQueue for SimulatedPorts {
    async fn put_activity_task(&self, task: ActivityTask) -> Result<(), Fault> {
        let call = format!("put the task of '{}'", task.token.frame);
        self.port_call(call, PortCallKind::Write, |world| {
            world.activities.tasks.insert(task);
        })
        .await
    }

    async fn await_activity_tasks(
        &self,
        activity: &ResourceName,
        limit: u32,
        _: i64,
    ) -> Result<Vec<ActivityTask>, Fault> {
        self.port_call(format!("tasks of {activity}"), PortCallKind::Read, |world| {
            let own = world.activities.tasks.iter().filter(|task| task.activity == *activity);
            let tasks: Vec<ActivityTask> = own.take(limit as usize).cloned().collect();
            if world.ablation == Some(Ablation::RemoveTaskFirst) {
                world.activities.tasks.retain(|task| !tasks.contains(task));
            }
            tasks
        })
        .await
    }

    async fn remove_activity_task(&self, task: &ActivityTask) -> Result<(), Fault> {
        let call = format!("remove the task of '{}'", task.token.frame);
        self.port_call(call, PortCallKind::Write, |world| {
            world.activities.tasks.remove(task);
        })
        .await
    }
}

/// Asks for a task once, and does what the worker does with it. Asks again later while the execution
/// runs.
pub(crate) async fn poll_activity(
    ports: &SimulatedPorts,
    context: &EngineContext,
    execution_arn: String,
) -> Result<(), Fault> {
    let activity = ResourceName::parse("work").expect("a plain word is a name");
    let activity_arn = context.settings.account_region.activity_arn(&activity);
    let request = GetActivityTask { activity_arn, worker_name: Some("worker".to_owned()) };
    match get_activity_task(ports, context, request).await {
        Ok(Some(task)) => {
            let mut world = ports.lock_world();
            take_task(&mut world, task.token.to_string(), task.input.json_text());
        }
        Ok(None) => {}
        Err(ApiError::Rejected(rejection)) => {
            ports.lock_world().report_violation(format!("a poll is refused: {rejection}"));
        }
        Err(ApiError::Fault(fault)) => return Err(fault),
    }
    let is_over = match describe_execution(ports, context, &execution_arn).await {
        Ok((_, execution)) => execution.status() != ExecutionStatus::Running,
        Err(ApiError::Rejected(_)) => ports.lock_world().start_client == StartClient::HasGivenUp,
        Err(ApiError::Fault(_)) => false,
    };
    if !is_over {
        let mut world = ports.lock_world();
        let at = world.now + world.random.draw_milliseconds(PAUSE_MAX);
        world.jobs.push((at, ClientCall::PollActivity { execution_arn }));
    }
    Ok(())
}

/// Lets a worker begin with a task. A task is given away once.
fn take_task(world: &mut SimulatedWorld, task_token: String, input: &str) {
    if !world.activities.taken.insert(task_token.clone()) {
        world.report_violation(format!("the task {task_token} is given away twice"));
    }
    let now = world.now;
    let output = match input {
        r#""fail""# => Err(Failure::new("Refused", "as the table says")),
        _ => Ok(format!("{{\"done\":{input}}}")),
    };
    let takes = if input == r#""slow""# {
        let beats = (1..=3).map(|beat| now + beat * HEARTBEAT);
        let heartbeat = ClientCall::SendTaskHeartbeat { task_token: task_token.clone() };
        world.jobs.extend(beats.map(|at| (at, heartbeat.clone())));
        3 * HEARTBEAT + HEARTBEAT / 2
    } else {
        world.random.draw_milliseconds(20_000)
    };
    world.jobs.push((now + takes, ClientCall::SendTaskResult { task_token, output }));
}

/// An attempt starts once, and nothing starts but what a frame has offered.
pub(crate) fn check_task_start(
    world: &mut SimulatedWorld,
    key: &RecordKey,
    before: &Record,
    record: &Record,
) -> Option<String> {
    let starts =
        record.events.iter().any(|event| matches!(event.kind, EventKind::ActivityStarted { .. }));
    if !starts {
        return None;
    }
    let Some(offered) = before.frame.offered_task() else {
        return Some(format!("{} starts a task that was not offered", record_label(key)));
    };
    let is_first = world.activities.started.insert(offered.secret);
    (!is_first).then(|| format!("{} starts a task again", record_label(key)))
}

/// Whether a message is sent: a start is not, if that is ablated.
pub(crate) fn permits_send(world: &SimulatedWorld, message: &QueueMessage) -> bool {
    let is_start = matches!(message.kind, MessageKind::StartActivityTask { .. });
    !(is_start && world.ablation == Some(Ablation::StartTaskWithoutMessage))
}

/// The record as a worker reads it that takes each start of a task for its own, if that is ablated.
pub(crate) fn ablate_record(
    world: &SimulatedWorld,
    starting: Option<WrittenBy>,
    record: Option<Arc<Record>>,
) -> Option<Arc<Record>> {
    let mut record = record?;
    let (WrittenBy::StartActivityTask(started, _), Some(own)) = (record.written_by, starting)
    else {
        return Some(record);
    };
    let is_same = matches!(own, WrittenBy::StartActivityTask(secret, _) if secret == started);
    if is_same && world.ablation == Some(Ablation::TakeStartOfAnother) {
        Arc::make_mut(&mut record).written_by = own;
    }
    Some(record)
}
