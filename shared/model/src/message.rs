//! Messages: what goes over the queue.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, Failure, FramePath, Payload, RecordNumber, Redriven, Secret, Via};

/// "Of this execution, take this frame on." A few hundred bytes, and the output of a task that is
/// answered from elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame.
    pub frame: FramePath,
    /// What has happened.
    pub cue: Cue,
}

/// Why a frame is to be taken on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cue {
    /// The frame, a child, is to begin.
    Start,
    /// This record is the head of the frame's log.
    Take(RecordNumber),
    /// `StopExecution` was called on the execution as it ran after so many redrives.
    Stop {
        /// Why.
        failure: Failure,
        /// How often it had been redriven.
        redrives: u32,
    },
    /// The execution's `TimeoutSeconds` have passed since its start, or since this redrive.
    Expire {
        /// How often it had been redriven.
        redrives: u32,
    },
    /// A message of the execution failed too often.
    Refuse {
        /// Which.
        reason: String,
        /// How often the execution had been redriven.
        redrives: u32,
    },
    /// The frame's task attempt of that secret has been answered from elsewhere.
    Answer {
        /// Which attempt.
        secret: Secret,
        /// By what.
        answer: Answer,
    },
    /// `RedriveExecution` was called.
    Redrive(Redriven),
}

/// How a task is answered from elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// `SendTaskSuccess`
    Succeeded(Payload),
    /// `SendTaskFailure`
    Failed(Failure),
    /// The execution that it waits for has ended.
    Ended,
}

/// What it is, without what users have sent.
impl fmt::Display for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Take(number) => write!(f, "take record {number} on"),
            Self::Stop { .. } => f.write_str("stop"),
            Self::Expire { .. } => f.write_str("expire"),
            Self::Refuse { .. } => f.write_str("refuse"),
            Self::Answer { .. } => f.write_str("answer"),
            Self::Redrive(_) => f.write_str("redrive"),
        }
    }
}

impl Cue {
    /// What a record says that this message wrote.
    pub const fn via(&self) -> Via {
        match self {
            Self::Start => Via::Start,
            Self::Take(number) => Via::Record(*number),
            Self::Stop { .. } => Via::Stop,
            Self::Expire { .. } => Via::Expire,
            Self::Refuse { .. } => Via::Refuse,
            Self::Answer { secret, .. } => Via::Answer(*secret),
            Self::Redrive(_) => Via::Redrive,
        }
    }
}
