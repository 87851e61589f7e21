//! Records: the entries of each frame's log. The logs are the database.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    ActivityPollId, Frame, FrameOutcome, FramePhase, Payload, RecordNumber, RecordedEvent,
    RevisionId, StartedVersion, TaskAnswerId, TaskSecret, TaskToken, Timestamp,
    limits::{LEASE_MILLISECONDS, REDRIVE_TOKEN_MILLISECONDS, REDRIVE_TOKENS_MAX},
};

/// The transitions that one delivery made of one frame: their events, and the frame after them.
///
/// Invariant: written once, by a conditional put, and never changed except for its lease.
/// [`crate::StoredRecord`] is its persisted form.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The message that wrote the record. It must also perform the record's next action.
    pub written_by: WrittenBy,
    /// When it was written. Never earlier than the records that caused it.
    pub written_at: Timestamp,
    /// Orders records with the same time: it is greater than that of every record that caused it.
    pub logical_clock: u64,
    /// What every transition of the execution needs to know.
    pub facts: Arc<ExecutionFacts>,
    /// The frame after the transitions.
    pub frame: Frame,
    /// The events of the transitions.
    pub events: Vec<RecordedEvent>,
    /// What the frame did before it ended, if it ended without success. A redrive continues it.
    pub left: Option<Box<LeftPhase>>,
}

/// The phase that a frame left when it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftPhase {
    /// The phase.
    #[serde(rename = "ph")]
    pub phase: FramePhase,
    /// [`Frame::events`] in that phase.
    #[serde(rename = "e")]
    pub events: u64,
}

/// Which message wrote a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WrittenBy {
    /// The message that starts the frame, or the `StartExecution` call itself.
    #[serde(rename = "Start")]
    StartFrame,
    /// The message that advances the frame from the record with this number.
    #[serde(rename = "Rec")]
    AdvanceFrame(RecordNumber),
    /// `StopExecution`. In a child frame, any end of a frame above it.
    #[serde(rename = "Stop")]
    StopExecution,
    /// The timeout of the execution.
    #[serde(rename = "TimeOut")]
    TimeOutExecution,
    /// The engine gave up, because too many processes died of a message.
    #[serde(rename = "Fail")]
    FailExecution,
    /// The completion of the task attempt with this secret: this answer of the holder of its token,
    /// or the end of the job that it waited for.
    #[serde(rename = "Task")]
    CompleteTask(TaskSecret, Option<TaskAnswerId>),
    /// The start of the activity task with this secret by a worker, in this attempt to take it.
    #[serde(rename = "Take")]
    StartActivityTask(TaskSecret, ActivityPollId),
    /// `RedriveExecution`.
    #[serde(rename = "Redrive")]
    RedriveExecution,
    /// The cancellation of the job that this record of the frame waited for. It writes no record.
    #[serde(rename = "Cancel")]
    CancelJob(RecordNumber),
    /// The log of the execution after that many redrives, after the event with this id. It writes no
    /// record.
    #[serde(rename = "Log")]
    LogExecution(u32, u64),
}

/// What every transition of an execution needs to know. Only a redrive changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionFacts {
    /// The revision of the state machine that the execution runs.
    pub revision: RevisionId,
    /// The ARN of the role that its tasks assume.
    pub role_arn: String,
    /// When the execution started.
    pub started_at: Timestamp,
    /// `TimeoutSeconds` of its definition, if it has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// The last redrive, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_redrive: Option<RedriveDetails>,
    /// The task that started the execution, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<StartedByTask>,
    /// Whether its Lambda functions are invoked asynchronously, where a deployment can do that.
    #[serde(rename = "async", default, skip_serializing_if = "std::ops::Not::not")]
    pub asynchronous_functions: bool,
    /// The version of the state machine that was started, unless it was the newest revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<StartedVersion>,
    /// Whether its revision has its events logged.
    #[serde(rename = "log", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_logged: bool,
}

impl ExecutionFacts {
    /// Returns how often the execution was redriven.
    pub fn redrive_count(&self) -> u32 {
        self.last_redrive.as_ref().map_or(0, |redriven| redriven.count)
    }
}

