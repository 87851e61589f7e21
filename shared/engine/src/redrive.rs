//! Going on after a failure: `RedriveExecution`.
//!
//! ```text
//! ended while about to enter a state   → Ready: the state is entered
//! ended in a state                     → Delayed: the state is tried again, its retries uncounted
//! ended in a Parallel or Map           → Forked again: its children go on where they ended
//! ```
//!
//! Spec: Developer Guide, "Restarting state machine executions with redrive".

use model::{
    Event, EventKind, ForkRef, Frame, Outcome, Payload, Phase, Redriven, Timestamp, Visit,
};

use crate::Transition;

/// How a frame that is to go on has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By a failure of its state.
    ByItself {
        /// When.
        at: Timestamp,
    },
    /// All children of its fork ended well, and what they came to was too large.
    TooLarge {
        /// When.
        at: Timestamp,
    },
    /// Stopped, timed out, aborted; or not at all, since what was around it has ended.
    FromOutside,
}

/// A frame as it was before it ended.
#[derive(Clone, Copy, Debug)]
pub struct Resumable<'a> {
    /// The frame.
    pub frame: &'a Frame,
    /// Where its record stands: the fork, if it was at one.
    pub fork: &'a ForkRef,
    /// How it ended.
    pub ended: Ended,
}

/// The record that an execution goes on with: `ExecutionRedriven`. `end` is its root as it ended.
pub fn redrive(before: Resumable<'_>, end: &Frame, redriven: &Redriven) -> Transition {
    let kind = EventKind::ExecutionRedriven { redrive_count: redriven.count };
    let frame =
        Frame { phase: phase(before, redriven.at), events: end.events + 1, ..before.frame.clone() };
    Transition { events: vec![Event::chained(kind)], frame }
}

/// The first record of a child that goes on for one of a redriven fork.
///
/// It has no event: its frame's first one follows the last one of the frame above.
pub fn resume_child(before: Resumable<'_>, events: u64, now: Timestamp) -> Transition {
    let phase = phase(before, now);
    let frame = Frame { phase, events_before: events, events, ..before.frame.clone() };
    Transition { events: Vec::new(), frame }
}

/// The only record of a child that goes on for one that had ended well: it has, too.
pub fn carry_over(earlier: &Frame, output: &Payload, events: u64) -> Transition {
    let phase = Phase::Ended(Outcome::Succeeded(output.clone()));
    let frame = Frame { phase, events_before: events, events, ..earlier.clone() };
    Transition { events: Vec::new(), frame }
}

fn phase(before: Resumable<'_>, now: Timestamp) -> Phase {
    let again = |input: &Payload, visit: Visit| {
        let visit = Visit { retries: Vec::new(), ..visit };
        Phase::Delayed { input: input.clone(), visit, until: now, after: None }
    };
    let frame = before.frame;
    match (&frame.phase, before.ended) {
        (Phase::Ready { input }, Ended::FromOutside) => Phase::Ready { input: input.clone() },
        (Phase::Ready { input }, Ended::ByItself { at } | Ended::TooLarge { at }) => {
            let entered_event = frame.events + 1;
            again(input, Visit { entered_at: at, entered_event, retries: Vec::new() })
        }
        (
            Phase::Forked { input, effective, visit, children, concurrency, .. },
            Ended::ByItself { .. } | Ended::FromOutside,
        ) => Phase::Forked {
            input: input.clone(),
            effective: effective.clone(),
            visit: Visit { retries: Vec::new(), ..visit.clone() },
            children: *children,
            concurrency: *concurrency,
            resumes: Some(before.fork.clone()),
        },
        (
            Phase::Waiting { input, visit, .. }
            | Phase::Claimed { input, visit, .. }
            | Phase::Submitted { input, visit, .. }
            | Phase::Delayed { input, visit, .. }
            // Whose children all ended well: each of them runs again.
            | Phase::Forked { input, visit, .. },
            _,
        ) => again(input, visit.clone()),
        (ended @ Phase::Ended(_), _) => ended.clone(),
    }
}
