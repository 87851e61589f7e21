//! What a Task waits for: with `.sync`, executions that it has started and jobs of services, and workers
//! of activities.

use model::{
    AccountRegion, ActivityTask, Execution, ExecutionId, Failure, FramePath, FramePhase,
    MessageKind, QueueMessage, QueueName, Record, RecordKey, StartedByTask, TaskCompletion,
    TaskJob, TaskSecret, TaskToken,
};

use super::keyed_record::KeyedRecord;
use crate::{
    Fault,
    ports::{ActivityTaskQueue, ExecutionStore, MessageQueue},
};

/// Tells the task that started this execution that it has ended, if the task waits for it.
pub(crate) async fn notify_starter(
    queue: &impl MessageQueue,
    record: &Record,
) -> Result<(), Fault> {
    let Some(StartedByTask { task, waits: true }) = &record.facts.started_by else {
        return Ok(());
    };
    let TaskToken { execution, frame, secret } = task.clone();
    let kind = MessageKind::CompleteTask { secret, completion: TaskCompletion::ExecutionEnded };
    queue.send_message(QueueMessage { execution, frame, kind }, QueueName::Steps, None).await
}

/// Stops the job that the frame's task waits for, if the task has started it and it still runs, or
/// takes the task out of the queue of its activity. As on AWS this is best effort: a worker that dies
/// before it does this does not stop the job. What is left in an activity's queue is given to nobody.
///
/// Spec: Developer Guide, "Service integration patterns" § Run a job.
pub(crate) async fn cancel_awaited_job<P>(
    ports: &P,
    account_region: &AccountRegion,
    left: &KeyedRecord,
) -> Result<(), Fault>
where
    P: ExecutionStore + MessageQueue + ActivityTaskQueue + Sync,
{
    let frame = &left.record.frame;
    if let Some(task) = queued_task(left) {
        return ports.remove_activity_task(&task).await;
    }
    match (frame.awaited_job(), frame.task_secret()) {
        (Some(TaskJob::Execution { id, .. }), Some(secret)) => {
            cancel_started_execution(ports, account_region, &left.key, id, secret).await
        }
        (Some(TaskJob::Service(_)), _) => {
            let RecordKey { execution, frame, number } = left.key.clone();
            let cancel = QueueMessage { execution, frame, kind: MessageKind::CancelJob(number) };
            ports.send_message(cancel, QueueName::Tasks, None).await
        }
        // Nothing stops a function.
        (Some(TaskJob::Execution { .. } | TaskJob::Function(_)) | None, _) => Ok(()),
    }
}

/// The row of the frame's task in the queue of its activity, if it waits there.
fn queued_task(left: &KeyedRecord) -> Option<ActivityTask> {
    let FramePhase::Submitted { queued: Some(queued), secret, .. } = &left.record.frame.phase
    else {
        return None;
    };
    let (execution, frame) = (left.key.execution.clone(), left.key.frame.clone());
    let (activity, scheduled_at) = (queued.activity.clone(), queued.scheduled_at);
    Some(ActivityTask {
        activity,
        scheduled_at,
        token: TaskToken { execution, frame, secret: *secret },
    })
}

/// Stops an execution if this attempt of a task has started it, waits for it, and it still runs. The
/// cause is AWS's (observed).
pub(crate) async fn cancel_started_execution<P>(
    ports: &P,
    account_region: &AccountRegion,
    key: &RecordKey,
    started: &ExecutionId,
    secret: TaskSecret,
) -> Result<(), Fault>
where
    P: ExecutionStore + MessageQueue + Sync,
{
    let Some(execution) = ports.load_execution(started).await? else { return Ok(()) };
    let task = TaskToken { execution: key.execution.clone(), frame: key.frame.clone(), secret };
    let by = StartedByTask { task, waits: true };
    if execution.end.is_some() || !is_started_by(&execution, &by) {
        return Ok(());
    }
    let redrives = execution.facts.redrive_count();
    let cause = format!(
        "The Task state in AWS Step Functions execution [{}] which was managing this resource was \
         aborted",
        account_region.execution_arn(&key.execution)
    );
    let failure = Failure { error: None, cause: Some(cause) };
    let kind = MessageKind::StopExecution { failure, redrives };
    let stop = QueueMessage { execution: started.clone(), frame: FramePath::ROOT, kind };
    ports.send_message(stop, QueueName::Steps, None).await
}

/// Whether an execution was started by this attempt of a task.
pub(crate) fn is_started_by(execution: &Execution, by: &StartedByTask) -> bool {
    execution.facts.started_by.as_ref() == Some(by)
}
