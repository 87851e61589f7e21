//! Messages: what the queues carry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ActivityPollId, ChildStart, ExecutionFacts, ExecutionId, ExecutionLogging, Failure, FramePath,
    HistoryPosition, Payload, RecordNumber, RedriveDetails, TaskAnswerId, TaskSecret, Timestamp,
    WrittenBy,
};

/// Tells a worker to advance one frame of one execution.
///
/// A message has a few hundred bytes. Only [`TaskCompletion::Succeeded`] and [`ExpressStart`] add a
/// payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame to advance.
    pub frame: FramePath,
    /// Why the frame is to advance.
    pub kind: MessageKind,
}

/// What a message is about: equal for all its copies, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageIdentity {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame to advance.
    pub frame: FramePath,
    /// How the records that it writes name it.
    pub kind: WrittenBy,
}

impl QueueMessage {
    /// Returns what the message is about.
    pub fn identity(&self) -> MessageIdentity {
        let (execution, frame) = (self.execution.clone(), self.frame.clone());
        MessageIdentity { execution, frame, kind: self.kind.written_by() }
    }
}

/// `<frame>#<kind>`, without the execution. Unique in an execution, and in every release the same.
impl fmt::Display for MessageIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#", self.frame)?;
        match self.kind {
            WrittenBy::StartFrame => f.write_str("start"),
            WrittenBy::AdvanceFrame(number) => write!(f, "advance-{number}"),
            WrittenBy::StopExecution => f.write_str("stop"),
            WrittenBy::TimeOutExecution => f.write_str("time-out"),
            WrittenBy::FailExecution => f.write_str("fail"),
            WrittenBy::CompleteTask(secret, None) => write!(f, "complete-{secret}"),
            WrittenBy::CompleteTask(secret, Some(answer)) => {
                write!(f, "complete-{secret}-{answer}")
            }
            WrittenBy::StartActivityTask(secret, poll) => {
                write!(f, "start-activity-{secret}-{poll}")
            }
            WrittenBy::RedriveExecution => f.write_str("redrive"),
            WrittenBy::CancelJob(number) => write!(f, "cancel-{number}"),
            WrittenBy::LogExecution(redrives, event) => write!(f, "log-{redrives}-{event}"),
        }
    }
}

/// Why a frame is to advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MessageKind {
    /// The frame is a child frame that is to begin.
    StartFrame(ChildStart),
    /// The record with this number is the head of the frame's log. The frame advances from it.
    AdvanceFrame(RecordNumber),
    /// The execution was started. Record 0 of its root frame, from which the frame advances, is
    /// written right after this is sent.
    StartExecution {
        /// When that start happened: a start that finds the name taken also sends this message.
        started_at: Timestamp,
    },
    /// `StopExecution` was called.
    StopExecution {
        /// The error and the cause that the caller gave.
        failure: Failure,
        /// How often the execution had been redriven. The message has no effect after a later
        /// redrive.
        redrives: u32,
    },
    /// The execution's `TimeoutSeconds` have passed since its start or its last redrive.
    TimeOutExecution {
        /// When the execution was started. The message has no effect on one of the same name that
        /// another call has started.
        started_at: Timestamp,
        /// How often the execution had been redriven.
        redrives: u32,
    },
    /// The engine gives up on the execution, because too many processes died of one of its messages.
    FailExecution {
        /// Describes the message that failed.
        reason: String,
        /// How often the execution had been redriven.
        redrives: u32,
    },
    /// The task attempt with this secret was completed by someone other than its call.
    CompleteTask {
        /// The secret of the attempt.
        secret: TaskSecret,
        /// How it was completed.
        completion: TaskCompletion,
    },
    /// A worker takes the activity task with this secret.
    StartActivityTask {
        /// The secret of the attempt.
        secret: TaskSecret,
        /// The worker's attempt to take it.
        poll: ActivityPollId,
        /// The name that the worker gave itself.
        worker_name: Option<String>,
    },
    /// `RedriveExecution` was called.
    RedriveExecution(RedriveDetails),
    /// Nobody waits any longer for the job that the record with this number waited for.
    CancelJob(RecordNumber),
    /// The execution has ended, and what happened since its start or its last redrive is to be logged.
    LogExecution {
        /// How often the execution had been redriven.
        redrives: u32,
        /// The event up to which another delivery has logged it; none at first.
        after: Option<HistoryPosition>,
    },
    /// An Express execution was started. Whoever handles the message runs all of it.
    RunExpressExecution(Box<ExpressStart>),
}

