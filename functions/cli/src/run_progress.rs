//! The progress of a run on stderr: a line for each state that waits, takes long, exits or fails.

use std::{collections::BTreeMap, io::IsTerminal};

use model::{
    EventKind, Failure, FramePath, FramePhase, Record, RecordKey, StateName, TaskJob, Timestamp,
};

/// After this time, a state that has not been left is shown, and again whenever twice the time has
/// passed.
const LONG_MILLISECONDS: i64 = 2_000;

use crate::standard_error::say_line;

/// Shows records as they are appended; silent if stderr is not a terminal.
pub(crate) struct RunProgress {
    is_terminal: bool,
    /// The state that each frame is in.
    inside: BTreeMap<FramePath, StateInProgress>,
}

/// A state that has been entered and not been left.
struct StateInProgress {
    name: StateName,
    since: Timestamp,
    /// How its lines begin.
    start: String,
    /// When it is shown again; none if its end has been told.
    shown_next: Option<Timestamp>,
}

impl RunProgress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), inside: BTreeMap::new() }
    }

    /// Shows one record.
    pub(crate) fn show_record(&mut self, key: &RecordKey, record: &Record) {
        let lines = self.record_lines(key, record);
        self.show_lines(&lines);
    }

    /// Shows the states that take long.
    pub(crate) fn show_time_passed(&mut self, now: Timestamp) {
        let lines = self.long_state_lines(now);
        self.show_lines(&lines);
    }

    fn show_lines(&self, lines: &[String]) {
        for line in lines.iter().filter(|_| self.is_terminal) {
            say_line(line);
        }
    }

    fn record_lines(&mut self, key: &RecordKey, record: &Record) -> Vec<String> {
        let indent = "  ".repeat(key.frame.fork_depth());
        let item = record.frame.iteration.as_ref().map(|i| format!("[{}] ", i.index));
        let start = format!("{indent}{}", item.unwrap_or_default());
        let mut lines = Vec::new();
        for event in &record.events {
            let at = record.event_time(event);
            match &event.kind {
                EventKind::StateEntered { name, .. } => {
                    let shown_next = Some(at.plus_milliseconds(LONG_MILLISECONDS));
                    let (name, start) = (name.clone(), start.clone());
                    let entered = StateInProgress { name, since: at, start, shown_next };
                    self.inside.insert(key.frame.clone(), entered);
                }
                EventKind::StateExited { name, .. } => {
                    let since = self.inside.remove(&key.frame).map_or(at, |state| state.since);
                    lines.push(format!("{start}{name}  {}", elapsed_text(since, at)));
                }
                EventKind::TaskFailed { failure, .. }
                | EventKind::TaskTimedOut { failure, .. }
                | EventKind::LambdaFunctionFailed(failure)
                | EventKind::LambdaFunctionTimedOut(failure) => {
                    let state = self.inside.get(&key.frame).map(|state| state.name.as_str());
                    let state = state.unwrap_or_default();
                    lines.push(format!("{start}{state}  {}", failure_text(record, at, failure)));
                }
                _ => {}
            }
        }
        lines.extend(self.phase_line(key, record));
        lines
    }

    /// Says what a state waits for, if that is known.
    fn phase_line(&mut self, key: &RecordKey, record: &Record) -> Option<String> {
        if let FramePhase::Ended(_) = record.frame.phase {
            self.inside.remove(&key.frame);
            return None;
        }
        let state = self.inside.get_mut(&key.frame)?;
        let what = match &record.frame.phase {
            FramePhase::Waiting { visit, until, .. } => {
                state.shown_next = None;
                format!("waits {}, until {until}", elapsed_text(visit.entered_at, *until))
            }
            FramePhase::Submitted { job: None, .. } => "waits for its task token".to_owned(),
            FramePhase::Submitted { job: Some(TaskJob::Execution { id, .. }), .. } => {
                format!("waits for the execution {id}")
            }
            FramePhase::Submitted { job: Some(TaskJob::Service(job)), .. } => {
                format!("waits for the job of {}", job.resource)
            }
            _ => return None,
        };
        Some(format!("{}{}  {what}", state.start, state.name))
    }

    fn long_state_lines(&mut self, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        for state in self.inside.values_mut() {
            if state.shown_next.is_some_and(|next| next <= now) {
                let elapsed = elapsed_text(state.since, now);
                lines.push(format!("{}{}  running for {elapsed}", state.start, state.name));
                let milliseconds = now.as_milliseconds() - state.since.as_milliseconds();
                state.shown_next = Some(now.plus_milliseconds(milliseconds));
            }
        }
        lines
    }
}

