//! Checks test cases against their expectations.

use std::time::Duration;

use model::{Failure, FrameOutcome, Payload};
use serde_json::Value;

use crate::{
    CoverageHits, ExpectationPosition, ExpectedResult, FailedState, FailureConsequence,
    OfflineMachine, OfflineRunError, StateRunRequest, TestCase, diff,
    failed_states::list_failed_states, history_lines, run_machine_offline, run_state_offline,
};

/// The most failed states that a difference shows.
const FAILED_STATES_SHOWN_MAX: usize = 5;

/// Reports the result of a test case.
#[derive(Debug)]
pub struct CaseResult {
    /// The reasons why it failed, empty if it passed. Each may have several lines.
    pub failures: Vec<String>,
    /// The status with the output or the failure, in one line.
    pub summary: String,
    /// The state in which it failed; if it did not, the states whose failures were handled.
    pub failed_states: Vec<FailedState>,
    /// How long it took, in real time; zero unless [`check_all_cases`](crate::check_all_cases) ran it.
    pub elapsed: Duration,
    /// The states that it entered and the transitions that it took.
    pub reached: CoverageHits,
    /// The corrected form of each expectation that does not match, if the run has such a result.
    pub actual: Vec<(ExpectationPosition, ExpectedResult)>,
}

/// Runs a case and compares the result with its expectations.
pub fn check_case(machine: &OfflineMachine, case: &TestCase) -> CaseResult {
    match run_case(machine, case) {
        Ok(actual) => compare_with_expectations(case, actual),
        Err(error) => CaseResult::of_refused_case(error.to_string()),
    }
}

impl CaseResult {
    /// The result of a case that could not run to its end.
    pub(crate) fn of_refused_case(reason: String) -> Self {
        Self {
            failures: vec![reason.clone()],
            summary: reason,
            failed_states: Vec::new(),
            elapsed: Duration::ZERO,
            reached: CoverageHits::default(),
            actual: Vec::new(),
        }
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
    failed_states: Vec<FailedState>,
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
        let consequence = match probed.status {
            "FAILED" => FailureConsequence::EndedRun,
            _ => FailureConsequence::WasHandled,
        };
        let failed = probed.failure.clone().map(|failure| FailedState {
            state: alone.state.clone(),
            failure,
            consequence,
        });
        return Ok(ActualResult {
            status: probed.status,
            output: probed.output,
            failure: probed.failure,
            next: probed.next.map(|next| next.to_string()),
            history: None,
            failed_states: failed.into_iter().collect(),
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
    let failed_states = list_failed_states(&run.history);
    let history = Some(history_lines::format_history_lines(&run.history));
    let reached = run.reached;
    Ok(ActualResult { status, output, failure, next: None, history, failed_states, reached })
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
    // Whatever differs, a failure is often why.
    if let Some(last) = failures.last_mut() {
        *last += &actual.failure_lines();
    }
    CaseResult {
        failures,
        summary: actual.summary_line(),
        elapsed: Duration::ZERO,
        failed_states: actual.failed_states,
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
                None => Some(format!("there is no output: {}\n", self.status)),
            },
            ExpectedResult::Error(name) => self.text_mismatch("error", name, self.error_name()),
            ExpectedResult::Cause(cause) => self.text_mismatch("cause", cause, self.cause_text()),
            ExpectedResult::Status(status) => {
                self.text_mismatch("status", status, Some(self.status))
            }
            ExpectedResult::Next(next) => {
                self.text_mismatch("next state", next, self.next.as_deref())
            }
            ExpectedResult::History(lines) => match &self.history {
                Some(history) if history == lines => None,
                Some(history) => {
                    let diff = diff::diff_lines(&lines.join("\n"), &history.join("\n"));
                    Some(format!("the history differs:\n{diff}"))
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
            None => Some(format!("there is no {what}: {}\n", self.status_and_output())),
        }
    }

    /// `SUCCEEDED {"a":1}` or `FAILED`
    fn status_and_output(&self) -> String {
        let output = self.output.as_ref().map(|output| output.json_value().to_string());
        [self.status.to_owned()].into_iter().chain(output).collect::<Vec<_>>().join(" ")
    }

    /// Which states failed with which errors and causes; empty if none did.
    fn failure_lines(&self) -> String {
        let shown = self.failed_states.iter().take(FAILED_STATES_SHOWN_MAX);
        let more = match self.failed_states.len().saturating_sub(FAILED_STATES_SHOWN_MAX) {
            0 => String::new(),
            more => format!("and {more} more failures were retried or caught\n"),
        };
        shown.map(FailedState::to_string).collect::<String>() + &more
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
