//! The progress of a run on a terminal: a line for each state that waits, exits or fails, and below them
//! what is going on now.

mod status_line;

use std::{collections::BTreeMap, io::IsTerminal};

use model::{
    EventKind, Failure, FrameOutcome, FramePath, FramePhase, Record, RecordKey, StateName,
    StateType, TaskJob, Timestamp,
};

use crate::{
    counted_noun::counted_noun,
    standard_error::{say_line, show_status},
    view::{duration_text, visible_text},
};
use status_line::status_text;

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
    /// Whether it is in an iteration of a Map state, whose bar stands for it.
    in_iteration: bool,
    /// Retries that were made.
    retries: u32,
    waiting: Option<WaitingFor>,
    iterations: Option<Iterations>,
}

/// What a state waits for.
enum WaitingFor {
    Time(Timestamp),
    Retry(Timestamp),
    TaskToken,
    Execution,
    Job,
}

/// The iterations of a Map state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Iterations {
    total: u32,
    ended: u32,
    failed: u32,
}

impl RunProgress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), inside: BTreeMap::new() }
    }

    /// Shows one record.
    pub(crate) fn show_record(&mut self, key: &RecordKey, record: &Record) {
        let lines = self.record_lines(key, record);
        for line in lines.iter().filter(|_| self.is_terminal) {
            // Names and errors are the user's text, which must not steer the terminal.
            say_line(&visible_text(line));
        }
    }

    /// Shows what is going on now.
    pub(crate) fn show_status(&self, now: Timestamp) {
        if self.is_terminal {
            show_status(status_text(&self.inside, now));
        }
    }

    /// Removes what was going on.
    pub(crate) fn end(&self) {
        if self.is_terminal {
            show_status(String::new());
        }
    }

    fn record_lines(&mut self, key: &RecordKey, record: &Record) -> Vec<String> {
        let indent = "  ".repeat(key.frame.fork_depth());
        let iteration = record.frame.iteration.as_ref();
        let in_iteration = iteration.is_some();
        let item = iteration.map(|it| format!("[{}] ", it.index)).unwrap_or_default();
        let start = format!("{indent}{item}");
        let mut lines = Vec::new();
        for (index, event) in record.events.iter().enumerate() {
            let at = record.event_time(event);
            match &event.kind {
                EventKind::StateEntered { name, state, .. } => {
                    let iterations = (*state == StateType::Map).then(Iterations::default);
                    let entered = StateInProgress {
                        name: name.clone(),
                        since: at,
                        start: start.clone(),
                        in_iteration,
                        retries: 0,
                        waiting: None,
                        iterations,
                    };
                    self.inside.insert(key.frame.clone(), entered);
                }
                EventKind::StateExited { name, .. } => {
                    let left = self.inside.remove(&key.frame);
                    let since = left.as_ref().map_or(at, |state| state.since);
                    if !in_iteration {
                        let count = left.and_then(|state| state.iterations);
                        let count = count.map(|it| counted_noun(&it.total, "iteration"));
                        let count = count.map(|it| format!("  {it}"));
                        let count = count.unwrap_or_default();
                        lines.push(format!("{start}{name}  {}{count}", elapsed_text(since, at)));
                    }
                }
                kind => {
                    let Some(failure) = failure_of_event(kind) else { continue };
                    let state = self.inside.get(&key.frame).map(|state| state.name.as_str());
                    let state = state.unwrap_or_default();
                    lines.push(format!("{start}{state}  {}", failure_text(record, index, failure)));
                }
            }
        }
        self.count_iteration(key, record);
        lines.extend(self.phase_line(key, record));
        lines
    }

    /// Counts the end of an iteration at its Map state.
    fn count_iteration(&mut self, key: &RecordKey, record: &Record) {
        let Some(outcome) = record.frame.outcome() else { return };
        let Some((parent, _, _)) = key.frame.parent_fork() else { return };
        let map = self.inside.get_mut(&parent).and_then(|state| state.iterations.as_mut());
        if let Some(iterations) = map {
            iterations.ended += 1;
            iterations.failed += u32::from(!matches!(outcome, FrameOutcome::Succeeded(_)));
        }
    }

    /// Notes what a state is at, and says what it waits for, if that is known.
    fn phase_line(&mut self, key: &RecordKey, record: &Record) -> Option<String> {
        if let FramePhase::Ended(_) = record.frame.phase {
            self.inside.remove(&key.frame);
            return None;
        }
        let state = self.inside.get_mut(&key.frame)?;
        state.waiting = None;
        let what = match &record.frame.phase {
            FramePhase::Waiting { visit, until, .. } => {
                state.waiting = Some(WaitingFor::Time(*until));
                format!("waits {}, until {until}", elapsed_text(visit.entered_at, *until))
            }
            FramePhase::Delayed { visit, until, .. } => {
                state.retries = visit.retries.iter().sum();
                state.waiting = Some(WaitingFor::Retry(*until));
                state.iterations = state.iterations.map(|_| Iterations::default());
                return None;
            }
            FramePhase::Forked { shape, .. } => {
                if let Some(iterations) = &mut state.iterations {
                    iterations.total = shape.children;
                }
                return None;
            }
            FramePhase::Submitted { job: None, .. } => {
                state.waiting = Some(WaitingFor::TaskToken);
                "waits for its task token".to_owned()
            }
            FramePhase::Submitted { job: Some(TaskJob::Execution { id, .. }), .. } => {
                state.waiting = Some(WaitingFor::Execution);
                format!("waits for the execution {id}")
            }
            FramePhase::Submitted { job: Some(TaskJob::Service(job)), .. } => {
                state.waiting = Some(WaitingFor::Job);
                format!("waits for the job of {}", job.resource)
            }
            _ => return None,
        };
        (!state.in_iteration).then(|| format!("{}{}  {what}", state.start, state.name))
    }
}

