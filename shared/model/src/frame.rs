//! Frames: the root of an execution, a Parallel branch, or a Map iteration.
//!
//! ```text
//! Ready ──step──▶ Ready | Ended               Pass, Choice, Succeed, Fail
//!   │ ──Wait────▶ Waiting ──time──▶ Ready | Ended
//!   │ ──Task────▶ Claimed ──outcome──▶ Ready | Ended | Delayed (Retry)
//!   │                ├──submitted──▶ Submitted ──answer, time──▶ same as ──outcome──▶
//!   │                └──queued─────▶ Submitted, queued ──a worker takes it──▶ Submitted
//!   │ ──Parallel, Map──▶ Forked ──joined──▶ Ready | Ended | Delayed (Retry)
//!   └─────────── Delayed ──time──▶ Claimed | Forked; after a redrive any state's first phase
//! any ──its execution or fork ends──▶ Ended; a stimulus for another phase is ignored
//! Ended ──redriven──▶ Ready | Delayed | Forked (the root only)
//! ```

use serde::{Deserialize, Serialize};

use crate::{
    ChildQueues, EventRef, Failure, ForkMembership, ForkRef, ForkShape, OfferedTask, Payload,
    QueueName, QueuedTask, StateName, TaskCall, TaskJob, TaskResource, TaskSecret, Timestamp,
    WorkflowVariables,
};

/// The snapshot of a frame, as a record holds it. The head of the log holds the current one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The state that the frame is about to enter, is in, or ended in.
    #[serde(rename = "s")]
    pub state: StateName,
    /// What the frame does in that state.
    #[serde(rename = "ph")]
    pub phase: FramePhase,
    /// The Map iteration that the frame is, if it is one.
    #[serde(rename = "it", default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<MapIteration>,
    /// The fork that the frame is a child of. `None` for the root.
    #[serde(rename = "fk", default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<ForkMembership>,
    /// The variables in scope: the frame's own, and those that the enclosing workflows had when the
    /// frame began.
    #[serde(rename = "va", default, skip_serializing_if = "WorkflowVariables::is_empty")]
    pub variables: WorkflowVariables,
    /// How many events the execution had when this frame began, as far as the frame knows. A frame
    /// does not know the events of siblings that run concurrently, so there may be more.
    #[serde(rename = "b", default, skip_serializing_if = "is_none_before")]
    pub events_before: u64,
    /// How many events the execution has, as far as this frame knows. Includes its own.
    #[serde(rename = "e")]
    pub events: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none_before(events: &u64) -> bool {
    *events == 0
}

/// One iteration of a Map state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapIteration {
    /// The name of the Map state.
    pub map: StateName,
    /// The index of the item, counted from 0.
    pub index: u32,
}

/// What a frame does in its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FramePhase {
    /// About to enter the state.
    #[serde(rename = "R")]
    Ready {
        /// The state's raw input.
        #[serde(rename = "i")]
        input: Payload,
        /// The queue of the message that advances the frame.
        #[serde(rename = "q", default, skip_serializing_if = "QueueName::is_steps")]
        queue: QueueName,
    },
    /// In a Wait state.
    Waiting {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// When the wait ends.
        until: Timestamp,
    },
    /// In a Task state whose call has been claimed. The worker that holds the claim makes the call
    /// once.
    Claimed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// The call.
        call: TaskCall,
        /// When the task times out. `None` for no timeout.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Maximum seconds between two heartbeats once the task waits for its answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
    },
    /// In a Task state whose call has returned and that waits for its answer. The answer comes from
    /// the holder of the task token or from the job that the call started.
    Submitted {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// The secret of the attempt. Whoever knows it may complete the task.
        secret: TaskSecret,
        /// When the task times out. `None` for no timeout.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Maximum seconds between two heartbeats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_seconds: Option<u64>,
        /// The job whose end completes the task. `None` if the holder of the token completes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<TaskJob>,
        /// The task as it waits for a worker of its activity. `None` once a worker has it, and for
        /// everything that is no activity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queued: Option<QueuedTask>,
        /// When the task must be polled for a timeout, a missed heartbeat or the end of its job.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        poll_at: Option<Timestamp>,
    },
    /// Between a failed attempt of a state and its retry, or about to run the state again after a
    /// redrive.
    Delayed {
        /// The state's raw input.
        input: Payload,
        /// This visit to the state.
        visit: StateVisit,
        /// When the state runs again.
        until: Timestamp,
        /// The failing event, if it is in another frame's log. The first event of the retry follows
        /// it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failing_event: Option<EventRef>,
        /// The index in `Retry` of the retrier that matched. `None` after a redrive.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retrier: Option<u32>,
        /// The queue of the message that advances the frame.
        #[serde(rename = "q", default, skip_serializing_if = "QueueName::is_steps")]
        queue: QueueName,
    },
    /// In a Parallel or Map state whose children are running.
    Forked {
        /// The state's raw input.
        input: Payload,
        /// The input that the children get, after `InputPath` and `Parameters`. `None` if it is the
        /// raw input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        children_input: Option<Payload>,
        /// This visit to the state.
        visit: StateVisit,
        /// How many children there are, and how many of them may run at once.
        shape: ForkShape,
        /// The queues of the messages that start the children.
        queues: ChildQueues,
        /// After a redrive, the earlier fork whose children these children continue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed_fork: Option<ForkRef>,
    },
    /// The frame has ended.
    Ended(FrameOutcome),
}

