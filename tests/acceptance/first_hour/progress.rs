//! What is seen of an execution while it runs.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::*;
use crate::{program::LocalProgram, terminal::Terminal};

const WAIT: &str = r#"{"StartAt": "Pause", "States": {
    "Pause": {"Type": "Wait", "Seconds": 2, "Next": "Done"},
    "Done": {"Type": "Pass", "Parameters": {"at.$": "$$.Execution.StartTime"}, "End": true}}}"#;

#[test]
fn a_wait_shows_on_a_terminal_that_it_waits() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", WAIT);
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &["run", "m.asl.json"]);
    command.stderr(terminal.stdio()).stdout(Stdio::null());
    let mut process = command.spawn().expect("the built binary runs");
    let seen = terminal.read_until("Pause  waits 2.00 s, until 2");
    assert!(!seen.contains("Pause  2"), "the wait has not ended: {seen}");
    terminal.read_until("Done  ");
    assert!(process.wait().expect("it ends").success());
}

/// Four iterations that wait, then a call that fails at first.
const MAP_AND_RETRY: &str = r#"{"StartAt": "Prices", "States": {
    "Prices": {"Type": "Map", "ItemsPath": "$.items", "Next": "Charge",
        "ItemProcessor": {"StartAt": "Price", "States": {
            "Price": {"Type": "Wait", "Seconds": 1, "End": true}}}},
    "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:000000000000:function:none",
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}], "End": true},
    "Done": {"Type": "Pass", "End": true}}}"#;

#[test]
fn a_terminal_shows_iterations_as_a_bar_and_attempts_with_their_number() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", MAP_AND_RETRY);
    let mut terminal = Terminal::open();
    terminal.resize(100, 24);
    let input = r#"{"items": [1, 2, 3, 4]}"#;
    let mut command = statewright_command(folder.path(), &["run", "m.asl.json", "--input", input]);
    command.stderr(terminal.stdio()).stdout(Stdio::null());
    let mut process = command.spawn().expect("the built binary runs");
    terminal.read_until("Prices  ░░░░░░░░░░░░░░░░░░░░ 0/4");
    let seen = terminal.read_until("4 iterations");
    assert!(!seen.contains("[0]"), "an iteration that succeeds is no line: {seen}");
    terminal.read_until("Charge  States.Permissions; retry 1 in 1.00 s");
    terminal.read_until("Charge  attempt 2 in ");
    let seen = terminal.read_until("Done  ");
    assert!(seen.contains("Charge  States.Permissions; caught"), "{seen}");
    assert!(process.wait().expect("it ends").success());
}

#[test]
fn a_terminal_of_local_shows_starts_failures_and_ends() {
    let folder = temporary_folder();
    let mut terminal = Terminal::open();
    terminal.resize(100, 24);
    let mut command = statewright_command(folder.path(), &["local", "--port", "0"]);
    command.stderr(terminal.stdio());
    let local = LocalProgram::start_command(&mut command);
    let arn = local.client.create_machine("order", MAP_AND_RETRY);
    let request = json!({"stateMachineArn": arn, "name": "x", "input": r#"{"items": [1]}"#});
    local.client.call_successfully("StartExecution", &request);
    let mut seen = terminal.read_until("Z  order:x  SUCCEEDED  ");
    seen.retain(|letter| !letter.is_ascii_digit());
    let seen = seen.split_once("SUCCEEDED").expect("it was read").0;
    let lines: Vec<&str> =
        seen.lines().filter_map(|line| Some(line.split_once("order:x")?.1)).collect();
    assert_eq!(
        lines,
        [
            "  started",
            "  Charge  States.Permissions; retry  in . s",
            "  Charge  States.Permissions; caught",
            "  ",
        ]
    );
}

#[test]
fn logs_in_a_pipe_have_no_colours_and_name_the_states() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", PASS);
    let mut command = statewright_command(folder.path(), &["run", "m.asl.json"]);
    let output = command.env("STATEWRIGHT_LOG", "debug").output();
    let said = Said::of(output.expect("the built binary runs"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.err.contains('\u{1b}'), "{said:?}");
    assert!(said.err.contains("state=A"), "{said:?}");
}

#[test]
fn an_interrupted_run_says_how_it_goes_on() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", WAIT);
    let input = r#"{"it's": 1}"#;
    let said =
        interrupt_run(folder.path(), &["run", "m.asl.json", "--data", "d", "--input", input]);
    let (before, command) = said.split_once("interrupted; ").expect("it says that it was");
    assert!(before.contains("state=Pause"), "{before}");
    let command = command.split_once('\n').expect("the command is on a line of its own").1.trim();
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder.path());
    let said = Said::of(shell.output().expect("a shell runs"));
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("going on with the interrupted execution m:"), "{said:?}");

    let said = interrupt_run(folder.path(), &["run", "m.asl.json"]);
    assert!(said.contains("interrupted, and nothing is kept; with --data DIR, "), "{said}");
}

/// Interrupts a run while it waits, as Ctrl-C does, and returns what it said on stderr.
fn interrupt_run(folder: &Path, arguments: &[&str]) -> String {
    let mut command = statewright_command(folder, arguments);
    command.env("STATEWRIGHT_LOG", "orchestrator=debug").stderr(Stdio::piped());
    let mut process = command.spawn().expect("the built binary runs");
    let mut lines = BufReader::new(process.stderr.take().expect("its errors are piped")).lines();
    let mut said = String::new();
    for line in lines.by_ref() {
        let line = line.expect("it is text") + "\n";
        said += &line;
        if line.contains("state=Pause") && line.contains("a record is durable") {
            break;
        }
    }
    let mut kill = Command::new("kill");
    kill.args(["-INT", &process.id().to_string()]);
    assert!(kill.status().expect("kill runs").success());
    assert_eq!(process.wait().expect("it ends").code(), Some(130));
    said + &lines.map(|line| line.expect("it is text") + "\n").collect::<String>()
}