/// One redrive of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedriveDetails {
    /// Which redrive of the execution this is, counting from 1.
    pub count: u32,
    /// When the redrive was requested.
    pub requested_at: Timestamp,
    /// The caller's `clientToken`, if given. It makes repeated requests idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
    /// The tokens of redrives before it that are still remembered, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_tokens: Vec<RedriveToken>,
}

/// The client token of a redrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedriveToken {
    /// When the redrive was requested.
    #[serde(rename = "at")]
    pub requested_at: Timestamp,
    /// The caller's `clientToken`.
    #[serde(rename = "t")]
    pub client_token: String,
}

impl RedriveDetails {
    /// Returns the tokens that are remembered at a time, this redrive's first.
    ///
    /// Spec: API reference, `RedriveExecution` § clientToken: "the last 10 successful redrives … within
    /// 15 minutes".
    pub fn remembered_tokens(&self, now: Timestamp) -> impl Iterator<Item = RedriveToken> {
        let RedriveDetails { requested_at, client_token, .. } = self;
        let own = client_token.iter().map(|client_token| RedriveToken {
            requested_at: *requested_at,
            client_token: client_token.clone(),
        });
        let is_recent = move |token: &RedriveToken| {
            now <= token.requested_at.plus_milliseconds(REDRIVE_TOKEN_MILLISECONDS)
        };
        own.chain(self.earlier_tokens.iter().cloned()).filter(is_recent).take(REDRIVE_TOKENS_MAX)
    }
}

/// The task that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedByTask {
    /// The task token of the attempt.
    pub task: TaskToken,
    /// Whether the task waits for the end of the execution.
    pub waits: bool,
}

/// An execution as `ListExecutions` and `DescribeExecution` show it. It comes from record 0 of the
/// root frame and from the root's end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What every transition of the execution needs to know.
    pub facts: Arc<ExecutionFacts>,
    /// The input as the caller wrote it.
    pub input: Payload,
    /// The caller's X-Ray trace header, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// When and how the execution ended. `None` while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<(Timestamp, FrameOutcome)>,
}

/// The status of an execution.
///
/// Spec: API reference, `DescribeExecution` § status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "variants are AWS's own names")]
pub enum ExecutionStatus {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl ExecutionStatus {
    /// Every status, in the order in which AWS documents them.
    pub const ALL: [Self; 5] =
        [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted];

    /// Returns the name that AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

impl FrameOutcome {
    /// Returns the status of an execution that ended with this outcome.
    pub const fn execution_status(&self) -> ExecutionStatus {
        match self {
            Self::Succeeded(_) => ExecutionStatus::Succeeded,
            Self::Failed(_) => ExecutionStatus::Failed,
            Self::TimedOut(_) => ExecutionStatus::TimedOut,
            Self::Aborted(_) => ExecutionStatus::Aborted,
        }
    }
}

impl Execution {
    /// Returns the status of the execution.
    pub const fn status(&self) -> ExecutionStatus {
        match &self.end {
            Some((_, outcome)) => outcome.execution_status(),
            None => ExecutionStatus::Running,
        }
    }
}

impl Record {
    /// Returns the end of the record's first lease: until then, the worker that makes the call, or
    /// whoever works on the task, counts as alive without a heartbeat.
    ///
    /// `None` if the frame waits for no heartbeats.
    pub fn alive_until(&self) -> Option<Timestamp> {
        match &self.frame.phase {
            FramePhase::Claimed { .. } => {
                Some(self.written_at.plus_milliseconds(LEASE_MILLISECONDS))
            }
            FramePhase::Submitted { heartbeat_seconds: Some(seconds), .. } => {
                Some(self.written_at.plus_seconds(*seconds))
            }
            FramePhase::Submitted { heartbeat_seconds: None, .. }
            | FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        }
    }

    /// Returns when one of its events happened.
    pub fn event_time(&self, event: &RecordedEvent) -> Timestamp {
        event.time(self.written_at)
    }

    /// Returns when the first of its events happened, or when it was written if it has none.
    pub fn began_at(&self) -> Timestamp {
        self.events.first().map_or(self.written_at, |event| self.event_time(event))
    }

    /// Returns the frame as it was before it ended, if it ended without success.
    pub fn frame_before_end(&self) -> Option<Frame> {
        let LeftPhase { phase, events } = self.left.as_deref()?.clone();
        Some(Frame { phase, events, ..self.frame.clone() })
    }
}
