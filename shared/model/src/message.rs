//! Messages: what goes over the queue.

use serde::{Deserialize, Serialize};

use crate::{ExecutionId, Failure, FramePath, RecordNumber, Via};

/// "Of this execution, take this frame on." At most a few hundred bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The execution.
    pub execution: ExecutionId,
    /// The frame.
    pub frame: FramePath,
    /// What has happened.
    pub cue: Cue,
}

/// Why a frame is to be taken on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cue {
    /// The frame, a child, is to begin.
    Start,
    /// This record is the head of the frame's log.
    Take(RecordNumber),
    /// `StopExecution` was called.
    Stop(Failure),
    /// The execution's `TimeoutSeconds` have passed.
    Expire,
    /// A message of the execution failed too often; the text says which.
    Refuse(String),
}

impl Cue {
    /// What a record says that this message wrote.
    pub const fn via(&self) -> Via {
        match self {
            Self::Start => Via::Start,
            Self::Take(number) => Via::Record(*number),
            Self::Stop(_) => Via::Stop,
            Self::Expire => Via::Expire,
            Self::Refuse(_) => Via::Refuse,
        }
    }
}
