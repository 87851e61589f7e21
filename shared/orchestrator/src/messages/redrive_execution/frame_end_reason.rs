//! Finds out how a frame that is resumed had ended.

use engine::FrameEndReason;
use model::{FrameOutcome, Record, WrittenBy, error_name};

use crate::{Fault, frames::KeyedRecord, ports::FanInStore};

/// How a frame ended. `end` is its last record, and `before` is the record before that one.
pub(super) async fn frame_end_reason(
    fan_ins: &impl FanInStore,
    before: &KeyedRecord,
    end: &Record,
) -> Result<FrameEndReason, Fault> {
    let at = end.written_at;
    match end.written_by {
        WrittenBy::StopExecution | WrittenBy::TimeOutExecution | WrittenBy::FailExecution => {
            return Ok(FrameEndReason::Interrupted);
        }
        WrittenBy::StartFrame
        | WrittenBy::AdvanceFrame(_)
        | WrittenBy::CompleteTask(_)
        | WrittenBy::RedriveExecution => {}
    }
    let too_large = match end.frame.outcome() {
        Some(FrameOutcome::Failed(failure)) => {
            failure.error.as_deref() == Some(error_name::DATA_LIMIT_EXCEEDED)
        }
        Some(FrameOutcome::Succeeded(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_))
        | None => false,
    };
    if too_large
        && before.is_fork()
        && fan_ins
            .load_fan_in(&before.key)
            .await?
            .is_some_and(|fan_in| fan_in.failed_child().is_none())
    {
        return Ok(FrameEndReason::OutputTooLarge { at });
    }
    Ok(FrameEndReason::StateFailed { at })
}
