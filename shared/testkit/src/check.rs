//! Checks test cases against their expectations.

use model::{Failure, FrameOutcome, Payload};
use serde_json::Value;

use crate::{
    CoverageHits, ExpectationPosition, ExpectedResult, OfflineMachine, OfflineRunError,
    StateRunRequest, TestCase, diff, history_lines, run_machine_offline, run_state_offline,
};

/// Reports the result of a test case.
#[derive(Debug)]
pub struct CaseResult {
    /// The reasons why it failed, empty if it passed. Each may have several lines.
    pub failures: Vec<String>,
    /// The status with the output or the failure, in one line.
    pub summary: String,
    /// The states that it entered and the transitions that it took.
    pub reached: CoverageHits,
    /// The corrected form of each expectation that does not match, if the run has such a result.
    pub actual: Vec<(ExpectationPosition, ExpectedResult)>,
}

/// Runs a case and compares the result with its expectations.
pub fn check_case(machine: &OfflineMachine, case: &TestCase) -> CaseResult {
    match run_case(machine, case) {
        Ok(actual) => compare_with_expectations(case, actual),
        Err(error) => CaseResult {
            summary: error.to_string(),
            failures: vec![error.to_string()],
            reached: CoverageHits::default(),
            actual: Vec::new(),
        },
    }
}

/// The actual result of a case.
struct ActualResult {
    status: &'static str,
    output: Option<Payload>,
    failure: Option<Failure>,
    /// The next state, if a single state was tested.
    next: Option<String>,
    /// The history, if a whole execution ran.
    history: Option<Vec<String>>,
    reached: CoverageHits,
}

fn run_case(machine: &OfflineMachine, case: &TestCase) -> Result<ActualResult, OfflineRunError> {
    if let Some(alone) = &case.state {
        let request = StateRunRequest {
            state: &alone.state,
            input: &case.input,
            context: alone.context.as_deref(),
            variables: alone.variables.as_deref(),
            retries: alone.retries,
        };
        let probed = run_state_offline(machine, request, &case.mocks)?;
        return Ok(ActualResult {
            status: probed.status,
            output: probed.output,
            failure: probed.failure,
            next: probed.next.map(|next| next.to_string()),
            history: None,
            reached: probed.reached,
        });
    }
    let run = run_machine_offline(machine, &case.input, &case.mocks)?;
    let status = run.outcome.execution_status().as_str();
    let (output, failure) = match run.outcome {
        FrameOutcome::Succeeded(output) => (Some(output), None),
        FrameOutcome::Failed(failure)
        | FrameOutcome::TimedOut(failure)
        | FrameOutcome::Aborted(failure) => (None, Some(failure)),
    };
    let history = Some(history_lines::format_history_lines(&run.history));
    Ok(ActualResult { status, output, failure, next: None, history, reached: run.reached })
}

fn compare_with_expectations(case: &TestCase, actual: ActualResult) -> CaseResult {
    let (mut failures, mut updates) = (Vec::new(), Vec::new());
    for expectation in &case.expectations {
        if let Some(failure) = actual.mismatch_with(&expectation.expected) {
            failures.push(failure);
            let other = actual.corrected_expectation(&expectation.expected);
            updates.extend(other.map(|other| (expectation.position.clone(), other)));
        }
    }
    CaseResult {
        failures,
        summary: actual.summary_line(),
        reached: actual.reached,
        actual: updates,
    }
}

impl ActualResult {
    /// `SUCCEEDED {"a":1}` or `FAILED E: because`
    fn summary_line(&self) -> String {
        let mut words = vec![self.status.to_owned()];
        if let Some(Failure { error, cause }) = &self.failure {
            let error = error.as_deref().unwrap_or("no error name");
            let cause = cause.as_deref().map(|cause| format!(": {cause}"));
            words.push(error.to_owned() + &cause.unwrap_or_default());
        }
        words.extend(self.output.as_ref().map(|output| output.json_value().to_string()));
        words.join(" ")
    }

    /// How this result differs from what was expected; none if it matches.
    fn mismatch_with(&self, expected: &ExpectedResult) -> Option<String> {
        match expected {
            ExpectedResult::Output(expected) => match &self.output {
                Some(output) if output.json_value() == expected => None,
                Some(output) => Some(format!(
                    "the output differs:\n{}",
                    diff::diff_json_values(expected, output.json_value())
                )),
                None => Some(format!("there is no output: {}", self.summary_line())),
            },
            ExpectedResult::Error(name) => self
                .text_mismatch("error", name, self.error_name())
                .map(|mismatch| mismatch + &self.cause_line()),
            ExpectedResult::Cause(cause) => self.text_mismatch("cause", cause, self.cause_text()),
            ExpectedResult::Status(status) => self
                .text_mismatch("status", status, Some(self.status))
                .map(|mismatch| mismatch + &self.failure_line()),
            ExpectedResult::Next(next) => {
                self.text_mismatch("next state", next, self.next.as_deref())
            }
            ExpectedResult::History(lines) => match &self.history {
                Some(history) if history == lines => None,
                Some(history) => {
                    let diff = diff::diff_lines(&lines.join("\n"), &history.join("\n"));
                    Some(format!("the history differs:\n{diff}") + &self.failure_line())
                }
                None => Some("a state tested alone has no history".to_owned()),
            },
        }
    }

    fn text_mismatch(&self, what: &str, expected: &str, actual: Option<&str>) -> Option<String> {
        match actual {
            Some(actual) if actual == expected => None,
            Some(actual) => {
                let lines = |text: &str| format!("{text}\n");
                let diff = diff::diff_lines(&lines(expected), &lines(actual));
                Some(format!("the {what} differs:\n{diff}"))
            }
            None => Some(format!("there is no {what}: {}", self.summary_line())),
        }
    }

    /// A line with the cause of the failure; empty if there is none.
    fn cause_line(&self) -> String {
        self.cause_text().map_or_else(String::new, |cause| format!("its cause: {cause}\n"))
    }

    /// A line with the failure, if there is one.
    fn failure_line(&self) -> String {
        self.failure.as_ref().map_or_else(String::new, |_| self.summary_line() + "\n")
    }

    /// The expectation of the same kind that would match; none if there is no such result.
    fn corrected_expectation(&self, expected: &ExpectedResult) -> Option<ExpectedResult> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        match expected {
            ExpectedResult::Output(_) => {
                let value: Option<&Value> = self.output.as_ref().map(Payload::json_value);
                value.cloned().map(ExpectedResult::Output)
            }
            ExpectedResult::Error(_) => text(self.error_name()).map(ExpectedResult::Error),
            ExpectedResult::Cause(_) => text(self.cause_text()).map(ExpectedResult::Cause),
            ExpectedResult::Status(_) => Some(ExpectedResult::Status(self.status.to_owned())),
            ExpectedResult::Next(_) => text(self.next.as_deref()).map(ExpectedResult::Next),
            ExpectedResult::History(_) => self.history.clone().map(ExpectedResult::History),
        }
    }

    fn error_name(&self) -> Option<&str> {
        self.failure.as_ref()?.error.as_deref()
    }

    fn cause_text(&self) -> Option<&str> {
        self.failure.as_ref()?.cause.as_deref()
    }
}
