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
    EventRef, ExecutionId, Failure, ForkRef, Payload, Secret, StateName, Timestamp, Variables,
};

/// A frame as the newest record of its log holds it: the snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The state it is about to enter, is in, or ended in.
    #[serde(rename = "s")]
    pub state: StateName,
    /// What it does there.
    #[serde(rename = "ph")]
    pub phase: Phase,
    /// Which iteration of which Map the frame is, if it is one.
    #[serde(rename = "it", default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<Iteration>,
    /// The variables in scope: those of the workflows around it as they were when it began, and
    /// its own.
    #[serde(rename = "va", default, skip_serializing_if = "Variables::is_empty")]
    pub variables: Variables,
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
pub struct Iteration {
    /// The Map state.
    pub map: StateName,
    /// The item's place, from 0.
    pub index: u32,
}

/// What a frame does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// About to enter the state with this input.
    Ready {
        /// The state's raw input.
        input: Payload,
    },
    /// In a Wait state.
    Waiting {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: Visit,
        /// When it goes on.
        until: Timestamp,
    },
    /// In a Task state whose call has been claimed: it is made once, by the claim's worker.
    Claimed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: Visit,
        /// What is called.
        call: Call,
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
        visit: Visit,
        /// Who knows it may answer.
        secret: Secret,
        /// When the task times out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Seconds between two signs of life.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
        /// The execution whose end is the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<ExecutionId>,
        /// When somebody must look whether it still waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        look_at: Option<Timestamp>,
    },
    /// Between a failed attempt of a state and its retry, or about to go on after a redrive.
    Delayed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: Visit,
        /// When it tries again.
        until: Timestamp,
        /// The failing event, where it is another frame's: the retry's first event follows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<EventRef>,
    },
    /// In a Parallel or Map state whose children run.
    Forked {
        /// The state's raw input.
        input: Payload,
        /// What the children see where that differs: the input after `InputPath` and `Parameters`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective: Option<Payload>,
        /// This visit to the state.
        visit: Visit,
        /// How many children there are.
        children: u32,
        /// How many of them may run at once.
        concurrency: u32,
        /// The fork whose unsuccessful children these go on for, after a redrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumes: Option<ForkRef>,
    },
    /// Over.
    Ended(Outcome),
}

impl Frame {
    /// The payload that the frame holds: what its log's next event most likely shows.
    pub fn data(&self) -> Option<&Payload> {
        match &self.phase {
            Phase::Ready { input }
            | Phase::Waiting { input, .. }
            | Phase::Claimed { input, .. }
            | Phase::Submitted { input, .. }
            | Phase::Delayed { input, .. }
            | Phase::Forked { input, .. } => Some(input),
            Phase::Ended(Outcome::Succeeded(output)) => Some(output),
            Phase::Ended(Outcome::Failed(_) | Outcome::TimedOut(_) | Outcome::Aborted(_)) => None,
        }
    }

    /// What must happen next.
    pub fn wake(&self) -> Wake<'_> {
        match &self.phase {
            Phase::Ready { .. } => Wake::Now,
            Phase::Waiting { until, .. } | Phase::Delayed { until, .. } => Wake::At(*until),
            Phase::Claimed { call, deadline, .. } => Wake::Call { call, deadline: *deadline },
            Phase::Submitted { look_at: Some(at), .. } => Wake::At(*at),
            Phase::Submitted { look_at: None, .. } => Wake::Nothing,
            Phase::Forked { children, concurrency, .. } => {
                Wake::Fork { children: *children, concurrency: *concurrency }
            }
            Phase::Ended(outcome) => Wake::End(outcome),
        }
    }

    /// Whether the frame is over.
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.phase {
            Phase::Ended(outcome) => Some(outcome),
            Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Claimed { .. }
            | Phase::Submitted { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. } => None,
        }
    }

    /// The secret of the task attempt that may be answered from elsewhere.
    pub fn answerable(&self) -> Option<Secret> {
        match &self.phase {
            Phase::Claimed { call, .. } => call.secret,
            Phase::Submitted { secret, .. } => Some(*secret),
            Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. }
            | Phase::Ended(_) => None,
        }
    }

    /// Seconds for which a task that waits for its answer counts as alive without a sign of life.
    pub fn heartbeat_seconds(&self) -> Option<u64> {
        match &self.phase {
            Phase::Submitted { heartbeat_seconds, .. } => *heartbeat_seconds,
            Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Claimed { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. }
            | Phase::Ended(_) => None,
        }
    }

    /// The execution whose end the frame waits for.
    pub fn job(&self) -> Option<&ExecutionId> {
        match &self.phase {
            Phase::Submitted { job, .. } => job.as_ref(),
            Phase::Ready { .. }
            | Phase::Waiting { .. }
            | Phase::Claimed { .. }
            | Phase::Delayed { .. }
            | Phase::Forked { .. }
            | Phase::Ended(_) => None,
        }
    }
}

/// One visit to a state: from its Entered event, through every retry, to its Exited event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
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

/// A call to the world outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub target: CallTarget,
    /// The function's payload, or the parameters of the integration.
    pub payload: Payload,
    /// The secret of this attempt, where it may be answered from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// What makes a call that may be repeated idempotent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<Secret>,
}

/// What a Task state calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallTarget {
    /// A function by its ARN: payload in, payload out.
    LambdaFunction {
        /// The function's ARN as the definition has it.
        arn: String,
    },
    /// `arn:aws:states:::lambda:invoke`: the parameters of Lambda's Invoke in, its answer out.
    LambdaInvoke,
    /// `arn:aws:states:::states:startExecution`: the parameters of `StartExecution` in, its answer
    /// out. May be repeated: the client token makes it idempotent.
    StartExecution,
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
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
pub enum Wake<'frame> {
    /// Take the frame on.
    Now,
    /// Take the frame on at this time.
    At(Timestamp),
    /// Nothing: an answer comes, or the execution ends.
    Nothing,
    /// Make this call, within the same delivery that claimed it.
    Call {
        /// The call.
        call: &'frame Call,
        /// When the task times out.
        deadline: Option<Timestamp>,
    },
    /// Start children.
    Fork {
        /// How many there are.
        children: u32,
        /// How many may run at once.
        concurrency: u32,
    },
    /// Tell the parent, or close the execution.
    End(&'frame Outcome),
}
