//! `RedriveExecution`: continues an execution after a failure.
//!
//! ```text
//! ended while about to enter a state   → Ready: the state is entered
//! ended in a state                     → Delayed: the state runs again, its retry counts reset
//! ended in a Parallel or Map           → Forked: its children continue where they ended
//! ```
//!
//! Spec: Developer Guide, "Restarting state machine executions with redrive".

use model::{
    EventKind, ForkRef, Frame, FrameOutcome, FramePhase, Payload, RecordedEvent, RedriveDetails,
    StateVisit, Timestamp,
};

use crate::{message_queue::queue_to_try_again, transition::Transition};

/// How a frame ended that a redrive continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameEndReason {
    /// The state of the frame failed.
    StateFailed {
        /// When the frame ended.
        at: Timestamp,
    },
    /// All children of its fork succeeded, but the joined result or the output was too large.
    OutputTooLarge {
        /// When the frame ended.
        at: Timestamp,
    },
    /// The frame was stopped, timed out or aborted, or it never ended because a frame above it did.
    Interrupted,
}

/// A frame to continue, as it was before it ended.
#[derive(Clone, Copy, Debug)]
pub struct ResumableFrame<'a> {
    /// The frame before its end.
    pub frame: &'a Frame,
    /// The frame and record number of that snapshot. This names the fork if the frame was at one.
    pub fork: &'a ForkRef,
    /// How the frame ended.
    pub end_reason: FrameEndReason,
}

/// Continues an ended execution: returns `ExecutionRedriven` and the root frame that goes on.
///
/// `before` is the root frame before its end, and `end` is the root frame as it ended.
pub fn redrive_execution(
    before: ResumableFrame<'_>,
    end: &Frame,
    redriven: &RedriveDetails,
) -> Transition {
    let kind = EventKind::ExecutionRedriven { redrive_count: redriven.count };
    let frame = Frame {
        phase: resumed_phase(before, redriven.requested_at),
        events: end.events + 1,
        ..before.frame.clone()
    };
    Transition { events: vec![RecordedEvent::new_chained(kind)], frame }
}

/// Begins a child frame that continues an unfinished child of an earlier fork. The transition
/// becomes its first record.
///
/// It has no events. The child's first event follows the last event of the frame above.
pub fn resume_child(before: ResumableFrame<'_>, events: u64, now: Timestamp) -> Transition {
    let phase = resumed_phase(before, now);
    let frame = Frame { phase, events_before: events, events, ..before.frame.clone() };
    Transition { events: Vec::new(), frame }
}

/// Ends a child frame that continues a successful child of an earlier fork, with the same output.
/// The transition becomes its only record.
pub fn carry_over_child(earlier: &Frame, output: &Payload, events: u64) -> Transition {
    let phase = FramePhase::Ended(FrameOutcome::Succeeded(output.clone()));
    let frame = Frame { phase, events_before: events, events, ..earlier.clone() };
    Transition { events: Vec::new(), frame }
}

fn resumed_phase(before: ResumableFrame<'_>, now: Timestamp) -> FramePhase {
    let again = |input: &Payload, visit: StateVisit| {
        let visit = StateVisit { retries: Vec::new(), ..visit };
        FramePhase::Delayed {
            input: input.clone(),
            visit,
            until: now,
            failing_event: None,
            retrier: None,
            queue: queue_to_try_again(&before.frame.phase),
        }
    };
    let frame = before.frame;
    match (&frame.phase, before.end_reason) {
        (ready @ FramePhase::Ready { .. }, FrameEndReason::Interrupted) => ready.clone(),
        (FramePhase::Ready { input, .. }, FrameEndReason::StateFailed { at } | FrameEndReason::OutputTooLarge { at }) => {
            let entered_event = frame.events + 1;
            again(input, StateVisit { entered_at: at, entered_event, retries: Vec::new() })
        }
        (
            FramePhase::Forked {
                input, children_input: effective, visit, shape, queues, ..
            },
            FrameEndReason::StateFailed { .. } | FrameEndReason::Interrupted,
        ) => FramePhase::Forked {
            input: input.clone(),
            children_input: effective.clone(),
            visit: StateVisit { retries: Vec::new(), ..visit.clone() },
            shape: *shape,
            queues: queues.clone(),
            resumed_fork: Some(before.fork.clone()),
        },
        (
            FramePhase::Waiting { input, visit, .. }
            | FramePhase::Claimed { input, visit, .. }
            | FramePhase::Submitted { input, visit, .. }
            | FramePhase::Delayed { input, visit, .. }
            // The output was too large although all children succeeded. All of them run again.
            | FramePhase::Forked { input, visit, .. },
            _,
        ) => again(input, visit.clone()),
        (ended @ FramePhase::Ended(_), _) => ended.clone(),
    }
}