/// The start of an Express execution, of which nothing else is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExpressStart {
    /// The revision, the role and the time of the start.
    pub facts: ExecutionFacts,
    /// The input as the caller wrote it.
    pub input: Payload,
    /// The caller's X-Ray trace header, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// What is logged, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logging: Option<ExecutionLogging>,
    /// Whether the execution is kept with its history when it has ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_kept: bool,
}

/// How a waiting task is completed after its call has returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskCompletion {
    /// This call of `SendTaskSuccess` gave this output.
    Succeeded(TaskAnswerId, Payload),
    /// This call of `SendTaskFailure` gave this failure.
    Failed(TaskAnswerId, Failure),
    /// The execution that the task waits for has ended.
    ExecutionEnded,
    /// The job of a service that the task waits for has perhaps ended.
    JobChanged,
}

impl TaskCompletion {
    /// Returns the id of the answer, if the holder of the task token gave one.
    pub const fn answer_id(&self) -> Option<TaskAnswerId> {
        match self {
            Self::Succeeded(id, _) | Self::Failed(id, _) => Some(*id),
            Self::ExecutionEnded | Self::JobChanged => None,
        }
    }
}

/// Describes the message without any user data, for logs and for the cause of an execution that
/// fails because of it.
impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartFrame(_) => f.write_str("start"),
            Self::AdvanceFrame(number) => write!(f, "take record {number} on"),
            Self::StartExecution { .. } => f.write_str("begin"),
            Self::StopExecution { .. } => f.write_str("stop"),
            Self::TimeOutExecution { .. } => f.write_str("expire"),
            Self::FailExecution { .. } => f.write_str("refuse"),
            Self::CompleteTask { .. } => f.write_str("answer"),
            Self::StartActivityTask { .. } => f.write_str("start of an activity task"),
            Self::RedriveExecution(_) => f.write_str("redrive"),
            Self::CancelJob(number) => write!(f, "cancel the job of record {number}"),
            Self::LogExecution { .. } => f.write_str("log"),
            Self::RunExpressExecution(_) => f.write_str("run"),
        }
    }
}

impl MessageKind {
    /// Returns how a record identifies this message as its writer.
    pub const fn written_by(&self) -> WrittenBy {
        match self {
            // Of an Express execution, no other message is in a queue that outlives it.
            Self::StartFrame(_) | Self::RunExpressExecution(_) => WrittenBy::StartFrame,
            Self::AdvanceFrame(number) => WrittenBy::AdvanceFrame(*number),
            Self::StartExecution { .. } => WrittenBy::AdvanceFrame(RecordNumber::FIRST),
            Self::StopExecution { .. } => WrittenBy::StopExecution,
            Self::TimeOutExecution { .. } => WrittenBy::TimeOutExecution,
            Self::FailExecution { .. } => WrittenBy::FailExecution,
            Self::CompleteTask { secret, completion } => {
                WrittenBy::CompleteTask(*secret, completion.answer_id())
            }
            Self::StartActivityTask { secret, poll, .. } => {
                WrittenBy::StartActivityTask(*secret, *poll)
            }
            Self::RedriveExecution(_) => WrittenBy::RedriveExecution,
            Self::CancelJob(number) => WrittenBy::CancelJob(*number),
            Self::LogExecution { redrives, after } => {
                let event = match after {
                    Some(after) => after.event_id,
                    None => 0,
                };
                WrittenBy::LogExecution(*redrives, event)
            }
        }
    }
}
