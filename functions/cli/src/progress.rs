//! What a run shows on stderr while it goes on: a line for each state that is left or fails.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
};

use model::{EventKind, Failure, FramePath, Phase, Record, RecordKey, StateName, Timestamp};

/// Shows records as they are appended; quiet where stderr is no terminal.
pub(crate) struct Progress {
    is_terminal: bool,
    /// The state that each frame is in, and since when.
    inside: BTreeMap<FramePath, (StateName, Timestamp)>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), inside: BTreeMap::new() }
    }

    /// Shows one record.
    pub(crate) fn show(&mut self, key: &RecordKey, record: &Record) {
        for line in self.lines(key, record) {
            if self.is_terminal {
                drop(writeln!(std::io::stderr(), "{line}"));
            }
        }
    }

    fn lines(&mut self, key: &RecordKey, record: &Record) -> Vec<String> {
        let indent = "  ".repeat(key.frame.depth());
        let item = record.frame.iteration.as_ref().map(|i| format!("[{}] ", i.index));
        let start = format!("{indent}{}", item.unwrap_or_default());
        let mut lines = Vec::new();
        for event in &record.events {
            match &event.kind {
                EventKind::StateEntered { name, .. } => {
                    self.inside.insert(key.frame.clone(), (name.clone(), record.at));
                }
                EventKind::StateExited { name, .. } => {
                    let since = self.inside.remove(&key.frame).map_or(record.at, |(_, at)| at);
                    lines.push(format!("{start}{name}  {}", milliseconds(since, record.at)));
                }
                EventKind::TaskFailed { failure, .. }
                | EventKind::TaskTimedOut { failure, .. }
                | EventKind::LambdaFunctionFailed(failure)
                | EventKind::LambdaFunctionTimedOut(failure) => {
                    let state = self.inside.get(&key.frame).map(|(state, _)| state.as_str());
                    let state = state.unwrap_or_default();
                    lines.push(format!("{start}{state}  {}", failed(record, failure)));
                }
                _ => {}
            }
        }
        lines
    }
}

fn milliseconds(since: Timestamp, until: Timestamp) -> String {
    format!("{} ms", until.milliseconds() - since.milliseconds())
}

/// An error and what the state does about it.
fn failed(record: &Record, failure: &Failure) -> String {
    let error = failure.error.as_deref().unwrap_or("failed");
    match &record.frame.phase {
        Phase::Delayed { visit, until, .. } => {
            let attempt: u32 = visit.retries.iter().sum();
            format!("{error}; retry {attempt} in {}", milliseconds(record.at, *until))
        }
        Phase::Ended(_) => format!("{error}; not caught"),
        _ => format!("{error}; caught"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{
        Event, ExecutionId, Facts, Frame, Name, Outcome, Payload, RecordNumber, RevisionId,
        StateType, Via,
    };

    use super::*;

    fn shown(progress: &mut Progress, at: i64, phase: Phase, kind: EventKind) -> Vec<String> {
        let name = |text| Name::parse(text).expect("a valid name");
        let key = RecordKey {
            execution: ExecutionId::new(&name("m"), &name("x")),
            frame: FramePath::ROOT,
            number: RecordNumber::FIRST,
        };
        let facts = Arc::new(Facts {
            revision: RevisionId::new("r"),
            role_arn: String::new(),
            started_at: Timestamp::from_milliseconds(0),
            redriven: None,
            starter: None,
        });
        let state = StateName::new("Next");
        let frame = Frame {
            state,
            phase,
            iteration: None,
            variables: model::Variables::default(),
            events_before: 0,
            events: 1,
        };
        let record = Record {
            via: Via::Start,
            at: Timestamp::from_milliseconds(at),
            clock: 0,
            facts,
            frame,
            events: vec![Event::chained(kind)],
        };
        progress.lines(&key, &record)
    }

    #[test]
    fn a_state_is_shown_when_it_is_left_with_the_time_it_took() {
        let mut progress = Progress::new();
        let input = Payload::empty_object();
        let (state, name) = (StateType::Task, StateName::new("Charge"));
        let ready = || Phase::Ready { input: input.clone() };
        let entered =
            EventKind::StateEntered { state, name: name.clone(), input: input.clone().into() };
        assert!(shown(&mut progress, 10, ready(), entered).is_empty());
        let exited = EventKind::StateExited {
            state,
            name,
            output: input.clone().into(),
            assigned: Vec::new(),
        };
        assert_eq!(shown(&mut progress, 35, ready(), exited), ["Charge  25 ms"]);
    }

    #[test]
    fn a_failure_says_what_the_state_does_about_it() {
        let mut progress = Progress::new();
        let failure = || EventKind::LambdaFunctionFailed(Failure::named("Busy"));
        let ended = Phase::Ended(Outcome::Failed(Failure::named("Busy")));
        assert_eq!(shown(&mut progress, 0, ended, failure()), ["  Busy; not caught"]);
        let ready = Phase::Ready { input: Payload::empty_object() };
        assert_eq!(shown(&mut progress, 0, ready, failure()), ["  Busy; caught"]);
    }
}
