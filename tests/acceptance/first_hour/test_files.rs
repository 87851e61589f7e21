//! Test files as users write them, and reports as CI reads them.

use regex::Regex;
use serde_json::{Value, json};

use super::*;
use crate::program::repository_root;

/// A folder with the order example, and what the page about the command prints as its test files.
fn folder_with_printed_cases() -> tempfile::TempDir {
    let folder = temporary_folder();
    let examples = repository_root().join("tests/acceptance/examples");
    std::fs::copy(examples.join("order.asl.json"), folder.path().join("order.asl.json"))
        .expect("the example is there");
    let page = std::fs::read_to_string(repository_root().join("functions/cli/README.md"));
    let page = page.expect("the command has a page");
    let between = |start: &str, end: &str| {
        let (_, rest) = page.split_once(start).expect("the page shows it");
        rest.split_once(end).expect("a block has an end").0.to_owned()
    };
    write_file(folder.path(), "a.test.md", &between("````markdown\n", "````\n"));
    write_file(folder.path(), "b.test.json", &between("generated cases:\n\n```json\n", "```\n"));
    folder
}

const ONE_CASE: &str = "# One\n```asl file=order.asl.json\n```\n```input\n{\"orderId\": 7}\n```\n\
                        ```error\nEmptyOrder\n```\n";

#[test]
fn the_cases_that_the_page_prints_pass() {
    let folder = folder_with_printed_cases();
    let said = run_in(folder.path(), &["test", "."]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("2 cases passed\n"), "{said:?}");
}

#[test]
fn a_mistyped_block_is_refused() {
    let folder = folder_with_printed_cases();
    for (typed, meant) in [("histroy", "history"), ("erorr", "error"), ("Output", "output")] {
        let text = format!("{ONE_CASE}```{typed}\nwhatever\n```\n");
        write_file(folder.path(), "c.test.md", &text);
        let said = run_in(folder.path(), &["test", "c.test.md"]);
        let expected =
            format!("error: c.test.md: line 10: '{typed}' is no kind of block; is it '{meant}'?\n");
        assert_eq!((said.code, said.err), (Some(2), expected));
    }
    let prose = format!("{ONE_CASE}```sh\nstatewright test\n```\n```\nprose\n```\n");
    write_file(folder.path(), "c.test.md", &prose);
    assert_eq!(run_in(folder.path(), &["test", "c.test.md"]).code, Some(0));
}

#[test]
fn a_mistyped_attribute_or_member_is_refused() {
    let folder = folder_with_printed_cases();
    let text = ONE_CASE.replace("```input", "```input stat=RejectOrder");
    write_file(folder.path(), "c.test.md", &text);
    let said = run_in(folder.path(), &["test", "c.test.md"]);
    let expected = "error: c.test.md: line 4: 'stat=RejectOrder' is none of file=, state=, retries= \
                    and case=; is it 'state='?\n";
    assert_eq!((said.code, said.err.as_str()), (Some(2), expected));
    let text =
        ONE_CASE.replace("```error", "```mock\n{\"PriceItem\": {\"rseult\": 1}}\n```\n```error");
    write_file(folder.path(), "c.test.md", &text);
    let said = run_in(folder.path(), &["test", "c.test.md"]);
    let expected = "has an unknown member 'rseult'; is it 'result'?\n";
    assert!(said.code == Some(2) && said.err.ends_with(expected), "{said:?}");
    write_file(folder.path(), "c.test.json", "{\"definitonFile\": \"order.asl.json\"}");
    let said = run_in(folder.path(), &["test", "c.test.json"]);
    let expected = "error: c.test.json: the file has an unknown member 'definitonFile'; is it \
                    'definitionFile'?\n";
    assert_eq!((said.code, said.err.as_str()), (Some(2), expected));
}

/// The error of a Task inside a Map inside a Parallel, and one that is caught.
const NESTED: &str = r#"{"StartAt": "Both", "States": {
    "Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
            "ItemProcessor": {"StartAt": "Ask", "States": {
                "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:a",
                    "Catch": [{"ErrorEquals": ["Small"], "Next": "Mend"}], "End": true},
                "Mend": {"Type": "Pass", "Result": 0, "End": true}}}}}},
        {"StartAt": "Other", "States": {"Other": {"Type": "Pass", "End": true}}}]}}}"#;

#[test]
fn a_difference_names_the_state_that_failed_however_deep_it_is() {
    let folder = temporary_folder();
    write_file(folder.path(), "nested.asl.json", NESTED);
    let case = |error: &str| {
        format!(
            "# One\n```asl file=nested.asl.json\n```\n```input\n[1]\n```\n```mock\n{{\"Ask\": \
             {{\"error\": \"{error}\", \"cause\": \"line 1\\nline 2\"}}}}\n```\n```output\n[[1], [1]]\n```\n"
        )
    };
    write_file(folder.path(), "n.test.md", &case("Big"));
    let said = run_in(folder.path(), &["test", "n.test.md"]);
    let expected = "        there is no output: FAILED
        failed in state Ask
          error: Big
          cause: line 1
            line 2
";
    assert!(said.code == Some(1) && said.out.contains(expected), "{said:?}");
    write_file(folder.path(), "n.test.md", &case("Small"));
    let said = run_in(folder.path(), &["test", "n.test.md"]);
    let expected = "        state Ask failed, and was retried or caught
          error: Small
          cause: line 1
            line 2
";
    assert!(said.code == Some(1) && said.out.contains(expected), "{said:?}");
    assert!(said.out.contains("        -     1\n        +     0\n"), "{said:?}");
}

