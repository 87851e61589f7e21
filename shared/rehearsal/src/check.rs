//! Whether a case comes out as it says.

use model::{Failure, Outcome, Payload};
use serde_json::Value;

use crate::{
    Case, Expected, Machine, Position, Probe, Reached, Trouble, diff, history, probe, rehearse,
};

/// What a case came to.
#[derive(Debug)]
pub struct Verdict {
    /// Why it failed; nothing if it passed. Each may have several lines.
    pub failures: Vec<String>,
    /// Status and output, or status and failure, in one line.
    pub summary: String,
    /// The states and ways that it took.
    pub reached: Reached,
    /// What each expectation would have to say, of those that say something else and have that.
    pub actual: Vec<(Position, Expected)>,
}

/// Runs a case.
pub fn check(machine: &Machine, case: &Case) -> Verdict {
    match come(machine, case) {
        Ok(actual) => judged(case, actual),
        Err(trouble) => Verdict {
            summary: trouble.to_string(),
            failures: vec![trouble.to_string()],
            reached: Reached::default(),
            actual: Vec::new(),
        },
    }
}

/// What came of a case.
struct Actual {
    status: &'static str,
    output: Option<Payload>,
    failure: Option<Failure>,
    /// Of a state alone: what comes next.
    next: Option<String>,
    /// Of an execution.
    history: Option<Vec<String>>,
    reached: Reached,
}

fn come(machine: &Machine, case: &Case) -> Result<Actual, Trouble> {
    if let Some(alone) = &case.state {
        let request = Probe {
            state: &alone.state,
            input: &case.input,
            context: alone.context.as_deref(),
            variables: alone.variables.as_deref(),
            retries: alone.retries,
        };
        let probed = probe(machine, request, &case.mocks)?;
        return Ok(Actual {
            status: probed.status,
            output: probed.output,
            failure: probed.failure,
            next: probed.next.map(|next| next.to_string()),
            history: None,
            reached: probed.reached,
        });
    }
    let rehearsed = rehearse(machine, &case.input, &case.mocks)?;
    let status = rehearsed.outcome.status().as_str();
    let (output, failure) = match rehearsed.outcome {
        Outcome::Succeeded(output) => (Some(output), None),
        Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure) => {
            (None, Some(failure))
        }
    };
    let history = Some(history::lines(machine, &rehearsed.history));
    Ok(Actual { status, output, failure, next: None, history, reached: rehearsed.reached })
}

fn judged(case: &Case, actual: Actual) -> Verdict {
    let (mut failures, mut updates) = (Vec::new(), Vec::new());
    for expectation in &case.expectations {
        if let Some(failure) = actual.against(&expectation.expected) {
            failures.push(failure);
            let other = actual.instead_of(&expectation.expected);
            updates.extend(other.map(|other| (expectation.position.clone(), other)));
        }
    }
    Verdict { failures, summary: actual.summary(), reached: actual.reached, actual: updates }
}

impl Actual {
    /// `SUCCEEDED {"a":1}` or `FAILED E: because`
    fn summary(&self) -> String {
        let mut words = vec![self.status.to_owned()];
        if let Some(Failure { error, cause }) = &self.failure {
            let error = error.as_deref().unwrap_or("no error name");
            let cause = cause.as_deref().map(|cause| format!(": {cause}"));
            words.push(error.to_owned() + &cause.unwrap_or_default());
        }
        words.extend(self.output.as_ref().map(|output| output.value().to_string()));
        words.join(" ")
    }

    /// How this is not what was expected.
    fn against(&self, expected: &Expected) -> Option<String> {
        match expected {
            Expected::Output(expected) => match &self.output {
                Some(output) if output.value() == expected => None,
                Some(output) => {
                    Some(format!("the output differs:\n{}", diff::values(expected, output.value())))
                }
                None => Some(format!("there is no output: {}", self.summary())),
            },
            Expected::Error(name) => self.text("error", name, self.error()),
            Expected::Cause(cause) => self.text("cause", cause, self.cause()),
            Expected::Status(status) => self.text("status", status, Some(self.status)),
            Expected::Next(next) => self.text("next state", next, self.next.as_deref()),
            Expected::History(lines) => match &self.history {
                Some(history) if history == lines => None,
                Some(history) => {
                    let diff = diff::lines(&lines.join("\n"), &history.join("\n"));
                    Some(format!("the history differs:\n{diff}"))
                }
                None => Some("a state tested alone has no history".to_owned()),
            },
        }
    }

    fn text(&self, what: &str, expected: &str, actual: Option<&str>) -> Option<String> {
        match actual {
            Some(actual) if actual == expected => None,
            Some(actual) => {
                let lines = |text: &str| format!("{text}\n");
                let diff = diff::lines(&lines(expected), &lines(actual));
                Some(format!("the {what} differs:\n{diff}"))
            }
            None => Some(format!("there is no {what}: {}", self.summary())),
        }
    }

    /// What an expectation of this kind would have to say.
    fn instead_of(&self, expected: &Expected) -> Option<Expected> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        match expected {
            Expected::Output(_) => {
                let value: Option<&Value> = self.output.as_ref().map(Payload::value);
                value.cloned().map(Expected::Output)
            }
            Expected::Error(_) => text(self.error()).map(Expected::Error),
            Expected::Cause(_) => text(self.cause()).map(Expected::Cause),
            Expected::Status(_) => Some(Expected::Status(self.status.to_owned())),
            Expected::Next(_) => text(self.next.as_deref()).map(Expected::Next),
            Expected::History(_) => self.history.clone().map(Expected::History),
        }
    }

    fn error(&self) -> Option<&str> {
        self.failure.as_ref()?.error.as_deref()
    }

    fn cause(&self) -> Option<&str> {
        self.failure.as_ref()?.cause.as_deref()
    }
}
