//! One running scope: the root of an execution, a Parallel branch, or a Map iteration.
//!
//! ```text
//! Ready ──step──▶ Ready | Ended               Pass, Choice, Succeed, Fail
//!   │ ──Wait────▶ Waiting ──time──▶ Ready | Ended
//!   │ ──Task────▶ Claimed ──outcome──▶ Ready | Ended | Delayed (Retry)
//!   │                └──submitted──▶ Submitted ──answer, time──▶ as an outcome
//!   │ ──Parallel, Map──▶ Forked ──joined──▶ Ready | Ended | Delayed (Retry)
//!   └─────────── Delayed ──time──▶ Claimed | Forked; after a redrive any state's first phase
//! any ──stopped or timed out from outside──▶ Ended; a stimulus for another phase is ignored
//! Ended ──redriven──▶ Ready | Delayed | Forked (the root only)
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    ChildQueues, EventRef, Failure, ForkRef, Payload, QueueName, StateName, TaskCall, TaskJob,
    TaskSecret, Timestamp, WorkflowVariables,
};

/// A frame as the newest record of its log holds it: the snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The state it is about to enter, is in, or ended in.
    #[serde(rename = "s")]
    pub state: StateName,
    /// What it does there.
    #[serde(rename = "ph")]
    pub phase: FramePhase,
    /// Which iteration of which Map the frame is, if it is one.
    #[serde(rename = "it", default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<MapIteration>,
    /// The variables in scope: those of the workflows around it as they were when it began, and
    /// its own.
    #[serde(rename = "va", default, skip_serializing_if = "WorkflowVariables::is_empty")]
    pub variables: WorkflowVariables,
    /// Events that the execution had when this frame began: it knows of its causes only, so where
    /// siblings run beside it the execution may have more.
    #[serde(rename = "b")]
    pub events_before: u64,
    /// Events of the execution as this frame knows them, its own included.
    #[serde(rename = "e")]
    pub events: u64,
}

/// One iteration of a Map state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapIteration {
    /// The Map state.
    pub map: StateName,
    /// The item's place, from 0.
    pub index: u32,
}

/// What a frame does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FramePhase {
    /// About to enter the state with this input.
    Ready {
        /// The state's raw input.
        input: Payload,
        /// The queue of the message that takes the frame on.
        #[serde(rename = "q", default, skip_serializing_if = "QueueName::is_steps")]
        queue: QueueName,
    },
    /// In a Wait state.
    Waiting {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// When it goes on.
        until: Timestamp,
    },
    /// In a Task state whose call has been claimed: it is made once, by the claim's worker.
    Claimed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// What is called.
        call: TaskCall,
        /// When the task times out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Seconds between two signs of life, once the task waits for its answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
    },
    /// In a Task state whose call has been made and whose answer comes from elsewhere: from who
    /// holds its token, or from the job that the call has started.
    Submitted {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// Who knows it may answer.
        secret: TaskSecret,
        /// When the task times out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Seconds between two signs of life.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
        /// The job whose end is the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<TaskJob>,
        /// When somebody must look whether it still waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll_at: Option<Timestamp>,
    },
    /// Between a failed attempt of a state and its retry, or about to go on after a redrive.
    Delayed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// When it tries again.
        until: Timestamp,
        /// The failing event, where it is another frame's: the retry's first event follows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failing_event: Option<EventRef>,
        /// The retrier whose attempt this waits for, by its index in `Retry`; none after a redrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retrier: Option<u32>,
        /// The queue of the message that takes the frame on.
        #[serde(rename = "q", default, skip_serializing_if = "QueueName::is_steps")]
        queue: QueueName,
    },
    /// In a Parallel or Map state whose children run.
    Forked {
        /// The state's raw input.
        input: Payload,
        /// What the children see where that differs: the input after `InputPath` and `Parameters`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        children_input: Option<Payload>,
        /// This visit to the state.
        visit: StateVisit,
        /// How many children there are.
        children: u32,
        /// How many of them may run at once.
        concurrency: u32,
        /// The queues of the messages that start the children.
        queues: ChildQueues,
        /// The fork whose unsuccessful children these go on for, after a redrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed_fork: Option<ForkRef>,
    },
    /// Over.
    Ended(FrameOutcome),
}

