//! The results of a test run as `JUnit`'s XML, which CI systems show.
//!
//! Spec: <https://github.com/testmoapp/junitxml>

use std::io::{self, Write};

use testkit::{CaseResult, TestCase};

use super::{CaseVerdict, TestRun};
use crate::landing_page::escape_html;

/// Prints the report: a suite for each file, and one for the files that could not be read.
pub(super) fn report_junit(out: &mut impl Write, run: &TestRun<'_>) -> io::Result<()> {
    let errors = run.read.unreadable.len();
    let tests = run.results.iter().map(Vec::len).sum::<usize>() + errors;
    let failures = run.count_verdicts(CaseVerdict::Failed);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"statewright\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"{errors}\">"
    )?;
    for (file, suite, results) in run.files().filter(|(_, _, results)| !results.is_empty()) {
        let is_failed = |result: &&CaseResult| {
            CaseVerdict::of_case(result, run.arguments) == CaseVerdict::Failed
        };
        let (name, tests) = (escape_xml(&file.name), results.len());
        let failures = results.iter().filter(is_failed).count();
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
        )?;
        for (case, result) in suite.cases.iter().zip(results) {
            let verdict = CaseVerdict::of_case(result, run.arguments);
            report_case(out, &name, (case, result), verdict)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    if errors > 0 {
        writeln!(
            out,
            "  <testsuite name=\"unreadable files\" tests=\"{errors}\" failures=\"0\" \
             errors=\"{errors}\">"
        )?;
        for error in &run.read.unreadable {
            let text = escape_xml(&format!("{error:#}"));
            writeln!(
                out,
                "    <testcase name=\"{text}\" classname=\"unreadable files\">\
                 <error message=\"{text}\"/></testcase>"
            )?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn report_case(
    out: &mut impl Write,
    file: &str,
    (case, result): (&TestCase, &CaseResult),
    verdict: CaseVerdict,
) -> io::Result<()> {
    let name = escape_xml(&case.name);
    let line = case.line.map(|line| format!(" line=\"{line}\"")).unwrap_or_default();
    write!(out, "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\"{line}")?;
    if verdict != CaseVerdict::Failed {
        return writeln!(out, "/>");
    }
    let message = escape_xml(&result.summary);
    let text = escape_xml(&result.failures.concat());
    writeln!(out, ">\n      <failure message=\"{message}\">{text}</failure>\n    </testcase>")
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
