//! Finds out from the last record of a frame where a redrive continues it.

use engine::{FrameEndReason, ResumableFrame};
use model::{ForkRef, Frame, FrameOutcome, Record, WrittenBy, error_name};

use crate::{Fault, frames::KeyedRecord, ports::GateStore};

/// A frame that did not succeed, as it was before it ended.
pub(crate) struct UnfinishedFrame {
    frame: Frame,
    /// The fork that it left, if it was at one.
    fork: ForkRef,
    end_reason: FrameEndReason,
}

impl UnfinishedFrame {
    /// A frame that has not ended, at its head.
    pub(super) fn of_head(head: &KeyedRecord) -> Self {
        let KeyedRecord { key, record } = head;
        Self {
            frame: record.frame.clone(),
            fork: ForkRef { frame: key.frame.clone(), record: key.number },
            end_reason: FrameEndReason::Interrupted,
        }
    }

    pub(super) const fn resumable(&self) -> ResumableFrame<'_> {
        ResumableFrame { frame: &self.frame, fork: &self.fork, end_reason: self.end_reason }
    }
}

/// Returns the frame as it was before this record ended it. None if it had not begun, or has
/// succeeded.
pub(super) async fn find_unfinished(
    gates: &impl GateStore,
    end: &KeyedRecord,
) -> Result<Option<UnfinishedFrame>, Fault> {
    let Some(frame) = end.record.frame_before_end() else { return Ok(None) };
    // A fork is the head of its log until it is left, so the record that left it comes next. The
    // first record of a log leaves none.
    let before = end.previous_key().unwrap_or_else(|| end.key.clone());
    let at = end.record.written_at;
    let end_reason = if was_interrupted(&end.record) {
        FrameEndReason::Interrupted
    } else if frame.is_at_fork()
        && exceeds_data_limit(&end.record)
        && gates.load_gate(&before).await?.is_some_and(|gate| !gate.has_failed_child())
    {
        FrameEndReason::OutputTooLarge { at }
    } else {
        FrameEndReason::StateFailed { at }
    };
    let fork = ForkRef { frame: before.frame, record: before.number };
    Ok(Some(UnfinishedFrame { frame, fork, end_reason }))
}

fn was_interrupted(end: &Record) -> bool {
    match end.written_by {
        WrittenBy::StopExecution | WrittenBy::TimeOutExecution | WrittenBy::FailExecution => true,
        WrittenBy::StartFrame
        | WrittenBy::AdvanceFrame(_)
        | WrittenBy::CompleteTask(..)
        | WrittenBy::StartActivityTask(..)
        | WrittenBy::RedriveExecution
        | WrittenBy::CancelJob(_)
        | WrittenBy::LogExecution(..) => false,
    }
}

fn exceeds_data_limit(end: &Record) -> bool {
    match end.frame.outcome() {
        Some(FrameOutcome::Failed(failure)) => {
            failure.error.as_deref() == Some(error_name::DATA_LIMIT_EXCEEDED)
        }
        Some(FrameOutcome::Succeeded(_) | FrameOutcome::TimedOut(_) | FrameOutcome::Aborted(_))
        | None => false,
    }
}
