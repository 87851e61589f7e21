//! Tests of `statewright run` and `statewright validate`.

use std::{
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::program::{repository_root, statewright_binary};

fn run_statewright(arguments: &[&str]) -> Output {
    let mut command = Command::new(statewright_binary());
    command.args(arguments).current_dir(repository_root()).output().expect("the built binary runs")
}

fn utf8_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a definition to a file and returns its path.
fn write_definition(folder: &tempfile::TempDir, text: &str) -> String {
    let file: PathBuf = folder.path().join("machine.asl.json");
    std::fs::write(&file, text).expect("a temporary file can be written");
    file.display().to_string()
}

#[test]
fn the_order_example_runs_to_its_end_with_its_functions_hosted() {
    let input = r#"{"orderId": 42, "items": [{"sku": "a", "quantity": 2, "price": 5}]}"#;
    let example = "tests/acceptance/examples/order.asl.json";
    let output = run_statewright(&["run", example, "--input", input]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8_text(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("only JSON on stdout");
    let expected = json!({
        "orderId": 42,
        "lines": [{ "line": 1, "sku": "a", "amount": 10 }],
        "reservation": "R-42",
        "payment": { "paidBy": "invoice", "because": "BelowCardMinimum" },
    });
    assert_eq!(printed, expected);
}

#[test]
fn a_payload_may_be_larger_where_the_limits_are_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write_definition(
        &folder,
        r#"{"StartAt": "Double", "QueryLanguage": "JSONata", "States": {"Double": {"Type": "Pass",
            "Output": "{% $states.input & $states.input %}", "End": true}}}"#,
    );
    let input = folder.path().join("input.json");
    std::fs::write(&input, json!("x".repeat(200_000)).to_string()).expect("written");
    let input = format!("@{}", input.display());
    let refused = run_statewright(&["run", &file, "--input", &input]);
    assert_eq!(refused.status.code(), Some(1));
    let said = utf8_text(&refused.stderr);
    assert!(said.contains("States.DataLimitExceeded"), "{said}");
    let output = run_statewright(&["run", &file, "--input", &input, "--limits", "open"]);
    assert_eq!(output.status.code(), Some(0), "{}", utf8_text(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("only JSON on stdout");
    assert_eq!(printed, json!("x".repeat(400_000)));
}

#[test]
fn a_failed_execution_exits_with_one_and_names_its_error() {
    let example = "tests/acceptance/examples/order.asl.json";
    let output = run_statewright(&["run", example, "--input", r#"{"orderId": 7, "items": []}"#]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = utf8_text(&output.stderr);
    assert!(said.contains("FAILED EmptyOrder: Order 7 has no items."), "{said}");
}

#[test]
fn an_invalid_definition_exits_with_two_and_says_where() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write_definition(&folder, r#"{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}"#);
    for command in ["run", "validate"] {
        let output = run_statewright(&[command, &file]);
        assert_eq!(output.status.code(), Some(2));
        let said = utf8_text(&output.stdout) + &utf8_text(&output.stderr);
        assert!(said.contains("SCHEMA_VALIDATION_FAILED") && said.contains("/States/A"), "{said}");
    }
}

#[test]
fn a_warning_is_shown_at_its_place_and_refuses_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let machine = r#"{"StartAt": "A", "States": {
  "A": {"Type": "Pass", "Result": {"x": 1}, "Next": "B"},
  "B": {"Type": "Pass", "Parameters": {"y.$": "$.y", "z": "$.x"}, "End": true}}}"#;
    let file = write_definition(&folder, machine);
    let output = run_statewright(&["validate", &file]);
    assert_eq!(output.status.code(), Some(0));
    let expected = format!(
        "{file}:3:40: warning: STATEWRIGHT_MISSING_PATH: No input that this state can have holds \
         $.y at /States/B/Parameters/y.$\n    {line}\n    {caret:>40}\n\
         {file}:3:54: warning: NO_DOLLAR: The value of 'z' looks like a path or an intrinsic \
         function and is taken as it stands; 'z.$' would evaluate it at \
         /States/B/Parameters/z\n    {line}\n    {caret:>54}\n{file}: valid, 2 states\n",
        line = machine.lines().nth(2).unwrap_or_default(),
        caret = "^",
    );
    assert_eq!(utf8_text(&output.stdout), expected);
    let output = run_statewright(&["validate", "--format", "json", &file]);
    assert_eq!(output.status.code(), Some(0));
    let severities = utf8_text(&output.stdout).matches(r#""severity":"WARNING""#).count();
    assert_eq!(severities, 2, "{output:?}");
}

#[test]
fn an_interrupted_run_goes_on_by_the_same_command() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = write_definition(
        &folder,
        r#"{"StartAt": "V", "States": {"V": {"Type": "Wait", "Seconds": 1, "Next": "W"},
            "W": {"Type": "Wait", "Seconds": 1, "Next": "P"},
            "P": {"Type": "Pass", "Parameters": {"at.$": "$$.Execution.StartTime"}, "End": true}}}"#,
    );
    let data = folder.path().join("data").display().to_string();
    let arguments = ["run", &file, "--data", &data];
    let mut first = Command::new(statewright_binary())
        .args(arguments)
        .env("STATEWRIGHT_LOG", "orchestrator=debug")
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the built binary runs");
    // Nobody takes record 1 on before it is durable.
    wait_for_line(first.stderr.take().expect("its errors are piped"), "take record 1 on");
    first.kill().expect("a running process can be killed");
    first.wait().expect("a killed process ends");

    let started = std::time::SystemTime::now();
    let output = run_statewright(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", utf8_text(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).expect("only JSON on stdout");
    let at = parse_system_time(printed["at"].as_str().expect("a start time"));
    assert!(at < started, "the execution of the first command went on");
}

/// Reads until a line contains this text.
fn wait_for_line(stream: impl std::io::Read, text: &str) {
    use std::io::BufRead;
    let mut lines = std::io::BufReader::new(stream).lines();
    let found = lines.any(|line| line.is_ok_and(|line| line.contains(text)));
    assert!(found, "the program never said {text}");
}

fn parse_system_time(text: &str) -> std::time::SystemTime {
    let at = model::Timestamp::parse(text).expect("a timestamp");
    let since_epoch = u64::try_from(at.as_milliseconds()).expect("after 1970");
    std::time::UNIX_EPOCH + std::time::Duration::from_millis(since_epoch)
}
