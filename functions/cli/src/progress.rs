//! What a run shows on stderr while it goes on: a line for each state that is left or fails.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
};

use model::{EventKind, Failure, FramePath, Phase, Record, RecordKey, Timestamp};

/// Shows records as they are appended; quiet where stderr is no terminal.
pub(crate) struct Progress {
    is_terminal: bool,
    /// When each frame entered the state that it is in.
    entered: BTreeMap<FramePath, Timestamp>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), entered: BTreeMap::new() }
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
                EventKind::StateEntered { .. } => {
                    self.entered.insert(key.frame.clone(), record.at);
                }
                EventKind::StateExited { name, .. } => {
                    let took = self.took(key, record);
                    lines.push(format!("{start}{name}  {took}"));
                }
                EventKind::TaskFailed { failure, .. }
                | EventKind::TaskTimedOut { failure, .. }
                | EventKind::LambdaFunctionFailed(failure)
                | EventKind::LambdaFunctionTimedOut(failure) => {
                    lines.push(format!("{start}{}", failed(record, failure)));
                }
                _ => {}
            }
        }
        lines
    }

    fn took(&self, key: &RecordKey, record: &Record) -> String {
        let entered = self.entered.get(&key.frame).copied().unwrap_or(record.at);
        format!("{} ms", record.at.milliseconds() - entered.milliseconds())
    }
}

fn failed(record: &Record, failure: &Failure) -> String {
    let error = failure.error.as_deref().unwrap_or("failed");
    let state = &record.frame.state;
    match &record.frame.phase {
        Phase::Delayed { visit, until, .. } => {
            let attempt: u32 = visit.retries.iter().sum();
            let delay = until.milliseconds() - record.at.milliseconds();
            format!("{state}  {error}; retry {attempt} in {delay} ms")
        }
        _ => format!("{error}; going on at {state}"),
    }
}
