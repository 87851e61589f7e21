//! What history shows when a child fails: of the child itself, and of what its failure ends.

use model::{EventKind, Record, RecordNumber};

/// What the parent of a failed child shows of the child's end, before its own failure.
///
/// It is the parent that shows it, since AWS shows it after what it shows of the siblings that the
/// failure cuts (observed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailedChildEvents {
    /// The index of the iteration that has failed. `None` for a branch, and for an iteration that
    /// had not started.
    pub iteration: Option<u32>,
    /// Whether the child ended in a Task state whose task has failed: AWS shows that state as
    /// aborted (observed).
    pub task_aborted: bool,
}

impl FailedChildEvents {
    /// Reads it from the last record of a failed child.
    pub fn of_last_record(number: RecordNumber, record: &Record) -> Self {
        let last = record.events.last().map(|event| &event.kind);
        let began = number != RecordNumber::FIRST
            || record
                .events
                .iter()
                .any(|event| matches!(event.kind, EventKind::MapIterationStarted { .. }));
        let iteration = record.frame.iteration.as_ref().filter(|_| began);
        Self {
            iteration: iteration.map(|iteration| iteration.index),
            task_aborted: last.is_some_and(is_failed_task),
        }
    }
}

/// Returns whether an event says that the task of a Task state has failed.
pub(crate) fn is_failed_task(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskFailed { .. }
            | EventKind::TaskTimedOut { .. }
            | EventKind::LambdaFunctionFailed(_)
            | EventKind::LambdaFunctionTimedOut(_)
            | EventKind::ActivityScheduleFailed(_)
            | EventKind::ActivityFailed(_)
            | EventKind::ActivityTimedOut(_)
    )
}

/// Whether history shows what a failure ends: the children that it cuts, and the states above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedStatesEvents {
    /// Each has an event.
    Shown,
    /// None has. So it is on AWS with `States.Runtime`, which nothing can handle (observed).
    Hidden,
}
