//! History events as they are stored: AWS's types and details, without event ids.

use serde::{Deserialize, Serialize};

use crate::{
    EventRef, Failure, Payload, StateName, TaskCredentials, Timestamp, TransitionKind,
    TransitionRef,
};

/// One event of a record. `id` and `previousEventId` are assigned when the logs are merged into a
/// history.
///
/// Spec: API reference, `HistoryEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// How many milliseconds before its record was written the event happened.
    #[serde(rename = "t", default, skip_serializing_if = "is_zero")]
    pub milliseconds_earlier: u32,
    /// The event that `previousEventId` names.
    #[serde(rename = "p", default, skip_serializing_if = "PreviousEvent::is_chain")]
    pub previous: PreviousEvent,
    /// The type and the details of the event.
    #[serde(rename = "k")]
    pub kind: EventKind,
}

impl RecordedEvent {
    /// Returns when it happened, if its record was written at that time.
    pub(crate) const fn time(&self, written_at: Timestamp) -> Timestamp {
        written_at.plus_milliseconds(-(self.milliseconds_earlier as i64))
    }

    /// Builds an event with this predecessor.
    pub const fn new(previous: PreviousEvent, kind: EventKind) -> Self {
        Self { milliseconds_earlier: 0, previous, kind }
    }

    /// Builds an event that follows the event before it in its frame.
    pub const fn new_chained(kind: EventKind) -> Self {
        Self::new(PreviousEvent::Chain, kind)
    }

    /// Builds an event that has the same predecessor as the event before it.
    pub const fn new_sibling(kind: EventKind) -> Self {
        Self::new(PreviousEvent::Sibling, kind)
    }

    /// Builds an event that follows the given event, which may be in any frame.
    pub const fn new_after(event: EventRef, kind: EventKind) -> Self {
        Self::new(PreviousEvent::Event(event), kind)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What `previousEventId` refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviousEvent {
    /// The event before this one in the log of the same frame.
    #[default]
    Chain,
    /// The predecessor of the event before this one in the log of the same frame.
    #[serde(rename = "S")]
    Sibling,
    /// No event: `previousEventId` is 0.
    #[serde(rename = "N")]
    Nothing,
    /// This event, usually of another frame.
    #[serde(rename = "E")]
    Event(EventRef),
}

impl PreviousEvent {
    fn is_chain(&self) -> bool {
        *self == Self::Chain
    }
}

/// The eight types of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StateType {
    /// Passes on its input or a fixed result.
    Pass,
    /// Calls a function, an activity or a service.
    Task,
    /// Chooses the next state by rules on the data.
    Choice,
    /// Waits for a duration or until a time.
    Wait,
    /// Ends the workflow successfully.
    Succeed,
    /// Ends the workflow with a failure.
    Fail,
    /// Runs branches concurrently.
    Parallel,
    /// Runs its item processor once for each item.
    Map,
}

impl StateType {
    /// Returns whether a state of this type makes a call or has children. Only such a state can
    /// have `Retry`, a `RetryCount` in its context object, and a mock in `TestState`.
    pub const fn can_retry(self) -> bool {
        match self {
            Self::Task | Self::Parallel | Self::Map => true,
            Self::Pass | Self::Choice | Self::Wait | Self::Succeed | Self::Fail => false,
        }
    }

