//! What a step sees beside its frame.

use asl::Definition;
use model::{
    AccountRegion, DeploymentLimits, EventRef, ExecutionFacts, ExecutionId, Failure, FramePath,
    IntegrationPattern, Payload, TaskJob, Timestamp, error_name,
};

/// The surroundings of a step: constants of its execution, and the moment.
#[derive(Clone, Copy, Debug)]
pub struct StepContext<'a> {
    /// The revision that the execution runs.
    pub definition: &'a Definition,
    /// Where this deployment lives.
    pub account_region: &'a AccountRegion,
    /// What this deployment allows.
    pub limits: DeploymentLimits,
    /// The execution.
    pub execution: &'a ExecutionId,
    /// Its constants.
    pub facts: &'a ExecutionFacts,
    /// Its input, if [`Definition::reads_execution_input`].
    pub input: Option<&'a Payload>,
    /// Which frame steps.
    pub path: &'a FramePath,
    /// Time and chance.
    pub moment: TimeAndSeed,
}

/// Time and chance, from outside.
#[derive(Clone, Copy, Debug)]
pub struct TimeAndSeed {
    /// Now; never before the causes of the step.
    pub now: Timestamp,
    /// Seed of jitter, `States.UUID` and `States.MathRandom`.
    pub seed: u128,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum Stimulus {
    /// A message came: take the frame on if it is time.
    Due,
    /// The claimed call has ended.
    CallReturned(CallOutcome),
    /// The claim's worker died: whether the call was made, or ended, cannot be known.
    CallLost,
    /// The task has been answered from elsewhere, or has not been for too long.
    TaskCompleted(CallOutcome),
    /// All children have ended well.
    ChildrenSucceeded(JoinedChildren),
    /// A child has failed, and its siblings have been stopped.
    ChildFailed {
        /// How.
        failure: Failure,
        /// The child's last event of its own; the state's failing events follow it.
        after: EventRef,
        /// Events of the execution as the children knew them.
        events: u64,
    },
}

/// How a call ended.
#[derive(Clone, Debug)]
pub enum CallOutcome {
    /// With this result, which is the task's.
    Succeeded(Payload),
    /// With this response; the task's result comes from elsewhere: from whoever holds its token, or
    /// from the job that the call has started.
    Submitted {
        /// The response.
        output: Payload,
        /// The job whose end completes the task; none where somebody holds its token.
        job: Option<TaskJob>,
    },
    /// With an error.
    Failed(Failure),
    /// Not before the task's deadline.
    TimedOut,
}

impl CallOutcome {
    /// What the response to a call means for its task: where the pattern waits for more than the
    /// response, the task has been submitted.
    #[must_use]
    pub fn of_response(self, pattern: IntegrationPattern) -> Self {
        match self {
            Self::Succeeded(output) if pattern.has_task_token() => {
                Self::Submitted { output, job: None }
            }
            Self::Succeeded(_) | Self::Submitted { .. } | Self::Failed(_) | Self::TimedOut => self,
        }
    }

    /// What Retry and Catch see of a call whose worker died.
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

/// The children of a fork, all ended well.
#[derive(Clone, Debug)]
pub struct JoinedChildren {
    /// Their outputs, in order of their indices.
    pub outputs: Vec<Payload>,
    /// The last event of the child that ended last; none where there are no children.
    pub last_event: Option<EventRef>,
    /// Events of the execution as the children knew them.
    pub events: u64,
}
