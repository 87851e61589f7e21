//! The visits of states, and what they consist of.

use std::sync::Arc;

use model::{StateType, Timestamp};

use super::call_fingerprint::CallFingerprint;
use crate::state_status::StateStatus;

/// The position of a visit among all visits of its execution, in the order of their first events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VisitIndex(pub(super) u32);

impl VisitIndex {
    pub(super) const fn position(self) -> usize {
        self.0 as usize
    }
}

/// An event, by its id in the history, and when it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryMoment {
    /// Its `id`.
    pub event_id: u64,
    /// Its `timestamp`.
    pub at: Timestamp,
}

/// The workflow of which a visit is a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum VisitScope {
    /// The whole execution.
    #[default]
    Execution,
    /// A branch of a Parallel.
    Branch {
        /// The visit of the Parallel.
        visit: VisitIndex,
        /// Which of its attempts, counting from 0.
        attempt: u32,
        /// The branch, counting from 0 in the order in which the history shows them. That may not be
        /// the order of the definition.
        number: u32,
    },
    /// An iteration of a Map.
    Iteration {
        /// The visit of the Map.
        visit: VisitIndex,
        /// Which of its attempts, counting from 0.
        attempt: u32,
        /// The index of the item, from 0.
        index: u32,
    },
}

impl VisitScope {
    /// The visit of the Parallel or Map around it, and which of its attempts.
    pub const fn parent(self) -> Option<(VisitIndex, u32)> {
        match self {
            Self::Execution => None,
            Self::Branch { visit, attempt, .. } | Self::Iteration { visit, attempt, .. } => {
                Some((visit, attempt))
            }
        }
    }
}

/// The visits of a scope: the first and the last of a chain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct VisitChain {
    pub(super) first: Option<VisitIndex>,
    pub(super) last: Option<VisitIndex>,
}

/// One visit of a state: from the event that entered it to the one that left it.
#[derive(Clone, Debug)]
pub struct HistoryVisit {
    /// Its own position.
    pub index: VisitIndex,
    /// The name of the state.
    pub name: Arc<str>,
    /// The type of the state.
    pub state_type: StateType,
    /// The workflow around it.
    pub scope: VisitScope,
    /// When it was entered; the event has the input of the state.
    pub entered: HistoryMoment,
    /// When it was left; the event has the output of the state.
    pub exited: Option<HistoryMoment>,
    /// The attempts of a Task, a Parallel or a Map.
    pub attempts: Vec<VisitAttempt>,
    /// Its last failure, which a retry or a redrive may have mended.
    pub failure: Option<VisitFailure>,
    /// What its last call waits for after it was made.
    pub(super) callback: Option<CallbackKind>,
    pub(super) call: CallFingerprint,
    /// The time of its own newest event.
    pub(super) last_event_at: Timestamp,
    /// The next visit of its scope.
    pub(super) next: Option<VisitIndex>,
    /// Whether its last attempt has failed.
    pub(super) failing: Failing,
    /// The visit inside of it by which that attempt has failed.
    pub(super) failed_by: Option<VisitIndex>,
    pub(super) was_retried: bool,
    /// What cut it.
    pub(super) interrupted: Option<HistoryMoment>,
    /// Whether it was cut, and its execution goes on by a redrive, which has not come to it yet.
    pub(super) may_resume: bool,
    /// Whether a redrive goes on with it, and its next attempt is that of the redrive.
    pub(super) begins_anew: bool,
}

impl HistoryVisit {
    /// What has become of it. It is running, too, while it waits for its next attempt.
    pub fn status(&self) -> StateStatus {
        let is_cut = self.interrupted.is_some() && !self.may_resume;
        match (self.exited.is_some(), self.has_failed()) {
            (true, true) => StateStatus::Caught,
            (true, false) if self.was_retried => StateStatus::Retried,
            (true, false) => StateStatus::Succeeded,
            (false, _) if self.may_resume => StateStatus::Running,
            // A Fail state has nothing to wait for.
            (false, true) if self.state_type == StateType::Fail => StateStatus::Failed,
            (false, true) if is_cut && self.waited_for_retry() => StateStatus::Aborted,
            (false, true) if is_cut => StateStatus::Failed,
            (false, false) if is_cut => StateStatus::Aborted,
            (false, _) => StateStatus::Running,
        }
    }

    /// Whether an attempt had failed, and the next one was still to come, when something else cut it.
    fn waited_for_retry(&self) -> bool {
        let may_retry = [StateType::Task, StateType::Map, StateType::Parallel];
        self.failing == Failing::Open && may_retry.contains(&self.state_type)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failing != Failing::No
    }

    /// When it ended, by itself or cut by something else; `None` while it is running.
    pub fn ended(&self) -> Option<HistoryMoment> {
        let cut = if self.may_resume { None } else { self.interrupted };
        self.exited.or(cut)
    }

    /// How often it was attempted anew, by a retry or by a redrive.
    pub fn repeats(&self) -> usize {
        self.attempts.len().saturating_sub(1)
    }

    /// How often it was attempted anew by a retry.
    pub fn retries(&self) -> usize {
        self.attempts.iter().skip(1).filter(|attempt| !attempt.is_by_redrive).count()
    }