fn elapsed_text(since: Timestamp, until: Timestamp) -> String {
    duration_text(until.as_milliseconds() - since.as_milliseconds())
}

/// The failure of a call or of a task in an event, if it is one.
pub(crate) const fn failure_of_event(event: &EventKind) -> Option<&Failure> {
    match event {
        EventKind::TaskFailed { failure, .. }
        | EventKind::TaskTimedOut { failure, .. }
        | EventKind::ActivityFailed(failure)
        | EventKind::ActivityTimedOut(failure)
        | EventKind::LambdaFunctionFailed(failure)
        | EventKind::LambdaFunctionTimedOut(failure) => Some(failure),
        _ => None,
    }
}

/// The failure in the event at `index` of a record, and what the state does about it.
pub(crate) fn failure_text(record: &Record, index: usize, failure: &Failure) -> String {
    let error = failure.error.as_deref().unwrap_or("failed");
    // A failure that is caught leaves its state, and more states may follow in the same record.
    if state_left_after(record, index).is_some() {
        return format!("{error}; caught");
    }
    match &record.frame.phase {
        FramePhase::Delayed { visit, until, .. } => {
            let attempt: u32 = visit.retries.iter().sum();
            let at = record.event_time(&record.events[index]);
            format!("{error}; retry {attempt} in {}", elapsed_text(at, *until))
        }
        _ => format!("{error}; not caught"),
    }
}

/// The state that is left by an event after that at `index`.
pub(crate) fn state_left_after(record: &Record, index: usize) -> Option<&StateName> {
    record.events[index..].iter().find_map(|event| match &event.kind {
        EventKind::StateExited { name, .. } => Some(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use model::{
        ChildIndex, Payload, QueueName, RecordNumber, RecordedEvent, StateType, StateVisit,
        TransitionKind,
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
        let succeeded = FramePhase::Ended(FrameOutcome::Succeeded(Payload::empty_object()));
        let (key, mut record) =
            record_of_order(RecordNumber::FIRST, (0, 0), succeeded, Some(failure()));
        record.events.push(RecordedEvent::new_chained(EventKind::StateExited {
            state: StateType::Task,
            name: StateName::new("Charge"),
            output: Payload::empty_object(),
            assigned: Vec::new(),
            transition: TransitionKind::Next,
        }));
        let lines = progress.record_lines(&key, &record);
        assert_eq!(lines, ["  Busy; caught", "Charge  0 ms"]);
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
        assert_eq!(lines, ["Pause  waits 6.00 s, until 1970-01-01T00:00:07.000Z"]);
    }

    #[test]
    fn the_iterations_of_a_map_are_counted_and_only_their_failures_are_lines() {
        let mut progress = RunProgress::new();
        let input = Payload::empty_object();
        let name = StateName::new("Prices");
        let entered = EventKind::StateEntered { state: StateType::Map, name, input: input.clone() };
        let ready = FramePhase::Ready { input: input.clone(), queue: QueueName::Steps };
        shown(&mut progress, 0, ready, entered);
        let map = progress.inside.get_mut(&FramePath::ROOT).expect("it is entered");
        map.iterations = Some(Iterations { total: 3, ended: 0, failed: 0 });
        for (index, outcome) in
            [FrameOutcome::Succeeded(input), FrameOutcome::Failed(Failure::with_error_name("Busy"))]
                .into_iter()
                .enumerate()
        {
            let ended = FramePhase::Ended(outcome);
            let (mut key, record) = record_of_order(RecordNumber::FIRST, (0, 1), ended, None);
            let index = ChildIndex::new(u32::try_from(index).expect("it is small"));
            key.frame = FramePath::ROOT.child_path(RecordNumber::FIRST, index);
            assert!(progress.record_lines(&key, &record).is_empty());
        }
        let counted = progress.inside[&FramePath::ROOT].iterations;
        assert_eq!(counted, Some(Iterations { total: 3, ended: 2, failed: 1 }));
    }
}
