//! The engine runs Amazon States Language. Its main function, [`advance()`], takes a frame and
//! a stimulus, and returns the next events and the next frame.
//!
//! Invariant: no clock, random source, environment, I/O, async or logging. Time and seed arrive in
//! [`TimeAndSeed`] and the outcomes of calls in [`Stimulus`]. [`model::Frame::next_action`] says
//! what must happen next.
//! Invariant: a stimulus that the frame does not wait for changes nothing.
#![warn(clippy::wildcard_enum_match_arm)]

mod advance;
mod child;
mod child_end;
mod context;
mod execution_lifecycle;
mod failure_handling;
mod inspect;
mod language;
#[cfg(test)]
mod lint_false_positives;
mod message_queue;
mod redrive;
mod states;
mod step_context;
#[cfg(test)]
mod test_driver;
mod transition;
mod transition_builder;

pub use advance::{advance, full_history};
pub use child::{
    ChildOrigin, abort_child, abort_unstarted_child, begin_child, events_of_ended_states,
};
pub use child_end::{EndedStatesEvents, FailedChildEvents};
pub use execution_lifecycle::{
    abort_execution, fail_execution, start_execution, time_out_execution,
};
pub use inspect::{
    InspectedData, InspectionInput, InspectionStatus, RetryDetails, StateInspection, inspect_state,
    inspected_call,
};
pub use redrive::{
    FrameEndReason, ResumableFrame, carry_over_child, redrive_execution, resume_child,
};
pub use states::exceeded_tolerance;
pub use step_context::{
    CallOutcome, JoinedChildren, JoinedOutputs, StepContext, Stimulus, TimeAndSeed,
};
pub use transition::{Transition, taken_transitions};
