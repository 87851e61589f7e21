//! The states of a run that failed.

use std::fmt;

use model::{EventKind, Failure, StateName};
use orchestrator::api::HistoryEvent;

/// A state that failed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedState {
    /// The state.
    pub state: StateName,
    /// Its error and cause.
    pub failure: Failure,
    /// What came of it.
    pub consequence: FailureConsequence,
}

/// What came of the failure of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureConsequence {
    /// The run ended with it.
    EndedRun,
    /// A retrier or a catcher matched it.
    WasHandled,
}

/// The state, the error and the cause, each on a line of its own.
impl fmt::Display for FailedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, failure: Failure { error, cause }, consequence } = self;
        match consequence {
            FailureConsequence::EndedRun => writeln!(f, "failed in state {state}")?,
            FailureConsequence::WasHandled => {
                writeln!(f, "state {state} failed, and was retried or caught")?;
            }
        }
        for (what, text) in [("error", error), ("cause", cause)] {
            let Some(text) = text else { continue };
            writeln!(f, "  {what}: {}", text.replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

/// The state in which a run failed; if it did not, those whose failures were handled. A failure
/// that came again, as before each retry, is there once.
pub(crate) fn list_failed_states(history: &[HistoryEvent]) -> Vec<FailedState> {
    let Some(last) = history.last() else { return Vec::new() };
    if let EventKind::ExecutionFailed(failure)
    | EventKind::ExecutionAborted(failure)
    | EventKind::ExecutionTimedOut(failure) = last.event_kind()
    {
        let state = find_state_of_event(history, last);
        let ended = state.map(|state| FailedState {
            state,
            failure: failure.clone(),
            consequence: FailureConsequence::EndedRun,
        });
        return ended.into_iter().collect();
    }
    let mut failed = Vec::new();
    for event in history {
        let state = find_state_of_event(history, event);
        if let (Some(failure), Some(state)) = (failure_of_event(event.event_kind()), state) {
            let consequence = FailureConsequence::WasHandled;
            let handled = FailedState { state, failure: failure.clone(), consequence };
            if !failed.contains(&handled) {
                failed.push(handled);
            }
        }
    }
    failed
}

/// The state that an event is about: the one that was entered last on the way to it.
fn find_state_of_event(history: &[HistoryEvent], event: &HistoryEvent) -> Option<StateName> {
    let mut event = event;
    loop {
        match event.event_kind() {
            EventKind::StateEntered { name, .. }
            | EventKind::EvaluationFailed { state: name, .. } => return Some(name.clone()),
            _ => {}
        }
        // Ids count from 1, and the first event follows number 0.
        let before = usize::try_from(event.previous_event_id).ok()?.checked_sub(1)?;
        event = history.get(before)?;
    }
}

fn failure_of_event(kind: &EventKind) -> Option<&Failure> {
    match kind {
        EventKind::TaskFailed { failure, .. }
        | EventKind::TaskTimedOut { failure, .. }
        | EventKind::EvaluationFailed { failure, .. }
        | EventKind::LambdaFunctionFailed(failure)
        | EventKind::LambdaFunctionTimedOut(failure)
        | EventKind::ActivityScheduleFailed(failure)
        | EventKind::ActivityFailed(failure)
        | EventKind::ActivityTimedOut(failure) => Some(failure),
        _ => None,
    }
}
