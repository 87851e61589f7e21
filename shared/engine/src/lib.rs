//! One function is the engine: [`advance`] takes a frame and what has happened, and gives the
//! events and the frame that follow.
//!
//! Invariant: no clock, chance, environment, I/O, async or logging. Time and seeds arrive in
//! [`Moment`], remote results in [`Stimulus`]; what must happen next is [`model::Frame::wake`].
//! Invariant: a stimulus that the frame does not wait for changes nothing.
#![warn(clippy::wildcard_enum_match_arm)]

#[cfg(test)]
mod alarms;
mod child;
mod context;
mod draft;
mod handle;
mod inspect;
mod language;
mod outside;
mod redrive;
mod scene;
mod states;
#[cfg(test)]
mod testing;

use asl::State;
use model::{Event, Failure, Frame, Phase, error_name};

pub use child::{Origin, abort_child, begin_child, never_begun};
pub use inspect::{Inspection, Probe, RetryDetails, Status, Trail, called, inspect};
pub use outside::{abort, begin, expire, refuse};
pub use redrive::{Ended, Resumable, carry_over, redrive, resume_child};
pub use scene::{CallOutcome, Join, Moment, Scene, Stimulus};

use draft::Draft;

/// The events of one step and the frame after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// In order; empty when only the frame changes.
    pub events: Vec<Event>,
    /// The frame from then on.
    pub frame: Frame,
}

/// Takes a frame one step on; none when the stimulus is not what the frame waits for, or the
/// frame stands in a state that the definition does not have.
///
/// ```text
/// Ready    + Due               → the state is entered
/// Waiting  + Due, once it is   → the Wait state is left
/// Delayed  + Due, once it is   → the state is tried again
/// Claimed  + Returned | Lost   → the Task state is left, retried, fails or waits for an answer
/// Claimed  + Answered          → the Task state is left, retried or fails
/// Submitted + Answered         → the Task state is left, retried or fails
/// Forked   + Joined | Broken   → the Parallel or Map state is left, retried or fails
/// anything else                → nothing
/// ```
pub fn advance(scene: &Scene<'_>, frame: &Frame, stimulus: Stimulus) -> Option<Transition> {
    let state = scene.definition.state(&frame.state)?;
    let transition = step(scene, frame, state, stimulus)?;
    let is_over = transition.frame.outcome().is_some();
    let most = scene.limits.history_events;
    if is_over || transition.frame.events < most {
        return Some(transition);
    }
    // The last event that fits is the one that ends the execution.
    //
    // Spec: Developer Guide, "Step Functions service quotas" § execution event history size.
    let cause = format!("The execution reached the maximum number of history events ({most}).");
    let draft = Draft::entering(scene, frame, state);
    Some(draft.fail(Failure::new(error_name::RUNTIME, cause)))
}

fn step(scene: &Scene<'_>, frame: &Frame, state: &State, stimulus: Stimulus) -> Option<Transition> {
    let now = scene.moment.now;
    match (&frame.phase, stimulus) {
        (Phase::Ready { input }, Stimulus::Due) => {
            let draft = Draft::entering(scene, frame, state);
            Some(states::enter(draft, input))
        }
        (Phase::Waiting { input, visit, until }, Stimulus::Due) if now >= *until => {
            Some(states::resume(Draft::within(scene, frame, state, visit), input))
        }
        (Phase::Delayed { input, visit, until, after }, Stimulus::Due) if now >= *until => {
            let draft = Draft::within(scene, frame, state, visit).after(after.clone());
            Some(states::run(draft, input))
        }
        (Phase::Claimed { input, visit, .. }, Stimulus::Returned(outcome)) => {
            let draft = Draft::within(scene, frame, state, visit);
            Some(states::returned(draft, input, outcome))
        }
        (Phase::Claimed { input, visit, .. }, Stimulus::Lost) => {
            let draft = Draft::within(scene, frame, state, visit);
            Some(states::answered(draft, input, CallOutcome::lost()))
        }
        (
            Phase::Claimed { input, visit, .. } | Phase::Submitted { input, visit, .. },
            Stimulus::Answered(outcome),
        ) => {
            let draft = Draft::within(scene, frame, state, visit);
            Some(states::answered(draft, input, outcome))
        }
        (Phase::Forked { input, visit, .. }, Stimulus::Joined(join)) => {
            let draft = Draft::within(scene, frame, state, visit).having_seen(join.events);
            Some(states::joined(draft, input, join))
        }
        (Phase::Forked { input, visit, .. }, Stimulus::Broken { failure, after, events }) => {
            let draft = Draft::within(scene, frame, state, visit).having_seen(events);
            Some(states::broken(draft, input, failure, after))
        }
        _ => None,
    }
}