#[test]
fn a_case_with_another_error_shows_its_cause_and_its_state() {
    let folder = folder_with_printed_cases();
    write_file(folder.path(), "c.test.md", &ONE_CASE.replace("EmptyOrder", "NoSuchOrder"));
    let said = run_in(folder.path(), &["test", "c.test.md"]);
    let expected = "        the error differs:\n        - NoSuchOrder\n        + EmptyOrder\n        \
                    failed in state RejectOrder\n          error: EmptyOrder\n          \
                    cause: Order 7 has no items.\n";
    assert!(said.code == Some(1) && said.out.contains(expected), "{said:?}");
}

#[test]
fn a_filter_selects_cases_by_their_names() {
    let folder = folder_with_printed_cases();
    let said = run_in(folder.path(), &["test", ".", "--filter", "busy warehouse"]);
    assert!(said.code == Some(0) && said.out.contains("1 case passed\n"), "{said:?}");
    assert!(!said.out.contains("b.test.json"), "{said:?}");
    let said = run_in(folder.path(), &["test", ".", "--filter", "nothing"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("'nothing'") && said.err.contains("A busy warehouse"), "{said:?}");
}

#[test]
fn the_report_for_programs_is_one_json_object() {
    let folder = folder_with_printed_cases();
    write_file(folder.path(), "c.test.md", &ONE_CASE.replace("EmptyOrder", "NoSuchOrder"));
    let said =
        run_in(folder.path(), &["test", "--json", "c.test.md", "missing.test.md", "a.test.md"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    let report: Value = serde_json::from_str(&said.out).expect("only JSON on stdout");
    assert_eq!(
        [&report["passed"], &report["failed"], &report["updated"]],
        [&json!(1), &json!(1), &json!(0)]
    );
    let case = &report["files"][0]["cases"][0];
    assert_eq!(
        [&case["name"], &case["line"], &case["verdict"], &case["result"]],
        [
            &json!("One"),
            &json!(1),
            &json!("failed"),
            &json!("FAILED EmptyOrder: Order 7 has no items.")
        ]
    );
    let failed = json!([{"state": "RejectOrder", "error": "EmptyOrder",
        "cause": "Order 7 has no items.", "handled": false}]);
    assert_eq!(case["failedStates"], failed);
    assert!(case["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{case}");
    assert_eq!(report["files"][1]["cases"][0]["verdict"], "passed");
    assert_eq!(report["coverage"][0]["definition"], "order.asl.json");
    assert_eq!(report["coverage"][0]["states"]["all"], 10);
    let unreadable = report["unreadable"][0].as_str().expect("it says why");
    assert!(unreadable.starts_with("cannot read missing.test.md: "), "{unreadable}");
}

#[test]
fn the_report_for_ci_is_junits() {
    let folder = folder_with_printed_cases();
    let case = ONE_CASE.replace("EmptyOrder", "No<Such>Order").replace("# One", "# One & only");
    write_file(folder.path(), "c.test.md", &case);
    let said = run_in(
        folder.path(),
        &["test", "--format", "junit", "./c.test.md", "a.test.md", "missing.md"],
    );
    assert_eq!(said.code, Some(2), "{said:?}");
    let beside = ["test", "--junit", "r.xml", "c.test.md", "a.test.md", "missing.md"];
    let both = run_in(folder.path(), &beside);
    assert!(both.out.ends_with("1 of 2 cases failed\n1 file could not be read\n"), "{both:?}");
    let written = std::fs::read_to_string(folder.path().join("r.xml")).expect("it is written");
    let times = Regex::new(r#"time="\d+\.\d{3}""#).expect("the pattern is valid");
    let out = times.replace_all(&said.out, "time=\"T\"");
    let stamps = Regex::new(r#"timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d""#).expect("is valid");
    let out = stamps.replace_all(&out, "timestamp=\"D\"");
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="statewright" tests="3" failures="1" errors="1" time="T">
  <testsuite name="c.test.md" tests="1" failures="1" errors="0" skipped="0" time="T" timestamp="D" file="c.test.md">
    <testcase name="One &amp; only" classname="c.test.md" time="T" file="c.test.md" line="1">
      <failure message="FAILED EmptyOrder: Order 7 has no items." type="EmptyOrder">the error differs:
- No&lt;Such&gt;Order
+ EmptyOrder
failed in state RejectOrder
  error: EmptyOrder
  cause: Order 7 has no items.
</failure>
    </testcase>
  </testsuite>
  <testsuite name="a.test.md" tests="1" failures="0" errors="0" skipped="0" time="T" timestamp="D" file="a.test.md">
    <testcase name="A busy warehouse is asked again" classname="a.test.md" time="T" file="a.test.md" line="10"/>
  </testsuite>
"#;
    assert!(out.starts_with(expected), "{out}");
    let written = stamps
        .replace_all(&times.replace_all(&written, "time=\"T\""), "timestamp=\"D\"")
        .into_owned();
    assert_eq!(written, out);
    assert!(said.out.contains("<error message=\"cannot read missing.md: "), "{}", said.out);
    assert!(said.out.ends_with("</testsuites>\n"), "{}", said.out);
}
