//! Wait state: waits, and is left in a second step when its time has come.

use asl::{WaitDuration, WaitState};
use model::{Failure, FramePhase, Payload, Timestamp, limits::WAIT_MILLISECONDS_MAX};

use crate::{
    language::StateEvaluator, transition::Transition, transition_builder::TransitionBuilder,
};

/// Starts to wait. If the end time has already passed, the wait ends at once.
///
/// Spec: ASL § Wait State.
pub(crate) fn begin_wait<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    wait: &WaitState<L>,
    input: &Payload,
) -> Transition {
    match wait_end_time(&mut builder, wait, input) {
        Ok(until) => {
            let visit = builder.visit.clone();
            builder.stay_in_state(FramePhase::Waiting { input: input.clone(), visit, until })
        }
        Err(failure) => builder.fail_frame(failure),
    }
}

/// Leaves the state when its time has come.
pub(crate) fn finish_wait<L: StateEvaluator>(
    mut builder: TransitionBuilder<'_>,
    wait: &WaitState<L>,
    input: &Payload,
) -> Transition {
    match L::pass_through_output(&mut builder, &wait.flow, input) {
        Ok(leaving) => builder.leave_state(leaving, &wait.next),
        Err(failure) => builder.fail_frame(failure),
    }
}

fn wait_end_time<L: StateEvaluator>(
    builder: &mut TransitionBuilder<'_>,
    wait: &WaitState<L>,
    input: &Payload,
) -> Result<Timestamp, Failure> {
    let now = builder.context.time_and_seed.now;
    let until = match &wait.duration {
        WaitDuration::Seconds(seconds) => now.plus_seconds(*seconds),
        WaitDuration::Timestamp(timestamp) => *timestamp,
        WaitDuration::SecondsReference(reference) => {
            now.plus_seconds(L::wait_seconds(builder, reference, &wait.flow, input)?)
        }
        WaitDuration::TimestampReference(reference) => {
            L::wait_until(builder, reference, &wait.flow, input)?
        }
    };
    if until.as_milliseconds().saturating_sub(now.as_milliseconds()) > WAIT_MILLISECONDS_MAX {
        return Err(builder.runtime_failure("Wait state delay is too long."));
    }
    Ok(until)
}
