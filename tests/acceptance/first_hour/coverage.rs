//! Coverage, as people see it and as CI reads it.

use serde_json::{Value, json};

use super::*;
use crate::terminal::Terminal;

/// A machine in which one way is never gone.
const FORK: &str = r#"{
  "StartAt": "Pick",
  "States": {
    "Pick": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.a", "IsPresent": true, "Next": "Yes" }],
      "Default": "No"
    },
    "Yes": { "Type": "Pass", "Next": "No" },
    "No": { "Type": "Succeed" }
  }
}
"#;
const CASE: &str = "# One\n```asl file=fork.asl.json\n```\n```output\n{}\n```\n";

fn folder_with_fork() -> tempfile::TempDir {
    let folder = temporary_folder();
    write_file(folder.path(), "flows/fork.asl.json", FORK);
    write_file(folder.path(), "flows/fork.test.md", CASE);
    folder
}

/// Runs the tests of the fork, and returns the coverage that is written.
fn write_coverage(folder: &Path, file: &str, arguments: &[&str]) -> String {
    let arguments = [&["test", ".", "--coverage-output", file], arguments].concat();
    let said = run_in(folder, &arguments);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{said:?}");
    assert!(said.out.ends_with(&format!("coverage is in {file}\n")), "{said:?}");
    std::fs::read_to_string(folder.join(file)).expect("it is written")
}

const TEXT: &str = "./flows/fork.asl.json: 2 of 3 states and 1 of 3 transitions reached
  coverage: states 66%, transitions 33%
  not reached: state Yes
  not reached: Pick: Choices[0] -> Yes
";

#[test]
fn lcov_has_states_as_lines_and_transitions_as_branches() {
    let folder = folder_with_fork();
    let expected = "TN:
SF:flows/fork.asl.json
BRDA:4,0,0,0
BRDA:4,0,1,1
BRDA:9,0,0,-
BRF:3
BRH:1
DA:4,1
DA:9,0
DA:10,1
LF:3
LH:2
end_of_record
";
    assert_eq!(write_coverage(folder.path(), "lcov.info", &[]), expected);
    let format = ["--coverage-format", "lcov"];
    assert_eq!(write_coverage(folder.path(), "cov.txt", &format), expected);
    assert_eq!(write_coverage(folder.path(), "plain.txt", &[]), TEXT);
}

#[test]
fn json_has_every_state_with_its_line_and_hits() {
    let folder = folder_with_fork();
    let text = write_coverage(folder.path(), "cov.json", &[]);
    let report: Value = serde_json::from_str(&text).expect("it is JSON");
    let states = json!({"count": 3, "covered": 2, "percent": 66});
    let transitions = json!({"count": 3, "covered": 1, "percent": 33});
    assert_eq!(report["format"], 1);
    assert_eq!(report["totals"], json!({"states": states, "transitions": transitions}));
    let machine = &report["machines"][0];
    assert_eq!(
        [&machine["name"], &machine["file"]],
        ["./flows/fork.asl.json", "flows/fork.asl.json"]
    );
    let pick = json!({"name": "Pick", "line": 4, "hits": 1, "transitions": [
        {"kind": "Choices[0]", "target": "Yes", "line": 6, "hits": 0},
        {"kind": "Default", "target": "No", "line": 7, "hits": 1},
    ]});
    assert_eq!(machine["states"][0], pick);
    assert_eq!(machine["states"][1]["hits"], 0);
}

#[test]
fn the_page_marks_lines_and_trusts_no_name() {
    let folder = folder_with_fork();
    let page = write_coverage(folder.path(), "coverage.html", &[]);
    for part in [
        "<tr><td><a href=\"#m0\">./flows/fork.asl.json</a></td>",
        "66% <small>2 of 3</small>",
        "<tr class=\"missed\"><td><a href=\"#m0-9\">Yes</a></td><td class=\"number\">never</td>",
        "<li class=\"hit\">Default → No <b>1×</b></li>",
        "<tr id=\"m0-6\" class=\"partly\">",
        "<tr id=\"m0-9\" class=\"missed\"><td class=\"line\">9</td><td class=\"count\">never</td>",
        "<tr id=\"m0-10\" class=\"hit\">",
        "@media (prefers-color-scheme: dark)",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let hostile = "</pre><script>alert(1)</script>";
    let machine = FORK.replace("Yes", hostile);
    let case = format!("# One\n```asl\n{machine}```\n```output\n{{}}\n```\n");
    write_file(folder.path(), "flows/fork.test.md", &case);
    let page = write_coverage(folder.path(), "coverage.html", &[]);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    // The block begins on line 3 of its file.
    assert!(page.contains("<tr id=\"m0-6\" class=\"hit\"><td class=\"line\">6</td>"), "{page}");
    let csp = "content=\"default-src 'none'; style-src 'unsafe-inline'\"";
    assert!(page.contains(csp) && !page.contains("http://") && !page.contains("https://"));
}

#[test]
fn a_format_that_is_no_text_needs_a_file() {
    let folder = folder_with_fork();
    let said = run_in(folder.path(), &["test", ".", "--coverage-format", "html"]);
    let expected = "error: --coverage-format html needs --coverage-output FILE\n";
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(2), "", expected));
    let said = run_in(folder.path(), &["test", ".", "--coverage-output", "none/a.html"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.starts_with("error: cannot write none/a.html: "), "{said:?}");
}

#[test]
fn a_terminal_shows_what_a_pipe_gets() {
    let folder = folder_with_fork();
    let arguments = ["test", ".", "--coverage-format", "text", "--fail-uncovered"];
    let expected = format!("./flows/fork.test.md\n  ok    One\n{TEXT}1 case passed\n");
    let said = run_in(folder.path(), &arguments);
    assert_eq!((said.code, said.out.as_str()), (Some(1), expected.as_str()), "{said:?}");
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &arguments);
    let status = command.stdout(terminal.stdio()).status();
    assert_eq!(status.expect("the built binary runs").code(), Some(1));
    assert_eq!(terminal.read_until("passed\r\n"), expected.replace('\n', "\r\n"));
    let mut command = statewright_command(folder.path(), &["validate", "flows"]);
    assert!(command.stdout(terminal.stdio()).status().expect("the built binary runs").success());
    let seen = terminal.read_until("3 states\r\n");
    assert_eq!(seen, "flows/fork.asl.json: valid, 3 states\r\n");
}
