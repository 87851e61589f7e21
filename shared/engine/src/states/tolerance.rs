//! How many iterations of a Map state may fail.

use asl::{StateDefinition, StateKind};
use model::{Failure, FramePhase, error_name};

use crate::language::in_language;

/// Returns whether one failed iteration is more than the literal tolerance of a Map state that is
/// at its fork.
pub(crate) fn exceeds_tolerance(state: &StateDefinition, phase: &FramePhase) -> bool {
    let FramePhase::Forked { shape, .. } = phase else { return false };
    in_language!(state, kind => match kind {
        StateKind::Map(map) => {
            map.tolerance.is_given() && map.tolerance.is_exceeded_by(1, shape.children)
        }
        StateKind::Pass(_)
        | StateKind::Task(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_)
        | StateKind::Parallel(_) => false,
    })
}

/// Returns the failure of a Map of which too many iterations have failed.
pub fn exceeded_tolerance() -> Failure {
    Failure::new(
        error_name::EXCEED_TOLERATED_FAILURE_THRESHOLD,
        "The specified tolerated failure threshold was exceeded",
    )
}
