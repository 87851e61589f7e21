//! Tests of `statewright graph`.

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::{
    program::{LocalProgram, repository_root, statewright_binary},
    terminal::Terminal,
};

/// The order example, and what its outline begins with.
const ORDER: &str = "tests/acceptance/examples/order.asl.json";
const ORDER_BEGIN: &str = "○ Start\n│\n◇ HasItems  Choice\n├─ Default\n│  ✗ RejectOrder  Fail";

fn graph_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(statewright_binary());
    command.arg("graph").args(arguments).current_dir(repository_root());
    command
}

fn run_graph(arguments: &[&str]) -> Output {
    graph_command(arguments).output().expect("the built binary runs")
}

/// What the command prints, given that text on its standard input.
fn graph_of_input(arguments: &[&str], input: &str) -> Output {
    let mut command = graph_command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the built binary runs");
    let mut stdin = process.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it reads its input");
    drop(stdin);
    process.wait_with_output().expect("it ends")
}

#[track_caller]
fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    String::from_utf8(output.stdout.clone()).expect("it prints UTF-8")
}

#[test]
fn a_pipe_gets_an_outline_without_colours() {
    let outline = printed(&run_graph(&[ORDER]));
    assert!(outline.starts_with(ORDER_BEGIN), "{outline}");
    assert!(!outline.contains('\u{1b}'), "{outline:?}");
}

#[test]
fn a_terminal_gets_an_outline_in_colours_that_is_no_wider() {
    let mut terminal = Terminal::open();
    let mut stty = Command::new("stty");
    let resized = stty.args(["cols", "30"]).stdin(terminal.stdio()).status().expect("stty runs");
    assert!(resized.success());
    let mut command = graph_command(&[ORDER]);
    command.env_remove("NO_COLOR").stdout(terminal.stdio());
    let mut process = command.spawn().expect("the built binary runs");
    let seen = terminal.read_until("End");
    assert!(process.wait().expect("it ends").success());
    assert!(seen.contains("\u{1b}[1m HasItems\u{1b}[0m"), "{seen:?}");
    assert!(seen.contains('…'), "{seen}");
    for line in seen.lines() {
        let parts = line.split('\u{1b}').enumerate();
        let text = parts.map(|(at, part)| match part.split_once('m') {
            Some((_, text)) if at > 0 => text,
            _ => part,
        });
        let text: String = text.collect();
        assert!(text.chars().count() <= 30, "{text}");
    }
}

#[test]
fn a_terminal_gets_no_colours_if_they_are_unwanted() {
    let mut terminal = Terminal::open();
    let mut command = graph_command(&[ORDER]);
    command.env("NO_COLOR", "1").stdout(terminal.stdio());
    let mut process = command.spawn().expect("the built binary runs");
    let seen = terminal.read_until("End");
    assert!(process.wait().expect("it ends").success());
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn each_format_is_drawn_by_its_name_or_by_the_ending_of_the_output() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (format, ending, begin) in [
        ("svg", "svg", "<svg xmlns="),
        ("mermaid", "mmd", "flowchart TD\n"),
        ("dot", "dot", "digraph \"order\" {\n"),
        ("terminal", "txt", ORDER_BEGIN),
    ] {
        let drawing = printed(&run_graph(&[ORDER, "--format", format]));
        assert!(drawing.starts_with(begin), "{drawing}");
        let file = folder.path().join(format!("order.{ending}"));
        let output = run_graph(&[ORDER, "-o", &file.display().to_string()]);
        assert_eq!(printed(&output), "");
        assert_eq!(fs::read_to_string(&file).expect("it is written"), drawing);
    }
}

#[test]
fn yaml_from_standard_input_is_drawn_with_its_substitutions() {
    let yaml =
        "StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: ${Function}\n    End: true\n";
    let substitute = "Function=arn:aws:lambda:us-east-1:000000000000:function:f";
    let outline = printed(&graph_of_input(&["-", "--substitute", substitute], yaml));
    assert_eq!(outline, "○ Start\n│\n● A  Task · λ f\n│\n◉ End\n");
}

#[test]
fn an_invalid_definition_is_not_drawn_and_its_mistake_is_shown() {
    let output = graph_of_input(&["-"], "{\"StartAt\": \"A\",\n \"States\": {\"B\": 1}}");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("<stdin>:2:"), "{said}");
}

#[test]
fn the_history_of_an_execution_colours_its_states() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let definition = json!({"StartAt": "Each", "States": {
        "Each": {"Type": "Map", "Next": "Left", "Catch": [
            {"ErrorEquals": ["Odd"], "Next": "Recover"}],
            "ItemProcessor": {"StartAt": "IsOdd", "States": {
                "IsOdd": {"Type": "Choice", "Default": "Even", "Choices": [
                    {"Variable": "$", "NumericEquals": 1, "Next": "Odd"}]},
                "Even": {"Type": "Pass", "End": true},
                "Odd": {"Type": "Fail", "Error": "Odd"}}}},
        "Left": {"Type": "Pass", "End": true},
        "Recover": {"Type": "Succeed"}}})
    .to_string();
    let file = folder.path().join("each.asl.json");
    fs::write(&file, &definition).expect("a temporary file can be written");
    let machine = local.client.create_machine("each", &definition);
    let execution = local.client.start_execution(&machine, "x", &json!([0, 1]));
    local.client.await_end(&execution);
    let history = json!({ "events": local.client.execution_history(&execution) }).to_string();
    let file = file.display().to_string();
    let outline = printed(&graph_of_input(&[&file, "--history", "-"], &history));
    for line in ["! Each  Map", "✓ IsOdd  Choice", "✗ Odd  Fail", "· Left  Pass", "✓ Recover"]
    {
        assert!(outline.contains(line), "{line} is not in\n{outline}");
    }
    let svg = printed(&graph_of_input(&[&file, "--history", "-", "--format", "svg"], &history));
    assert!(svg.contains(r#"data-state="Odd" data-type="Fail" data-status="failed""#), "{svg}");
}

#[test]
fn a_history_of_another_machine_is_a_warning_and_one_that_is_none_an_error() {
    let event = |name: &str| -> Value {
        json!({"id": 2, "previousEventId": 0, "type": "PassStateEntered",
            "stateEnteredEventDetails": {"name": name}})
    };
    let history = json!({ "events": [event("Elsewhere")] }).to_string();
    let output = graph_of_input(&[ORDER, "--history", "-"], &history);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "warning: the definition has no such states: Elsewhere\n");
    assert!(printed(&output).contains("· HasItems"));
    for (no_history, message) in [("{}", "<stdin> has no `events`"), ("x", "<stdin> is not JSON")] {
        let output = graph_of_input(&[ORDER, "--history", "-"], no_history);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with(&format!("error: {message}")), "{said}");
    }
}
