//! Messages: what goes over the queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    ExecutionId, Failure, FramePath, Payload, RecordNumber, RedriveDetails, TaskSecret, WrittenBy,
};

/// "Of this execution, take this frame on." A few hundred bytes, and the output of a task that is
/// answered from elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueMessage {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame.
    pub frame: FramePath,
    /// What has happened.
    pub kind: MessageKind,
}

/// Why a frame is to be taken on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MessageKind {
    /// The frame, a child, is to begin.
    StartFrame,
    /// This record is the head of the frame's log.
    AdvanceFrame(RecordNumber),
    /// `StopExecution` was called on the execution as it ran after so many redrives.
    StopExecution {
        /// Why.
        failure: Failure,
        /// How often it had been redriven.
        redrives: u32,
    },
    /// The execution's `TimeoutSeconds` have passed since its start, or since this redrive.
    TimeOutExecution {
        /// How often it had been redriven.
        redrives: u32,
    },
    /// A message of the execution failed too often.
    FailExecution {
        /// Which.
        reason: String,
        /// How often the execution had been redriven.
        redrives: u32,
    },
    /// The frame's task attempt of that secret has been answered from elsewhere.
    CompleteTask {
        /// Which attempt.
        secret: TaskSecret,
        /// By what.
        completion: TaskCompletion,
    },
    /// `RedriveExecution` was called.
    RedriveExecution(RedriveDetails),
}

/// How a task is answered from elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskCompletion {
    /// `SendTaskSuccess`
    Succeeded(Payload),
    /// `SendTaskFailure`
    Failed(Failure),
    /// The execution that it waits for has ended.
    ExecutionEnded,
}

/// What it is, without what users have sent.
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
    /// What a record says that this message wrote.
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