#[cfg(test)]
mod tests {
    use asl::Definition;
    use model::{ForkRef, FramePath, RecordNumber, RedriveDetails, Timestamp};

    use super::*;
    use crate::{StepContext, Stimulus, advance, test_driver::with_test_context};

    /// Redrives an execution that failed in its first step. Returns the events of the next step.
    fn events_after_redrive(machine: &str) -> Vec<EventKind> {
        let definition: Definition = asl::parse_definition(machine).expect("a valid definition");
        let input = Payload::empty_object();
        let began = crate::start_execution(&definition, input.clone(), "role").frame;
        with_test_context(&definition, &input, |context| {
            let ended = advance(context, &began, Stimulus::Due).expect("it is ready").frame;
            let at = Timestamp::from_milliseconds(0);
            let fork = ForkRef { frame: FramePath::ROOT, record: RecordNumber::FIRST };
            let before = ResumableFrame {
                frame: &began,
                fork: &fork,
                end_reason: FrameEndReason::StateFailed { at },
            };
            let redriven = RedriveDetails {
                count: 1,
                requested_at: at,
                client_token: None,
                earlier_tokens: Vec::new(),
            };
            let shown = redrive_execution(before, &ended, &redriven);
            assert_eq!(shown.events.len(), 1);
            assert_eq!(shown.events[0].kind, EventKind::ExecutionRedriven { redrive_count: 1 });
            let next = advance(context, &shown.frame, Stimulus::Due).expect("it goes on");
            next.events.into_iter().map(|event| event.kind).collect()
        })
    }

    #[test]
    fn a_redriven_fail_fails_again_without_being_entered() {
        let events = events_after_redrive(r#"{"StartAt": "F", "States": {"F": {"Type": "Fail"}}}"#);
        assert!(matches!(events[..], [EventKind::ExecutionFailed(_)]), "{events:?}");
    }

    #[test]
    fn a_redriven_choice_is_evaluated_again() {
        let events = events_after_redrive(
            r#"{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [
                {"Variable": "$.x", "NumericEquals": 1, "Next": "S"}]}, "S": {"Type": "Succeed"}}}"#,
        );
        assert!(matches!(events[..], [EventKind::ExecutionFailed(_)]), "{events:?}");
    }

    #[test]
    fn a_wait_that_was_stopped_begins_anew() {
        let definition = asl::parse_definition(
            r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": true}}}"#,
        );
        let definition = definition.expect("a valid definition");
        let input = Payload::empty_object();
        let began = crate::start_execution(&definition, input.clone(), "role").frame;
        with_test_context(&definition, &input, |context| {
            let waiting = advance(context, &began, Stimulus::Due).expect("it is ready").frame;
            let fork = ForkRef { frame: FramePath::ROOT, record: RecordNumber::FIRST };
            let before = ResumableFrame {
                frame: &waiting,
                fork: &fork,
                end_reason: FrameEndReason::Interrupted,
            };
            let at = Timestamp::from_milliseconds(60_000);
            let redriven = RedriveDetails {
                count: 1,
                requested_at: at,
                client_token: None,
                earlier_tokens: Vec::new(),
            };
            let shown = redrive_execution(before, &waiting, &redriven).frame;
            let now = crate::TimeAndSeed { now: at, ..context.time_and_seed };
            let later = StepContext { time_and_seed: now, ..*context };
            let again = advance(&later, &shown, Stimulus::Due).expect("it goes on");
            assert!(again.events.is_empty(), "{:?}", again.events);
            let FramePhase::Waiting { until, .. } = again.frame.phase else { panic!("it waits") };
            assert_eq!(until, at.plus_seconds(5));
        });
    }
}
