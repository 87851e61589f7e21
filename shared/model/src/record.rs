//! Records: the log is the database.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    EventPayload, Frame, FrameOutcome, FramePhase, Payload, RecordNumber, RecordedEvent,
    RevisionId, TaskSecret, TaskToken, Timestamp, limits::LEASE_MILLISECONDS,
};

/// One transition of one frame: its events, and the frame after it.
///
/// Invariant: written once, by a conditional put, and never changed but for its lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The message that wrote it and therefore owns its wake.
    #[serde(rename = "by")]
    pub written_by: WrittenBy,
    /// When it was written, never before its causes.
    #[serde(rename = "at")]
    pub written_at: Timestamp,
    /// Orders records of one instant: larger than that of every cause.
    #[serde(rename = "c")]
    pub logical_clock: u64,
    /// What every transition needs to know of its execution.
    #[serde(rename = "x")]
    pub facts: Arc<ExecutionFacts>,
    /// The frame after the transition.
    #[serde(rename = "f")]
    pub frame: Frame,
    /// The events of the transition.
    #[serde(rename = "ev")]
    pub events: Vec<RecordedEvent>,
}

/// Which message wrote a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WrittenBy {
    /// The one that starts the frame, or the `StartExecution` call itself.
    #[serde(rename = "Start")]
    StartFrame,
    /// The one that says "this record is the head; take it on".
    #[serde(rename = "Rec")]
    AdvanceFrame(RecordNumber),
    /// `StopExecution`; of a child, the end of what is above it.
    #[serde(rename = "Stop")]
    StopExecution,
    /// The execution's own timeout.
    #[serde(rename = "TimeOut")]
    TimeOutExecution,
    /// The engine's own refusal to try any longer.
    #[serde(rename = "Fail")]
    FailExecution,
    /// The answer to the task attempt of that secret.
    #[serde(rename = "Task")]
    CompleteTask(TaskSecret),
    /// `RedriveExecution`.
    #[serde(rename = "Redrive")]
    RedriveExecution,
}

/// Constants of an execution, small enough to stand in each of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionFacts {
    /// The definition it runs.
    pub revision: RevisionId,
    /// The role its tasks assume.
    pub role_arn: String,
    /// When it started.
    pub started_at: Timestamp,
    /// `TimeoutSeconds` of its definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// How often and when it was redriven last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_redrive: Option<RedriveDetails>,
    /// The task that started it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_by: Option<StartedByTask>,
}

impl ExecutionFacts {
    /// How often it was redriven.
    pub fn redrive_count(&self) -> u32 {
        self.last_redrive.as_ref().map_or(0, |redriven| redriven.count)
    }
}

/// A redrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedriveDetails {
    /// The how-manieth of its execution, from 1.
    pub count: u32,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// The caller's token, by which a repeated request is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The task that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedByTask {
    /// The attempt.
    pub task: TaskToken,
    /// Whether it waits for the execution's end.
    pub waits: bool,
}

/// An execution as it is listed and described: record 0 of the root, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its constants.
    pub facts: Arc<ExecutionFacts>,
    /// Its input as the caller wrote it.
    pub input: Payload,
    /// The caller's X-Ray header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// When and how it ended.
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
    /// AWS's word.
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
    /// The status of an execution that ended so.
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
    /// Its status.
    pub const fn status(&self) -> ExecutionStatus {
        match &self.end {
            Some((_, outcome)) => outcome.execution_status(),
            None => ExecutionStatus::Running,
        }
    }
}

impl Record {
    /// Until when its frame's worker, or whoever works on its task, counts as alive without having
    /// given a sign of life; none if nobody is expected to.
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

    /// Replaces each event's payload that the frame before or after holds by a reference to it.
    #[must_use]
    pub fn with_shared_payloads(mut self, before: Option<&Frame>) -> Self {
        let Self { frame, events, .. } = &mut self;
        let call = match &frame.phase {
            FramePhase::Claimed { call, .. } => Some(&call.payload),
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        };
        let holders = [
            (EventPayload::After, frame.held_payload()),
            (EventPayload::Call, call),
            (EventPayload::Before, before.and_then(Frame::held_payload)),
        ];
        for data in events.iter_mut().filter_map(|event| event.kind.payload_mut()) {
            let EventPayload::Inline(payload) = data else { continue };
            let held =
                holders.iter().find(|(_, held)| held.is_some_and(|p| p.has_same_text(payload)));
            if let Some((reference, _)) = held {
                *data = reference.clone();
            }
        }
        self
    }

    /// The payload of an event of this record, given the frame before it.
    pub fn resolve_payload<'a>(
        &'a self,
        data: &'a EventPayload,
        before: Option<&'a Frame>,
    ) -> Option<&'a Payload> {
        match data {
            EventPayload::Inline(payload) => Some(payload),
            EventPayload::After => self.frame.held_payload(),
            EventPayload::Before => before?.held_payload(),
            EventPayload::Call => match &self.frame.phase {
                FramePhase::Claimed { call, .. } => Some(&call.payload),
                FramePhase::Ready { .. }
                | FramePhase::Waiting { .. }
                | FramePhase::Submitted { .. }
                | FramePhase::Delayed { .. }
                | FramePhase::Forked { .. }
                | FramePhase::Ended(_) => None,
            },
        }
    }
}