impl Frame {
    /// The payload that the frame holds: what its log's next event most likely shows.
    pub fn held_payload(&self) -> Option<&Payload> {
        match &self.phase {
            FramePhase::Ready { input, .. }
            | FramePhase::Waiting { input, .. }
            | FramePhase::Claimed { input, .. }
            | FramePhase::Submitted { input, .. }
            | FramePhase::Delayed { input, .. }
            | FramePhase::Forked { input, .. } => Some(input),
            FramePhase::Ended(FrameOutcome::Succeeded(output)) => Some(output),
            FramePhase::Ended(
                FrameOutcome::Failed(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_),
            ) => None,
        }
    }

    /// What must happen next.
    pub fn next_action(&self) -> NextAction<'_> {
        match &self.phase {
            FramePhase::Ready { .. } => NextAction::Advance,
            FramePhase::Waiting { until, .. } | FramePhase::Delayed { until, .. } => {
                NextAction::AdvanceAt(*until)
            }
            FramePhase::Claimed { call, deadline, .. } => {
                NextAction::MakeCall { call, deadline: *deadline }
            }
            FramePhase::Submitted { poll_at: Some(at), .. } => NextAction::AdvanceAt(*at),
            FramePhase::Submitted { poll_at: None, .. } => NextAction::Nothing,
            FramePhase::Forked { children, concurrency, .. } => {
                NextAction::StartChildren { children: *children, concurrency: *concurrency }
            }
            FramePhase::Ended(outcome) => NextAction::ReportEnd(outcome),
        }
    }

    /// Whether the frame is over.
    pub fn outcome(&self) -> Option<&FrameOutcome> {
        match &self.phase {
            FramePhase::Ended(outcome) => Some(outcome),
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Claimed { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. } => None,
        }
    }

    /// The secret of the task attempt that may be answered from elsewhere.
    pub fn task_secret(&self) -> Option<TaskSecret> {
        match &self.phase {
            FramePhase::Claimed { call, .. } => call.secret,
            FramePhase::Submitted { secret, .. } => Some(*secret),
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        }
    }

    /// Seconds for which a task that waits for its answer counts as alive without a sign of life.
    pub fn heartbeat_seconds(&self) -> Option<u64> {
        match &self.phase {
            FramePhase::Submitted { heartbeat_seconds, .. } => *heartbeat_seconds,
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Claimed { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        }
    }

    /// The queue of the message that takes the frame on. A poll, a join and an end call nothing.
    pub const fn queue(&self) -> QueueName {
        match &self.phase {
            FramePhase::Ready { queue, .. } | FramePhase::Delayed { queue, .. } => *queue,
            FramePhase::Claimed { .. } => QueueName::Tasks,
            FramePhase::Waiting { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => QueueName::Steps,
        }
    }

    /// The job whose end the frame waits for.
    pub const fn awaited_job(&self) -> Option<&TaskJob> {
        match &self.phase {
            FramePhase::Submitted { job, .. } => job.as_ref(),
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Claimed { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        }
    }
}

/// One visit to a state: from its Entered event, through every retry, to its Exited event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVisit {
    /// When the state was entered: `$$.State.EnteredTime`.
    #[serde(rename = "t")]
    pub entered_at: Timestamp,
    /// The id of its Entered event as the frame knows it.
    #[serde(rename = "id")]
    pub entered_event: u64,
    /// How often each retrier of the state was used.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<u32>,
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FrameOutcome {
    /// With this output.
    Succeeded(Payload),
    /// By a failure that nothing caught.
    Failed(Failure),
    /// By the execution's own `TimeoutSeconds`.
    TimedOut(Failure),
    /// By `StopExecution`.
    Aborted(Failure),
}

/// What must happen after a record is durable. It follows from the frame, so it is not stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NextAction<'frame> {
    /// Take the frame on.
    Advance,
    /// Take the frame on at this time.
    AdvanceAt(Timestamp),
    /// Nothing: an answer comes, or the execution ends.
    Nothing,
    /// Make this call, within the same delivery that claimed it.
    MakeCall {
        /// The call.
        call: &'frame TaskCall,
        /// When the task times out.
        deadline: Option<Timestamp>,
    },
    /// Start children.
    StartChildren {
        /// How many there are.
        children: u32,
        /// How many may run at once.
        concurrency: u32,
    },
    /// Tell the parent, or close the execution.
    ReportEnd(&'frame FrameOutcome),
}
