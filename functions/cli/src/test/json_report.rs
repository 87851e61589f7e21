//! The results of a test run as one JSON object, for programs.

use std::io::{self, Write};

use serde_json::{Value, json};
use testkit::{CoverageRatio, CoverageReport};

use super::{CaseVerdict, TestRun, report::collect_coverage};

/// Prints the object; returns how many states and transitions were not reached.
pub(super) fn report_json(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<usize> {
    let coverage = collect_coverage(run);
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
    writeln!(out, "{report}")?;
    Ok(coverage.iter().map(|(_, covered)| covered.missing.len()).sum())
}

const fn verdict_name(verdict: CaseVerdict) -> &'static str {
    match verdict {
        CaseVerdict::Passed => "passed",
        CaseVerdict::Updated => "updated",
        CaseVerdict::Failed => "failed",
    }
}

fn coverage_json((name, covered): &(String, CoverageReport)) -> Value {
    let ratio = |ratio: CoverageRatio| json!({ "reached": ratio.reached, "all": ratio.all });
    json!({
        "definition": name,
        "states": ratio(covered.states),
        "transitions": ratio(covered.transitions),
        "missing": covered.missing,
    })
}
