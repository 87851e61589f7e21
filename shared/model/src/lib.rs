//! The types that all crates of Statewright share, and their persisted form: names, time, payloads,
//! history events, frames, records, failures, limits.
//!
//! Invariant: everything here is data. No clock, random source, I/O, async or logging
//! (`tests/tidy`).
#![warn(clippy::wildcard_enum_match_arm)]

mod activity;
mod alias_routing;
mod arn;
mod call;
mod event;
mod execution_logging;
mod failure;
mod fan_in;
mod frame;
mod history_position;
mod identifiers;
pub mod limits;
mod machine;
mod machine_version;
mod message;
mod name;
mod outline;
mod payload;
mod queue_name;
mod record;
mod resource;
mod stored_record;
mod time;
mod token;
mod transition;
mod variables;

pub use activity::{Activity, ActivityTask, OfferedTask, QueuedTask};
pub use alias_routing::{AliasRoute, AliasRouting};
pub use arn::{
    AccountRegion, ActivityArn, ArnError, ArnQualifier, ExecutionArn, FunctionArn, MapLabel,
    MapRunArn, StateMachineArn,
};
pub use call::{
    FunctionInvocation, JobName, JobOutput, ServiceJob, TaskCall, TaskCredentials, TaskJob,
};
pub use event::{EventKind, PreviousEvent, RecordedEvent, StateType};
pub use execution_logging::{ExecutionDataVisibility, ExecutionLogging, LogLevel};
pub use failure::{Failure, error_name};
pub use fan_in::{
    ChildEnd, ChildStart, EndedChild, FanInBucket, FanInGate, FanInItems, FanInSlots,
    ForkMembership, ForkShape, ForkSlot, GateState, GrantedSlot, SlotAdvance,
};
pub use frame::{Frame, FrameOutcome, FramePhase, MapIteration, NextAction, StateVisit};
pub use history_position::{HistoryPosition, InvalidHistoryPosition};
pub use identifiers::{
    ChildIndex, EventRef, ExecutionId, ForkRef, FramePath, FramePathError, RecordKey, RecordNumber,
};
pub use limits::DeploymentLimits;
pub use machine::{
    ASYNCHRONOUS_FUNCTIONS_TAG, Revision, RevisionId, StateMachine, StateMachineStatus,
    StateMachineType, VersionPublication,
};
pub use machine_version::{
    AliasName, MachineVersions, StartedVersion, StateMachineAlias, StateMachineVersion,
    VersionConflict, VersionNumber,
};
pub use message::{ExpressStart, MessageIdentity, MessageKind, QueueMessage, TaskCompletion};
pub use name::{ResourceName, ResourceNameError, StateName};
pub use outline::{EventOutline, RecordOutline};
pub use payload::{Payload, PayloadError, PayloadRefusal};
pub use queue_name::{ChildQueues, QueueName};
pub use record::{
    Execution, ExecutionFacts, ExecutionStatus, LeftPhase, Record, RedriveDetails, RedriveToken,
    StartedByTask, WrittenBy,
};
pub use resource::{Integration, IntegrationPattern, TaskResource, TaskResourceError};
pub use stored_record::{PayloadAddress, StoredRecord, StoredRecordError};
pub use time::{Timestamp, TimestampError};
pub use token::{ActivityPollId, TaskAnswerId, TaskSecret, TaskToken, TaskTokenError};
pub use transition::{TransitionKind, TransitionRef};
pub use variables::WorkflowVariables;
