//! `test --watch`.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr},
};

use super::*;
use crate::terminal::Terminal;

const CASE: &str = "# One\n```asl file=m.asl.json\n```\n```output\n{}\n```\n";
const MOCKED: &str = "# Two\n```asl file=task.asl.json\n```\n```mock file=mocks.json case=M#Happy\n```\n\
                      ```output\n1\n```\n";
const TASK: &str = r#"{"StartAt": "T", "States": {"T": {"Type": "Task", "End": true,
    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}}}"#;

fn mocks(result: u32) -> String {
    format!(
        "{{\"StateMachines\": {{\"M\": {{\"TestCases\": {{\"Happy\": {{\"T\": \"R\"}}}}}}}}, \
         \"MockedResponses\": {{\"R\": {{\"0\": {{\"Return\": {result}}}}}}}}}"
    )
}

/// Reads the next line of a run.
fn next_line(lines: &mut BufReader<ChildStderr>) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).expect("it is text");
    line
}

fn interrupt(process: &Child) {
    let mut kill = Command::new("kill");
    kill.args(["-INT", &process.id().to_string()]);
    assert!(kill.status().expect("kill runs").success());
}

#[test]
fn tests_run_again_after_an_edit_of_any_file_that_they_read() {
    let folder = temporary_folder();
    let write = |name: &str, text: &str| write_file(folder.path(), name, text);
    write("m.asl.json", PASS);
    write("a.test.md", CASE);
    let mut command = statewright_command(folder.path(), &["test", ".", "--watch"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the built binary runs");
    let mut lines = BufReader::new(process.stderr.take().expect("it is piped"));
    let watching = |count: u32| format!("; watching {count} files, Ctrl-C ends\n");
    let mut expect = |line: &str| assert_eq!(next_line(&mut lines), line);

    expect(&format!("run 1: 1 case passed{}", watching(2)));
    write("m.asl.json", &PASS.replace("\"End\"", "\"Result\": 3, \"End\""));
    expect(&format!("run 2 (./m.asl.json changed): 1 of 1 case failed{}", watching(2)));
    write("m.asl.json", PASS);
    expect(&format!("run 3 (./m.asl.json changed): 1 case passed{}", watching(2)));
    write("task.asl.json", TASK);
    write("mocks.json", &mocks(1));
    write("b.test.md", MOCKED);
    expect(&format!("run 4 (./b.test.md changed): 2 cases passed{}", watching(5)));
    write("mocks.json", &mocks(22));
    expect(&format!("run 5 (./mocks.json changed): 1 of 2 cases failed{}", watching(5)));
    std::fs::remove_file(folder.path().join("b.test.md")).expect("it is there");
    expect(&format!("run 6 (./b.test.md changed): 1 case passed{}", watching(2)));
    write("a.test.md", "# One\n");
    expect("error: ./a.test.md: there is no case: no section says what must come\n");
    let unread = "run 7 (./a.test.md changed): 0 cases passed, 1 file could not be read";
    expect(&format!("{unread}; watching 1 file, Ctrl-C ends\n"));
    interrupt(&process);
    assert_eq!(process.wait().expect("it ends").code(), Some(130));
    let mut out = String::new();
    let mut stdout = process.stdout.take().expect("it is piped");
    stdout.read_to_string(&mut out).expect("it is text");
    assert!(out.starts_with("./a.test.md\n  ok    One\n1 case passed\n./a.test.md\n"), "{out}");
    assert!(!out.contains('\u{1b}'), "nothing is cleared in a pipe: {out:?}");
}

#[test]
fn a_terminal_shows_the_last_run_only() {
    let folder = temporary_folder();
    write_file(folder.path(), "m.asl.json", PASS);
    write_file(folder.path(), "a.test.md", CASE);
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &["test", ".", "--watch"]);
    command.stdout(terminal.stdio()).stderr(Stdio::null());
    let mut process = command.spawn().expect("the built binary runs");
    let seen = terminal.read_until("1 case passed\r\n");
    assert!(seen.starts_with("\u{1b}[2J\u{1b}[H./a.test.md\r\n  ok    One\r\n"), "{seen:?}");
    write_file(folder.path(), "a.test.md", &CASE.replace("One", "Another"));
    let seen = terminal.read_until("1 case passed\r\n");
    assert_eq!(seen, "\u{1b}[2J\u{1b}[H./a.test.md\r\n  ok    Another\r\n1 case passed\r\n");
    interrupt(&process);
    assert_eq!(process.wait().expect("it ends").code(), Some(130));
}

#[test]
fn standard_input_cannot_be_watched() {
    let folder = temporary_folder();
    let said = run_with_input(folder.path(), &["test", "--watch", "-"], CASE);
    let expected = "error: --watch cannot watch standard input\n";
    assert_eq!((said.code, said.err.as_str()), (Some(2), expected));
}
