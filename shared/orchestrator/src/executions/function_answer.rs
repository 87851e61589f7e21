//! Completes the task whose Lambda function was invoked asynchronously.
//!
//! Spec: Lambda Developer Guide, "Asynchronous invocation" § Capturing records of invocations.

use model::{
    Failure, FramePhase, JobName, MessageKind, Payload, QueueMessage, QueueName, TaskAnswerId,
    TaskCompletion, TaskJob, TaskResource, TaskToken,
};

use crate::{Fault, frames::are_forks_open, roles::JobEventRole};

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

/// How often an answer is received for which no task waits. A queue shows it again after half a minute; the
/// task waits within seconds, if ever. Functions may be invoked by others as well.
const RECEIVES_MAX: u32 = 4;

impl AnswerEffect {
    /// Whether an answer that was received so often, this time included, is to be delivered again.
    pub const fn is_delivered_again(self, receives: u32) -> bool {
        match self {
            Self::Completed | Self::TooLate => false,
            Self::TooEarly => true,
            Self::NobodyWaits => receives < RECEIVES_MAX,
        }
    }
}

/// Completes the task that waits for this invocation with the outcome that `read` makes of its answer.
/// `answer` is the same whenever the answer is delivered again. Once this returns, the message is sent
/// that completes the task.
pub async fn complete_function_call<P: JobEventRole>(
    ports: &P,
    invocation: &JobName,
    answer: TaskAnswerId,
    read: impl FnOnce(&TaskResource) -> Result<Payload, Failure> + Send,
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
        Ok(output) => TaskCompletion::Succeeded(answer, output),
        Err(failure) => TaskCompletion::Failed(answer, failure),
    };
    let kind = MessageKind::CompleteTask { secret, completion };
    ports.send_message(QueueMessage { execution, frame, kind }, QueueName::Steps, None).await?;
    Ok(AnswerEffect::Completed)
}