impl Frame {
    /// Returns the payload that the frame holds: its input or its output. The next event of its log
    /// most likely shows the same payload.
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

    /// Returns what must happen once the record with this frame is durable.
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
            FramePhase::Forked { shape, .. } => NextAction::StartChildren(*shape),
            FramePhase::Ended(outcome) => NextAction::ReportEnd(outcome),
        }
    }

    /// Returns whether the frame waits for the children of a fork.
    pub const fn is_at_fork(&self) -> bool {
        match &self.phase {
            FramePhase::Forked { .. } => true,
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Claimed { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Ended(_) => false,
        }
    }

    /// Returns how the frame ended, or `None` if it has not ended.
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

    /// Returns the secret of the current task attempt, if the attempt has a task token.
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

    /// Returns the task that the frame offers to the workers of an activity, if it waits for one. It
    /// does from its claim on, since the claim puts it into the activity's queue.
    pub fn offered_task(&self) -> Option<OfferedTask<'_>> {
        match &self.phase {
            FramePhase::Claimed {
                call: TaskCall { resource: TaskResource::Activity { .. }, payload, secret, .. },
                deadline,
                ..
            } => Some(OfferedTask { secret: (*secret)?, input: payload, deadline: *deadline }),
            FramePhase::Submitted { secret, queued: Some(queued), deadline, .. } => {
                let (secret, deadline) = (*secret, *deadline);
                Some(OfferedTask { secret, input: &queued.input, deadline })
            }
            FramePhase::Ready { .. }
            | FramePhase::Waiting { .. }
            | FramePhase::Claimed { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Delayed { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => None,
        }
    }

    /// Returns the maximum seconds between two heartbeats of a task that waits for its answer.
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

    /// Returns the queue of the message that advances the frame.
    ///
    /// Joins, ends and all polls but those of a service make no call, so they use
    /// [`QueueName::Steps`].
    pub const fn queue(&self) -> QueueName {
        match &self.phase {
            FramePhase::Ready { queue, .. } | FramePhase::Delayed { queue, .. } => *queue,
            FramePhase::Claimed { .. }
            | FramePhase::Submitted { job: Some(TaskJob::Service(_)), .. } => QueueName::Tasks,
            FramePhase::Waiting { .. }
            | FramePhase::Submitted { .. }
            | FramePhase::Forked { .. }
            | FramePhase::Ended(_) => QueueName::Steps,
        }
    }

    /// Returns the job whose end the frame waits for, if it waits for one.
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

/// One visit to a state, from its Entered event through all retries to its Exited event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVisit {
    /// When the state was entered: `$$.State.EnteredTime`.
    #[serde(rename = "t")]
    pub entered_at: Timestamp,
    /// The id of its Entered event, as far as the frame knows.
    #[serde(rename = "id")]
    pub entered_event: u64,
    /// How often each retrier of the state was used, in order of `Retry`. Empty if none was used.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<u32>,
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FrameOutcome {
    /// The frame succeeded with this output.
    Succeeded(Payload),
    /// The frame failed, and no `Catch` matched the failure.
    Failed(Failure),
    /// The execution exceeded its `TimeoutSeconds`.
    TimedOut(Failure),
    /// The frame was stopped: by `StopExecution`, or because a sibling failed.
    Aborted(Failure),
}

/// What must happen after a record is durable. It follows from the frame, so it is not stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NextAction<'frame> {
    /// Advance the frame.
    Advance,
    /// Advance the frame at this time.
    AdvanceAt(Timestamp),
    /// Do nothing. The frame waits for the answer to its task.
    Nothing,
    /// Make the call, in the delivery of the message that claimed it.
    MakeCall {
        /// The call.
        call: &'frame TaskCall,
        /// When the task times out. `None` for no timeout.
        deadline: Option<Timestamp>,
    },
    /// Start the children of a fork of this shape.
    StartChildren(ForkShape),
    /// Report the end of the frame to its fan-in. For the root, close the execution.
    ReportEnd(&'frame FrameOutcome),
}
