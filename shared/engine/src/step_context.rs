//! What a step reads besides its frame, and what triggers it.

use asl::Definition;
use model::{
    AccountRegion, DeploymentLimits, EventRef, ExecutionFacts, ExecutionId, Failure, FramePath,
    IntegrationPattern, Payload, ResourceName, TaskJob, Timestamp, error_name,
};
use step_budget::StepBudget;

use crate::child_end::FailedChildEvents;

/// The context of a step: facts about its execution, the time and a seed.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// The definition of the revision that the execution runs.
    pub definition: &'a Definition,
    /// The account and region of this deployment.
    pub account_region: &'a AccountRegion,
    /// The limits of this deployment.
    pub limits: DeploymentLimits,
    /// The id of the execution.
    pub execution: &'a ExecutionId,
    /// Facts about the execution.
    pub facts: &'a ExecutionFacts,
    /// The input of the execution. `None` unless [`Definition::reads_execution_input`] is set.
    pub input: Option<&'a Payload>,
    /// The path of the frame that takes the step.
    pub path: &'a FramePath,
    /// The time and the seed of the step.
    pub time_and_seed: TimeAndSeed,
    /// What the step may cost. All its expressions share it.
    pub budget: &'a StepBudget<'a>,
}

/// The time of a step and the seed of its random source. The caller provides both, so that a step
/// is deterministic.
#[derive(Clone, Copy, Debug)]
pub struct TimeAndSeed {
    /// The current time. Never earlier than the records that caused the step.
    pub now: Timestamp,
    /// The seed of jitter, random functions such as `States.UUID` and `States.MathRandom`, and task
    /// secrets.
    pub seed: u128,
}

/// What triggers a step of a frame.
#[derive(Clone, Debug)]
pub enum Stimulus {
    /// A message asks for the step. The frame advances if its time has come.
    Due,
    /// The claimed call has returned, failed or timed out.
    CallReturned(CallOutcome),
    /// The worker that held the claim was lost. Whether it made the call, and whether the call
    /// ended, is unknown.
    CallLost,
    /// A worker of its activity has taken the task.
    ActivityTaskTaken {
        /// The name that the worker gave itself.
        worker_name: Option<String>,
    },
    /// The task was completed by its token or its job, or has timed out.
    TaskCompleted(CallOutcome),
    /// All children have succeeded.
    ChildrenSucceeded(JoinedChildren),
    /// A child has failed, and its siblings have been aborted.
    ChildFailed {
        /// The failure of the child.
        failure: Failure,
        /// The event that made the child fail. The state's failing events follow it.
        after: EventRef,
        /// How many events the execution has, as far as the children know.
        events: u64,
        /// What the state shows of the child's end.
        shown: FailedChildEvents,
    },
}

/// How a call ended.
#[derive(Clone, Debug)]
pub enum CallOutcome {
    /// The call succeeded with this result, which is the result of the task.
    Succeeded(Payload),
    /// The call returned, and the task waits for its result. The result comes from the holder of
    /// the task token or from the job that the call started.
    Submitted {
        /// The response to the call.
        output: Payload,
        /// The job whose end completes the task. `None` if the holder of the token completes it.
        job: Option<TaskJob>,
    },
    /// The task waits in the queue of its activity for a worker.
    Queued {
        /// The activity.
        activity: ResourceName,
        /// Since when it waits.
        scheduled_at: Timestamp,
    },
    /// The call or the task failed.
    Failed(Failure),
    /// The task of an activity could not be put into the activity's queue.
    NotScheduled(Failure),
    /// The task timed out or missed a heartbeat.
    TimedOut,
}

impl CallOutcome {
    /// Converts the outcome of a call into the outcome for its task. If the pattern waits for more
    /// than the response, a successful call only submits the task.
    #[must_use]
    pub fn of_response(self, pattern: IntegrationPattern) -> Self {
        match self {
            Self::Succeeded(output) if pattern.has_task_token() => {
                Self::Submitted { output, job: None }
            }
            Self::Succeeded(_)
            | Self::Submitted { .. }
            | Self::Queued { .. }
            | Self::Failed(_)
            | Self::NotScheduled(_)
            | Self::TimedOut => self,
        }
    }

    /// Returns the outcome that Retry and Catch see when the worker of a call was lost.
    ///
    /// Spec: Developer Guide, "Handling errors": `Lambda.Unknown` is what Step Functions reports
    /// when it cannot tell what a function did.
    pub fn worker_lost() -> Self {
        Self::Failed(Failure::new(
            error_name::LAMBDA_UNKNOWN,
            "The worker that made this call was lost before it recorded an outcome. \
             The function may or may not have run; the call was not repeated.",
        ))
    }
}

/// The outputs of the children of a fork.
#[derive(Clone, Debug)]
pub enum JoinedOutputs {
    /// All of them, in index order.
    All(Vec<Payload>),
    /// Together they are longer than [`JoinedOutputs::joined_bytes_max`], so nobody has kept them.
    TooLarge,
}

impl JoinedOutputs {
    /// Returns how long the outputs may be together, in bytes without white space, to be worth
    /// joining. This is twice the limit of the result: the text of a number may become shorter.
    pub const fn joined_bytes_max(limits: DeploymentLimits) -> usize {
        limits.payload_bytes.saturating_mul(2)
    }
}

/// The results of a fork whose children have all succeeded.
#[derive(Clone, Debug)]
pub struct JoinedChildren {
    /// The outputs of the children.
    pub outputs: JoinedOutputs,
    /// The last event of the child that ended last. `None` if there are no children.
    pub last_event: Option<EventRef>,
    /// How many events the execution has, as far as the children know.
    pub events: u64,
}
