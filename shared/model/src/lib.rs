//! The vocabulary of Statewright and its persisted shapes: names, time, payloads, history events,
//! frames, records, failures, limits.
//!
//! Invariant: everything here is data. No clock, chance, I/O, async or logging (`tests/tidy`).
//! Invariant: a persisted shape only ever gains fields; `fixtures` holds every released one.
#![warn(clippy::wildcard_enum_match_arm)]

mod arn;
mod event;
mod failure;
mod fan;
mod frame;
pub mod limits;
mod machine;
mod message;
mod name;
mod payload;
mod position;
mod record;
mod time;
mod token;
mod variables;

pub use arn::{ArnError, ExecutionArn, FunctionArn, MapLabel, Place, StateMachineArn};
pub use event::{Data, Event, EventKind, Previous, StateType};
pub use failure::{Failure, error_name};
pub use fan::{ChildEnd, Fan, FanUpdate};
pub use frame::{Call, CallTarget, Frame, Iteration, Outcome, Phase, Visit, Wake};
pub use limits::Limits;
pub use machine::{MachineType, Revision, RevisionId, StateMachine};
pub use message::{Answer, Cue, Message};
pub use name::{Name, NameError, StateName};
pub use payload::{Payload, PayloadError};
pub use position::{
    ChildIndex, EventRef, ExecutionId, ForkRef, FramePath, FramePathError, RecordKey, RecordNumber,
};
pub use record::{Execution, Facts, Record, Redriven, Starter, Status, Via};
pub use time::{Timestamp, TimestampError};
pub use token::{Secret, TaskToken, TaskTokenError};
pub use variables::Variables;