    /// Returns the name of the type in definitions and event types.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }
}

/// The type and the details of an event.
///
/// Spec: API reference, `HistoryEvent` and the `…EventDetails` shapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "variants and fields carry AWS's own names")]
// The events of every transition have short names in a store.
pub enum EventKind {
    ExecutionStarted {
        input: Payload,
        role_arn: String,
    },
    ExecutionSucceeded {
        output: Payload,
    },
    ExecutionFailed(Failure),
    ExecutionAborted(Failure),
    ExecutionTimedOut(Failure),
    ExecutionRedriven {
        redrive_count: u32,
    },
    #[serde(rename = "In")]
    StateEntered {
        #[serde(rename = "t")]
        state: StateType,
        #[serde(rename = "n")]
        name: StateName,
        #[serde(rename = "i")]
        input: Payload,
    },
    #[serde(rename = "Out")]
    StateExited {
        #[serde(rename = "t")]
        state: StateType,
        #[serde(rename = "n")]
        name: StateName,
        #[serde(rename = "o")]
        output: Payload,
        /// Names and values of the variables that the state assigned.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        assigned: Vec<(String, Payload)>,
        /// The transition that was taken out of the state. AWS does not show it.
        #[serde(rename = "by", default, skip_serializing_if = "TransitionKind::is_next")]
        transition: TransitionKind,
    },
    EvaluationFailed {
        failure: Failure,
        /// The path of the field within the state, for example `Output/a[0]`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<String>,
        state: StateName,
    },
    StateAborted(StateType),
    TaskScheduled {
        resource_type: String,
        resource: String,
        parameters: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credentials: Option<TaskCredentials>,
    },
    TaskStarted {
        resource_type: String,
        resource: String,
    },
    TaskSubmitted {
        resource_type: String,
        resource: String,
        output: Payload,
    },
    TaskSucceeded {
        resource_type: String,
        resource: String,
        output: Payload,
    },
    TaskFailed {
        resource_type: String,
        resource: String,
        failure: Failure,
    },
    TaskTimedOut {
        resource_type: String,
        resource: String,
        failure: Failure,
    },
    LambdaFunctionScheduled {
        resource: String,
        input: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credentials: Option<TaskCredentials>,
    },
    LambdaFunctionStarted,
    LambdaFunctionSucceeded {
        output: Payload,
    },
    LambdaFunctionFailed(Failure),
    LambdaFunctionTimedOut(Failure),
    ActivityScheduled {
        resource: String,
        input: Payload,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_in_seconds: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat_in_seconds: Option<u64>,
    },
    ActivityScheduleFailed(Failure),
    ActivityStarted {
        /// The name that the worker gave itself, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        worker_name: Option<String>,
    },
    ActivitySucceeded {
        output: Payload,
    },
    ActivityFailed(Failure),
    ActivityTimedOut(Failure),
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted {
        length: u32,
    },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted {
        name: StateName,
        index: u32,
    },
    MapIterationSucceeded {
        name: StateName,
        index: u32,
    },
    MapIterationFailed {
        name: StateName,
        index: u32,
    },
    MapIterationAborted {
        name: StateName,
        index: u32,
    },
}

/// The payload of an event, as a reference that may be written to if `$event` is one.
macro_rules! payload_of_event {
    ($event:expr) => {
        match $event {
            Self::ExecutionStarted { input: data, .. }
            | Self::ExecutionSucceeded { output: data }
            | Self::StateEntered { input: data, .. }
            | Self::StateExited { output: data, .. }
            | Self::TaskScheduled { parameters: data, .. }
            | Self::TaskSubmitted { output: data, .. }
            | Self::TaskSucceeded { output: data, .. }
            | Self::LambdaFunctionScheduled { input: data, .. }
            | Self::LambdaFunctionSucceeded { output: data }
            | Self::ActivityScheduled { input: data, .. }
            | Self::ActivitySucceeded { output: data } => Some(data),
            Self::ExecutionFailed(_)
            | Self::ExecutionAborted(_)
            | Self::ExecutionTimedOut(_)
            | Self::ExecutionRedriven { .. }
            | Self::StateAborted(_)
            | Self::EvaluationFailed { .. }
            | Self::TaskStarted { .. }
            | Self::TaskFailed { .. }
            | Self::TaskTimedOut { .. }
            | Self::LambdaFunctionStarted
            | Self::LambdaFunctionFailed(_)
            | Self::LambdaFunctionTimedOut(_)
            | Self::ActivityScheduleFailed(_)
            | Self::ActivityStarted { .. }
            | Self::ActivityFailed(_)
            | Self::ActivityTimedOut(_)
            | Self::ParallelStateStarted
            | Self::ParallelStateSucceeded
            | Self::ParallelStateFailed
            | Self::MapStateStarted { .. }
            | Self::MapStateSucceeded
            | Self::MapStateFailed
            | Self::MapIterationStarted { .. }
            | Self::MapIterationSucceeded { .. }
            | Self::MapIterationFailed { .. }
            | Self::MapIterationAborted { .. } => None,
        }
    };
}

impl EventKind {
    /// Returns AWS's name of the event type in two parts, to be concatenated. The first part is the
    /// state type where the name begins with one, and empty otherwise.
    pub const fn type_name_parts(&self) -> (&'static str, &'static str) {
        let name = match self {
            Self::StateEntered { state, .. } => return (state.as_str(), "StateEntered"),
            Self::StateExited { state, .. } => return (state.as_str(), "StateExited"),
            Self::StateAborted(state) => return (state.as_str(), "StateAborted"),
            Self::ExecutionStarted { .. } => "ExecutionStarted",
            Self::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Self::ExecutionFailed(_) => "ExecutionFailed",
            Self::ExecutionAborted(_) => "ExecutionAborted",
            Self::ExecutionTimedOut(_) => "ExecutionTimedOut",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskStarted { .. } => "TaskStarted",
            Self::ExecutionRedriven { .. } => "ExecutionRedriven",
            Self::TaskSubmitted { .. } => "TaskSubmitted",
            Self::TaskSucceeded { .. } => "TaskSucceeded",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            Self::EvaluationFailed { .. } => "EvaluationFailed",
            Self::LambdaFunctionStarted => "LambdaFunctionStarted",
            Self::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            Self::LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            Self::LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            Self::ActivityScheduled { .. } => "ActivityScheduled",
            Self::ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            Self::ActivityStarted { .. } => "ActivityStarted",
            Self::ActivitySucceeded { .. } => "ActivitySucceeded",
            Self::ActivityFailed(_) => "ActivityFailed",
            Self::ActivityTimedOut(_) => "ActivityTimedOut",
            Self::ParallelStateStarted => "ParallelStateStarted",
            Self::ParallelStateSucceeded => "ParallelStateSucceeded",
            Self::ParallelStateFailed => "ParallelStateFailed",
            Self::MapStateStarted { .. } => "MapStateStarted",
            Self::MapStateSucceeded => "MapStateSucceeded",
            Self::MapStateFailed => "MapStateFailed",
            Self::MapIterationStarted { .. } => "MapIterationStarted",
            Self::MapIterationSucceeded { .. } => "MapIterationSucceeded",
            Self::MapIterationFailed { .. } => "MapIterationFailed",
            Self::MapIterationAborted { .. } => "MapIterationAborted",
        };
        ("", name)
    }

    /// Returns the transition that a `StateExited` event records, or `None` for other events.
    pub fn exit(&self) -> Option<TransitionRef> {
        if let Self::StateExited { name, transition, .. } = self {
            return Some(TransitionRef { state: name.clone(), kind: *transition });
        }
        None
    }

    /// Returns all payloads of the event, to be replaced.
    pub(crate) fn payloads_mut(&mut self) -> impl Iterator<Item = &mut Payload> {
        let (data, assigned) = if let Self::StateExited { output, assigned, .. } = self {
            (Some(output), Some(assigned))
        } else {
            (self.payload_mut(), None)
        };
        data.into_iter().chain(assigned.into_iter().flatten().map(|(_, value)| value))
    }

    /// Returns the event's input, output or parameters.
    pub fn payload(&self) -> Option<&Payload> {
        payload_of_event!(self)
    }

    /// Returns the event's input, output or parameters, to be replaced.
    pub fn payload_mut(&mut self) -> Option<&mut Payload> {
        payload_of_event!(self)
    }
}
