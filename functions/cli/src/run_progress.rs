//! The progress of a run on stderr: one line for each state that exits or fails.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
};

use model::{EventKind, Failure, FramePath, FramePhase, Record, RecordKey, StateName, Timestamp};

/// Shows records as they are appended; silent if stderr is not a terminal.
pub(crate) struct RunProgress {
    is_terminal: bool,
    /// The state that each frame is in, and since when.
    inside: BTreeMap<FramePath, (StateName, Timestamp)>,
}

impl RunProgress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), inside: BTreeMap::new() }
    }

    /// Shows one record.
    pub(crate) fn show_record(&mut self, key: &RecordKey, record: &Record) {
        for line in self.record_lines(key, record) {
            if self.is_terminal {
                drop(writeln!(std::io::stderr(), "{line}"));
            }
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
                    self.inside.insert(key.frame.clone(), (name.clone(), at));
                }
                EventKind::StateExited { name, .. } => {
                    let since = self.inside.remove(&key.frame).map_or(at, |(_, since)| since);
                    lines.push(format!("{start}{name}  {}", elapsed_text(since, at)));
                }
                EventKind::TaskFailed { failure, .. }
                | EventKind::TaskTimedOut { failure, .. }
                | EventKind::LambdaFunctionFailed(failure)
                | EventKind::LambdaFunctionTimedOut(failure) => {
                    let state = self.inside.get(&key.frame).map(|(state, _)| state.as_str());
                    let state = state.unwrap_or_default();
                    lines.push(format!("{start}{state}  {}", failure_text(record, failure)));
                }
                _ => {}
            }
        }
        lines
    }
}

fn elapsed_text(since: Timestamp, until: Timestamp) -> String {
    format!("{} ms", until.as_milliseconds() - since.as_milliseconds())
}

/// An error and what the state does about it.
fn failure_text(record: &Record, failure: &Failure) -> String {
    let error = failure.error.as_deref().unwrap_or("failed");
    match &record.frame.phase {
        FramePhase::Delayed { visit, until, .. } => {
            let attempt: u32 = visit.retries.iter().sum();
            format!("{error}; retry {attempt} in {}", elapsed_text(record.written_at, *until))
        }
        FramePhase::Ended(_) => format!("{error}; not caught"),
        _ => format!("{error}; caught"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{
        ExecutionFacts, ExecutionId, Frame, FrameOutcome, Payload, QueueName, RecordNumber,
        RecordedEvent, ResourceName, RevisionId, StateType, TransitionKind, WrittenBy,
    };

    use super::*;

    fn shown(
        progress: &mut RunProgress,
        at: i64,
        phase: FramePhase,
        kind: EventKind,
    ) -> Vec<String> {
        let name = |text| ResourceName::parse(text).expect("a valid name");
        let key = RecordKey {
            execution: ExecutionId::from_names(&name("m"), &name("x")),
            frame: FramePath::ROOT,
            number: RecordNumber::FIRST,
        };
        let facts = Arc::new(ExecutionFacts {
            revision: RevisionId::new("r"),
            role_arn: String::new(),
            started_at: Timestamp::from_milliseconds(0),
            timeout_seconds: None,
            last_redrive: None,
            started_by: None,
        });
        let state = StateName::new("Next");
        let frame = Frame {
            state,
            phase,
            iteration: None,
            fork: None,
            variables: model::WorkflowVariables::default(),
            events_before: 0,
            events: 1,
        };
        let record = Record {
            written_by: WrittenBy::StartFrame,
            written_at: Timestamp::from_milliseconds(at),
            logical_clock: 0,
            facts,
            frame,
            events: vec![RecordedEvent::new_chained(kind)],
            left: None,
        };
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
}
