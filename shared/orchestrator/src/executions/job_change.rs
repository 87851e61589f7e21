//! Wakes the task that waits for a job whose service tells that it has changed.
//!
//! Spec: Developer Guide, "Service integration patterns" § Run a job: Step Functions learns of the end
//! of a job by polling and by events.

use model::{JobName, MessageKind, QueueMessage, QueueName, TaskCompletion, TaskToken};

use crate::{Fault, roles::JobEventRole};

/// Has the task that waits for this job ask for its state. Returns whether there is, or was, such a
/// task: the account has jobs of others as well. An event is a hint. One that is lost, repeated or
/// untrue only changes when the task asks.
pub async fn report_job_change<P: JobEventRole>(ports: &P, job: &JobName) -> Result<bool, Fault> {
    let Some(task) = ports.find_awaiting_task(job).await? else { return Ok(false) };
    let TaskToken { execution, frame, secret } = task;
    let kind = MessageKind::CompleteTask { secret, completion: TaskCompletion::JobChanged };
    let message = QueueMessage { execution, frame, kind };
    ports.send_message(message, QueueName::Tasks, None).await?;
    Ok(true)
}
