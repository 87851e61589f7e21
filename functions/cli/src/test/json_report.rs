//! The results of a test run as one JSON object, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};
use testkit::{CoverageRatio, FailedState, FailureConsequence};

use super::{CaseVerdict, MachineCoverage, TestRun};

/// Prints the object.
pub(super) fn report_json(
    out: &mut impl Write,
    run: &TestRun<'_>,
    coverage: &[MachineCoverage],
) -> io::Result<()> {
    let files: Vec<Value> = run
        .files()
        .map(|(file, suite, results)| {
            let cases = suite.cases.iter().zip(results).map(|(case, result)| {
                json!({
                    "name": case.name,
                    "line": case.line,
                    "verdict": verdict_name(CaseVerdict::of_case(result, run.arguments)),
                    "result": result.summary,
                    "failures": result.failures,
                    "failedStates": result.failed_states.iter().map(failed_state_json).collect::<Vec<_>>(),
                    "seconds": result.elapsed.as_secs_f64(),
                })
            });
            json!({ "file": file.name, "cases": cases.collect::<Vec<_>>() })
        })
        .collect();
    let unreadable: Vec<String> =
        run.read.unreadable.iter().map(|error| format!("{error:#}")).collect();
    let report = json!({
        "files": files,
        "unreadable": unreadable,
        "coverage": coverage.iter().map(coverage_json).collect::<Vec<_>>(),
        "passed": run.count_verdicts(CaseVerdict::Passed),
        "updated": run.count_verdicts(CaseVerdict::Updated),
        "failed": run.count_verdicts(CaseVerdict::Failed),
    });
    writeln!(out, "{report}")
}

const fn verdict_name(verdict: CaseVerdict) -> &'static str {
    match verdict {
        CaseVerdict::Passed => "passed",
        CaseVerdict::Updated => "updated",
        CaseVerdict::Failed => "failed",
    }
}

fn failed_state_json(failed: &FailedState) -> Value {
    json!({
        "state": failed.state.as_str(),
        "error": failed.failure.error,
        "cause": failed.failure.cause,
        "handled": failed.consequence == FailureConsequence::WasHandled,
    })
}

fn coverage_json(covered: &MachineCoverage) -> Value {
    let MachineCoverage { name, report: covered, .. } = covered;
    let ratio = |ratio: CoverageRatio| json!({ "reached": ratio.reached, "all": ratio.all });
    json!({
        "definition": name,
        "states": ratio(covered.states),
        "transitions": ratio(covered.transitions),
        "missing": covered.missing,
    })
}
