//! Messages: what the queues carry.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ExecutionId, Failure, FramePath, Payload, RecordNumber, RedriveDetails, TaskSecret, WrittenBy,
};

/// Tells a worker to advance one frame of one execution.
///
/// A message has a few hundred bytes. Only [`TaskCompletion::Succeeded`] adds a payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame to advance.
    pub frame: FramePath,
    /// Why the frame is to advance.
    pub kind: MessageKind,
}

/// Why a frame is to advance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MessageKind {
    /// The frame is a child frame that is to begin.
    StartFrame,
    /// The record with this number is the head of the frame's log. The frame advances from it.
    AdvanceFrame(RecordNumber),
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
        /// How often the execution had been redriven.
        redrives: u32,
    },
    /// The engine gives up on the execution, because one of its messages was delivered too often.
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
    /// `RedriveExecution` was called.
    RedriveExecution(RedriveDetails),
}

/// How a waiting task is completed after its call has returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskCompletion {
    /// `SendTaskSuccess` was called with this output.
    Succeeded(Payload),
    /// `SendTaskFailure` was called with this failure.
    Failed(Failure),
    /// The execution that the task waits for has ended.
    ExecutionEnded,
}

/// Describes the message without any user data, for logs and for the cause of an execution that
/// fails because of it.
impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartFrame => f.write_str("start"),
            Self::AdvanceFrame(number) => write!(f, "take record {number} on"),
            Self::StopExecution { .. } => f.write_str("stop"),
            Self::TimeOutExecution { .. } => f.write_str("expire"),
            Self::FailExecution { .. } => f.write_str("refuse"),
            Self::CompleteTask { .. } => f.write_str("answer"),
            Self::RedriveExecution(_) => f.write_str("redrive"),
        }
    }
}

impl MessageKind {
    /// Returns how a record identifies this message as its writer.
    pub const fn written_by(&self) -> WrittenBy {
        match self {
            Self::StartFrame => WrittenBy::StartFrame,
            Self::AdvanceFrame(number) => WrittenBy::AdvanceFrame(*number),
            Self::StopExecution { .. } => WrittenBy::StopExecution,
            Self::TimeOutExecution { .. } => WrittenBy::TimeOutExecution,
            Self::FailExecution { .. } => WrittenBy::FailExecution,
            Self::CompleteTask { secret, .. } => WrittenBy::CompleteTask(*secret),
            Self::RedriveExecution(_) => WrittenBy::RedriveExecution,
        }
    }
}