    /// Its attempts since a redrive has begun it anew, or all of them: retries are counted from there.
    pub fn attempts_since_redrive(&self) -> &[VisitAttempt] {
        let last = self.attempts.iter().rposition(|attempt| attempt.is_by_redrive);
        self.attempts.get(last.unwrap_or_default()..).unwrap_or_default()
    }

    /// What it waits for from outside. A callback's token is in the event
    /// [`AwaitedCallback::scheduled_event_id`], where its definition puts it.
    pub fn awaited_callback(&self) -> Option<AwaitedCallback> {
        let attempt = self.attempts.last()?;
        let waits = self.ended().is_none() && attempt.outcome == AttemptOutcome::Running;
        let kind = self.callback.filter(|_| waits)?;
        Some(AwaitedCallback { kind, scheduled_event_id: attempt.scheduled.event_id })
    }

    pub(super) fn open_attempt(&mut self) -> Option<&mut VisitAttempt> {
        self.attempts.last_mut().filter(|attempt| attempt.outcome == AttemptOutcome::Running)
    }

    pub(super) fn has_open_attempt(&self) -> bool {
        self.attempts.last().is_some_and(|attempt| attempt.outcome == AttemptOutcome::Running)
    }

    /// The number of its last attempt, counting from 0, if there is one.
    pub fn last_attempt(&self) -> Option<u32> {
        u32::try_from(self.attempts.len()).ok()?.checked_sub(1)
    }
}

/// Whether the last attempt of a visit has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failing {
    No,
    /// It has, and may be made again.
    Open,
    /// It has, and will not be made again.
    Final,
}

/// One attempt of a visit: a call, or all branches or iterations.
#[derive(Clone, Debug)]
pub struct VisitAttempt {
    /// Its first event: `TaskScheduled`, `MapStateStarted`, …
    pub scheduled: HistoryMoment,
    /// When the call was made, or a worker took the task.
    pub started: Option<HistoryMoment>,
    /// When it ended.
    pub ended: Option<HistoryMoment>,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// What it runs elsewhere.
    pub nested: Option<NestedRun>,
    /// Whether a redrive has begun it.
    pub is_by_redrive: bool,
    pub(super) parts: ForkParts,
}

impl VisitAttempt {
    pub(super) const fn new(scheduled: HistoryMoment, parts: ForkParts) -> Self {
        let outcome = AttemptOutcome::Running;
        Self {
            scheduled,
            started: None,
            ended: None,
            outcome,
            nested: None,
            is_by_redrive: false,
            parts,
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It has not ended.
    Running,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed(VisitFailure),
    /// It was running when its execution, or a state around it, was stopped or failed.
    Aborted,
}

/// A failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitFailure {
    /// The name of the error.
    pub error: Option<Arc<str>>,
    /// The event whose details have the error and its cause, if any has: `TaskFailed`,
    /// `EvaluationFailed`, `ExecutionFailed`, …
    pub event_id: Option<u64>,
    /// The Fail state that has the error and its cause, where no event tells them.
    pub fail_state: Option<Arc<str>>,
}

/// What an attempt runs elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NestedRun {
    /// An execution, by its ARN.
    Execution(Box<str>),
    /// A Map Run, by its ARN.
    MapRun(Box<str>),
}

/// By what a task is answered from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackKind {
    /// A task token: its resource ends with `.waitForTaskToken`.
    TaskToken,
    /// A worker of an activity.
    Activity,
}

/// What a running task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedCallback {
    /// By what it is answered.
    pub kind: CallbackKind,
    /// The id of its `TaskScheduled` or `ActivityScheduled` event.
    pub scheduled_event_id: u64,
}

/// What runs inside of an attempt.
#[derive(Clone, Debug)]
pub(super) enum ForkParts {
    /// Nothing: it is a call.
    Call,
    Branches(Vec<ForkBranch>),
    /// Ordered by their indices.
    Iterations(Vec<HistoryIteration>),
}

/// A branch of a Parallel.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForkBranch {
    pub(super) visits: VisitChain,
}

/// An iteration of a Map.
#[derive(Clone, Debug)]
pub struct HistoryIteration {
    /// The index of its item, from 0.
    pub index: u32,
    /// What has become of it.
    pub status: IterationStatus,
    /// When it was started.
    pub started: HistoryMoment,
    /// When it ended.
    pub ended: Option<HistoryMoment>,
    pub(super) visits: VisitChain,
}

/// What has become of an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IterationStatus {
    /// It failed.
    Failed,
    /// It was running when its execution, its Map or a state around was stopped or failed.
    Aborted,
    /// It is running, or a redrive will run it again.
    Running,
    /// It ended well.
    Succeeded,
}

impl IterationStatus {
    /// Every status, the one that needs attention most first.
    pub const ALL: [Self; 4] = [Self::Failed, Self::Aborted, Self::Running, Self::Succeeded];

    /// The status of a state that has fared the same way.
    pub const fn state_status(self) -> StateStatus {
        match self {
            Self::Failed => StateStatus::Failed,
            Self::Aborted => StateStatus::Aborted,
            Self::Running => StateStatus::Running,
            Self::Succeeded => StateStatus::Succeeded,
        }
    }
}
