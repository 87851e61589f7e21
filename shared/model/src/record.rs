//! Records: the log is the database.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    Data, Event, Frame, Outcome, Payload, Phase, RecordNumber, RevisionId, Secret, TaskToken,
    Timestamp, limits::LEASE_MILLISECONDS,
};

/// One transition of one frame: its events, and the frame after it.
///
/// Invariant: written once, by a conditional put, and never changed but for its lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The message that wrote it and therefore owns its wake.
    pub via: Via,
    /// When it was written, never before its causes.
    pub at: Timestamp,
    /// Orders records of one instant: larger than that of every cause.
    #[serde(rename = "c")]
    pub clock: u64,
    /// What every transition needs to know of its execution.
    #[serde(rename = "x")]
    pub facts: Arc<Facts>,
    /// The frame after the transition.
    #[serde(rename = "f")]
    pub frame: Frame,
    /// The events of the transition.
    #[serde(rename = "ev")]
    pub events: Vec<Event>,
}

/// Which message wrote a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// The one that starts the frame, or the `StartExecution` call itself.
    Start,
    /// The one that says "this record is the head; take it on".
    Record(RecordNumber),
    /// `StopExecution`; of a child, the end of what is above it.
    Stop,
    /// The execution's own timeout.
    Expire,
    /// The engine's own refusal to try any longer.
    Refuse,
    /// The answer to the task attempt of that secret.
    Answer(Secret),
    /// `RedriveExecution`.
    Redrive,
}

/// Constants of an execution, small enough to stand in each of its records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The definition it runs.
    pub revision: RevisionId,
    /// The role its tasks assume.
    pub role_arn: String,
    /// When it started.
    pub started_at: Timestamp,
    /// How often and when it was redriven last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redriven: Option<Redriven>,
    /// The task that started it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starter: Option<Starter>,
}

impl Facts {
    /// How often it was redriven.
    pub fn redrives(&self) -> u32 {
        self.redriven.as_ref().map_or(0, |redriven| redriven.count)
    }
}

/// A redrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redriven {
    /// The how-manieth of its execution, from 1.
    pub count: u32,
    /// When it was asked for.
    pub at: Timestamp,
    /// The caller's token, by which a repeated request is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

/// The task that started an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starter {
    /// The attempt.
    pub task: TaskToken,
    /// Whether it waits for the execution's end.
    pub waits: bool,
}

/// An execution as it is listed and described: record 0 of the root, and how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its constants.
    pub facts: Arc<Facts>,
    /// Its input as the caller wrote it.
    pub input: Payload,
    /// The caller's X-Ray header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// When and how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<(Timestamp, Outcome)>,
}

/// The status of an execution.
///
/// Spec: API reference, `DescribeExecution` § status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "variants are AWS's own names")]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
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

impl Outcome {
    /// The status of an execution that ended so.
    pub const fn status(&self) -> Status {
        match self {
            Self::Succeeded(_) => Status::Succeeded,
            Self::Failed(_) => Status::Failed,
            Self::TimedOut(_) => Status::TimedOut,
            Self::Aborted(_) => Status::Aborted,
        }
    }
}

impl Execution {
    /// Its status.
    pub const fn status(&self) -> Status {
        match &self.end {
            Some((_, outcome)) => outcome.status(),
            None => Status::Running,
        }
    }
}

impl Record {
    /// Until when its frame's worker, or whoever works on its task, counts as alive without having
    /// given a sign of life; none if nobody is expected to.
    pub fn alive_until(&self) -> Option<Timestamp> {
        match &self.frame.phase {
            Phase::Claimed { .. } => Some(self.at.plus_milliseconds(LEASE_MILLISECONDS)),
            Phase::Submitted { heartbeat_seconds: Some(seconds), .. } => {
                Some(self.at.plus_seconds(*seconds))
            }
            Phase::Submitted { heartbeat_seconds: None, .. }
            | Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. }
            | Phase::Ended(_) => None,
        }
    }

    /// Replaces each event's payload that the frame before or after holds by a reference to it.
    #[must_use]
    pub fn sharing_payloads(mut self, before: Option<&Frame>) -> Self {
        let Self { frame, events, .. } = &mut self;
        let call = match &frame.phase {
            Phase::Claimed { call, .. } => Some(&call.payload),
            Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Submitted { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. }
            | Phase::Ended(_) => None,
        };
        let holders = [
            (Data::After, frame.data()),
            (Data::Call, call),
            (Data::Before, before.and_then(Frame::data)),
        ];
        for data in events.iter_mut().filter_map(|event| event.kind.data_mut()) {
            let Data::Inline(payload) = data else { continue };
            let held = holders.iter().find(|(_, held)| held.is_some_and(|p| p.same(payload)));
            if let Some((reference, _)) = held {
                *data = reference.clone();
            }
        }
        self
    }

    /// The payload of an event of this record, given the frame before it.
    pub fn resolve<'a>(&'a self, data: &'a Data, before: Option<&'a Frame>) -> Option<&'a Payload> {
        match data {
            Data::Inline(payload) => Some(payload),
            Data::After => self.frame.data(),
            Data::Before => before?.data(),
            Data::Call => match &self.frame.phase {
                Phase::Claimed { call, .. } => Some(&call.payload),
                Phase::Ready { .. }
                | Phase::Waiting { .. }
                | Phase::Submitted { .. }
                | Phase::Delayed { .. }
                | Phase::Forked { .. }
                | Phase::Ended(_) => None,
            },
        }
    }
}
