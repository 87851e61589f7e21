//! Completes the task whose Lambda function was invoked asynchronously.
//!
//! Spec: Lambda Developer Guide, "Asynchronous invocation" § Capturing records of invocations.

use model::{
    FramePhase, JobName, MessageKind, QueueMessage, QueueName, TaskAnswerId, TaskCompletion,
    TaskJob, TaskResource, TaskToken,
};

use crate::{Fault, frames::are_forks_open, ports::CallOutcome, roles::JobEventRole};

/// What an answer has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerEffect {
    /// The task goes on with it.
    Completed,
    /// The task no longer waits for it: it has timed out or was stopped, or was answered before.
    TooLate,
    /// A task is about to wait for it: the function was faster than the record of its invocation.
    TooEarly,
    /// No task waits for it. One may be about to for moments.
    NobodyWaits,
}

/// Completes the task that waits for this invocation with the outcome that `read` makes of its answer.
/// `answer` is the same whenever the answer is delivered again. Once this returns, the message is sent
/// that completes the task.
pub async fn complete_function_call<P: JobEventRole>(
    ports: &P,
    invocation: &JobName,
    answer: TaskAnswerId,
    read: impl FnOnce(&TaskResource) -> CallOutcome + Send,
) -> Result<AnswerEffect, Fault> {
    let Some(task) = ports.find_awaiting_task(invocation).await? else {
        return Ok(AnswerEffect::NobodyWaits);
    };
    let TaskToken { execution, frame, secret } = task;
    let head = ports.load_head(&execution, &frame).await?;
    let Some(head) = head.filter(|head| head.record.frame.task_secret() == Some(secret)) else {
        return Ok(AnswerEffect::TooLate);
    };
    if !are_forks_open(ports, &execution, &frame).await? {
        return Ok(AnswerEffect::TooLate);
    }
    let resource = match &head.record.frame.phase {
        FramePhase::Submitted { job: Some(TaskJob::Function(awaited)), .. } => &awaited.resource,
        _ => return Ok(AnswerEffect::TooEarly),
    };
    let completion = match read(resource) {
        CallOutcome::Succeeded(output) => TaskCompletion::Succeeded(answer, output),
        CallOutcome::Failed(failure) => TaskCompletion::Failed(answer, failure),
        CallOutcome::Submitted { .. }
        | CallOutcome::Queued { .. }
        | CallOutcome::NotScheduled(_)
        | CallOutcome::TimedOut => return Ok(AnswerEffect::TooLate),
    };
    let kind = MessageKind::CompleteTask { secret, completion };
    ports.send_message(QueueMessage { execution, frame, kind }, QueueName::Steps, None).await?;
    Ok(AnswerEffect::Completed)
}