fn elapsed_text(since: Timestamp, until: Timestamp) -> String {
    format!("{} ms", until.as_milliseconds() - since.as_milliseconds())
}

/// An error and what the state does about it. `at` is when it happened.
fn failure_text(record: &Record, at: Timestamp, failure: &Failure) -> String {
    let error = failure.error.as_deref().unwrap_or("failed");
    match &record.frame.phase {
        FramePhase::Delayed { visit, until, .. } => {
            let attempt: u32 = visit.retries.iter().sum();
            format!("{error}; retry {attempt} in {}", elapsed_text(at, *until))
        }
        FramePhase::Ended(_) => format!("{error}; not caught"),
        _ => format!("{error}; caught"),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        FrameOutcome, Payload, QueueName, RecordNumber, StateType, StateVisit, TransitionKind,
    };

    use super::*;
    use crate::record_fixture::record_of_order;

    fn shown(
        progress: &mut RunProgress,
        at: i64,
        phase: FramePhase,
        kind: EventKind,
    ) -> Vec<String> {
        let (key, record) = record_of_order(RecordNumber::FIRST, (0, at), phase, Some(kind));
        progress.record_lines(&key, &record)
    }

    #[test]
    fn a_state_is_shown_when_it_is_left_with_the_time_it_took() {
        let mut progress = RunProgress::new();
        let input = Payload::empty_object();
        let (state, name) = (StateType::Task, StateName::new("Charge"));
        let ready = || FramePhase::Ready { input: input.clone(), queue: QueueName::Steps };
        let entered = EventKind::StateEntered { state, name: name.clone(), input: input.clone() };
        assert!(shown(&mut progress, 10, ready(), entered).is_empty());
        let exited = EventKind::StateExited {
            state,
            name,
            output: input.clone(),
            assigned: Vec::new(),
            transition: TransitionKind::Next,
        };
        assert_eq!(shown(&mut progress, 35, ready(), exited), ["Charge  25 ms"]);
    }

    #[test]
    fn a_failure_says_what_the_state_does_about_it() {
        let mut progress = RunProgress::new();
        let failure = || EventKind::LambdaFunctionFailed(Failure::with_error_name("Busy"));
        let ended = FramePhase::Ended(FrameOutcome::Failed(Failure::with_error_name("Busy")));
        assert_eq!(shown(&mut progress, 0, ended, failure()), ["  Busy; not caught"]);
        let ready = FramePhase::Ready { input: Payload::empty_object(), queue: QueueName::Steps };
        assert_eq!(shown(&mut progress, 0, ready, failure()), ["  Busy; caught"]);
    }

    #[test]
    fn a_wait_says_at_once_how_long_it_takes() {
        let mut progress = RunProgress::new();
        let input = Payload::empty_object();
        let name = StateName::new("Pause");
        let entered =
            EventKind::StateEntered { state: StateType::Wait, name, input: input.clone() };
        let until = Timestamp::from_milliseconds(7_000);
        let visit = StateVisit {
            entered_at: Timestamp::from_milliseconds(1_000),
            entered_event: 1,
            retries: Vec::new(),
        };
        let waiting = FramePhase::Waiting { input, visit, until };
        let written_later = 1_001;
        let lines = shown(&mut progress, written_later, waiting, entered);
        assert_eq!(lines, ["Pause  waits 6000 ms, until 1970-01-01T00:00:07.000Z"]);
        assert!(progress.long_state_lines(until).is_empty(), "it has been told");
    }

    #[test]
    fn a_state_that_takes_long_is_shown_ever_more_seldom() {
        let mut progress = RunProgress::new();
        let input = Payload::empty_object();
        let (state, name) = (StateType::Task, StateName::new("Charge"));
        let ready = FramePhase::Ready { input: input.clone(), queue: QueueName::Steps };
        shown(&mut progress, 0, ready, EventKind::StateEntered { state, name, input });
        let mut lines_at = |at| progress.long_state_lines(Timestamp::from_milliseconds(at));
        assert!(lines_at(1_000).is_empty());
        assert_eq!(lines_at(2_000), ["Charge  running for 2000 ms"]);
        assert!(lines_at(3_000).is_empty());
        assert_eq!(lines_at(4_000), ["Charge  running for 4000 ms"]);
    }
}
