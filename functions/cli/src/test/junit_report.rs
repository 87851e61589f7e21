//! The results of a test run as `JUnit`'s XML, which CI systems show.
//!
//! Spec: <https://github.com/testmoapp/junitxml>

use std::{
    io::{self, Write},
    time::Duration,
};

use orchestrator::ports::Clock;
use system_clock::SystemClock;
use testkit::{CaseResult, FailureConsequence, TestCase};

use super::{CaseVerdict, TestRun};
use crate::view::escape_html;

/// Prints the report: a suite for each file, and one for the files that could not be read.
pub(super) fn report_junit(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<()> {
    let errors = run.read.unreadable.len();
    let tests = run.results.iter().map(Vec::len).sum::<usize>() + errors;
    let failures = run.count_verdicts(CaseVerdict::Failed);
    let time = format_seconds(run.results.iter().flatten().map(|result| result.elapsed).sum());
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"statewright\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\" time=\"{time}\">"
    )?;
    // Schemas of the format know neither fractions of a second nor a zone.
    let timestamp =
        SystemClock.now().to_string().chars().take("2026-01-31T00:00:00".len()).collect::<String>();
    for (file, suite, results) in run.files().filter(|(_, _, results)| !results.is_empty()) {
        let is_failed = |result: &&CaseResult| {
            CaseVerdict::of_case(result, run.arguments) == CaseVerdict::Failed
        };
        // CI looks for the file from the root of the repository.
        let name = file.name.strip_prefix("./").unwrap_or(&file.name);
        let (name, tests) = (escape_xml(name), results.len());
        let failures = results.iter().filter(is_failed).count();
        let time = sum_seconds(results);
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" \
             skipped=\"0\" time=\"{time}\" timestamp=\"{timestamp}\" file=\"{name}\">"
        )?;
        for (case, result) in suite.cases.iter().zip(results) {
            let verdict = CaseVerdict::of_case(result, run.arguments);
            report_case(out, &name, (case, result), verdict)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    report_unreadable_files(out, run, &timestamp)?;
    writeln!(out, "</testsuites>")
}

fn report_unreadable_files(
    out: &mut impl Write,
    run: &TestRun<'_>,
    timestamp: &str,
) -> io::Result<()> {
    let errors = run.read.unreadable.len();
    if errors == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "  <testsuite name=\"unreadable files\" tests=\"{errors}\" failures=\"0\" \
         errors=\"{errors}\" skipped=\"0\" time=\"0.000\" timestamp=\"{timestamp}\">"
    )?;
    for error in &run.read.unreadable {
        let text = escape_xml(&format!("{error:#}"));
        writeln!(
            out,
            "    <testcase name=\"{text}\" classname=\"unreadable files\" time=\"0.000\">\
             <error message=\"{text}\" type=\"Unreadable\">{text}</error></testcase>"
        )?;
    }
    writeln!(out, "  </testsuite>")
}

fn report_case(
    out: &mut impl Write,
    file: &str,
    (case, result): (&TestCase, &CaseResult),
    verdict: CaseVerdict,
) -> io::Result<()> {
    let (name, time) = (escape_xml(&case.name), sum_seconds(std::slice::from_ref(result)));
    let line = case.line.map(|line| format!(" line=\"{line}\"")).unwrap_or_default();
    write!(
        out,
        "    <testcase name=\"{name}\" classname=\"{file}\" time=\"{time}\" file=\"{file}\"{line}"
    )?;
    if verdict != CaseVerdict::Failed {
        return writeln!(out, "/>");
    }
    let ended = result
        .failed_states
        .iter()
        .find(|failed| failed.consequence == FailureConsequence::EndedRun);
    let error = ended.and_then(|failed| failed.failure.error.as_deref());
    let kind = escape_xml(error.unwrap_or("Mismatch"));
    let message = escape_xml(&result.summary);
    let text = escape_xml(&result.failures.concat());
    writeln!(
        out,
        ">\n      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>\n    </testcase>"
    )
}

/// The time that cases took, in seconds. They run side by side, so it may be more than has passed.
fn sum_seconds(results: &[CaseResult]) -> String {
    let sum: Duration = results.iter().map(|result| result.elapsed).sum();
    format_seconds(sum)
}

fn format_seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Escapes a text. Characters that XML 1.0 cannot have are replaced.
fn escape_xml(text: &str) -> String {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text = escape_html(text);
    text.chars().map(|c| if is_allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_have_is_replaced() {
        assert_eq!(escape_xml("a<b>&\"\u{1b}\n"), "a&lt;b&gt;&amp;&quot;\u{fffd}\n");
    }
}
