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

#[cfg(test)]
mod tests {
    use asl::Definition;
    use model::{ForkRef, FramePath, RecordNumber, Redriven, Timestamp};

    use super::*;
    use crate::{Scene, Stimulus, advance, testing::in_test_scene};

    /// The events of the step after a redrive of an execution that ended in its first step.
    fn redriven(machine: &str) -> Vec<EventKind> {
        let definition: Definition = asl::parse(machine).expect("a valid definition");
        let input = Payload::empty_object();
        let began = crate::begin(&definition, input.clone(), "role").frame;
        in_test_scene(&definition, &input, |scene| {
            let ended = advance(scene, &began, Stimulus::Due).expect("it is ready").frame;
            let at = Timestamp::from_milliseconds(0);
            let fork = ForkRef { frame: FramePath::ROOT, record: RecordNumber::FIRST };
            let before = Resumable { frame: &began, fork: &fork, ended: Ended::ByItself { at } };
            let redriven = Redriven { count: 1, at, client_token: None };
            let shown = redrive(before, &ended, &redriven);
            assert_eq!(shown.events.len(), 1);
            assert_eq!(shown.events[0].kind, EventKind::ExecutionRedriven { redrive_count: 1 });
            let next = advance(scene, &shown.frame, Stimulus::Due).expect("it goes on");
            next.events.into_iter().map(|event| event.kind).collect()
        })
    }

    #[test]
    fn a_redriven_fail_fails_again_without_being_entered() {
        let events = redriven(r#"{"StartAt": "F", "States": {"F": {"Type": "Fail"}}}"#);
        assert!(matches!(events[..], [EventKind::ExecutionFailed(_)]), "{events:?}");
    }

    #[test]
    fn a_redriven_choice_is_evaluated_again() {
        let events = redriven(
            r#"{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [
                {"Variable": "$.x", "NumericEquals": 1, "Next": "S"}]}, "S": {"Type": "Succeed"}}}"#,
        );
        assert!(matches!(events[..], [EventKind::ExecutionFailed(_)]), "{events:?}");
    }

    #[test]
    fn a_wait_that_was_stopped_begins_anew() {
        let definition = asl::parse(
            r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}"#,
        );
        let definition = definition.expect("a valid definition");
        let input = Payload::empty_object();
        let began = crate::begin(&definition, input.clone(), "role").frame;
        in_test_scene(&definition, &input, |scene| {
            let waiting = advance(scene, &began, Stimulus::Due).expect("it is ready").frame;
            let fork = ForkRef { frame: FramePath::ROOT, record: RecordNumber::FIRST };
            let before = Resumable { frame: &waiting, fork: &fork, ended: Ended::FromOutside };
            let at = Timestamp::from_milliseconds(60_000);
            let redriven = Redriven { count: 1, at, client_token: None };
            let shown = redrive(before, &waiting, &redriven).frame;
            let now = crate::Moment { now: at, ..scene.moment };
            let later = Scene { moment: now, ..*scene };
            let again = advance(&later, &shown, Stimulus::Due).expect("it goes on");
            assert!(again.events.is_empty(), "{:?}", again.events);
            let Phase::Waiting { until, .. } = again.frame.phase else { panic!("it waits") };
            assert_eq!(until, at.plus_seconds(5));
        });
    }
}
