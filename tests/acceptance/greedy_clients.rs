//! One client cannot take what the others need: files, connections, memory, somebody who listens.

use std::{
    fmt::Write as _,
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::program::{LocalProgram, local_command};

/// Connections of one greedy client: more than a server with [`FILES_MAX`] files can hold.
const GREEDY_CONNECTIONS: usize = 200;
/// Files that the server may have open.
const FILES_MAX: u32 = 128;

/// A command that runs another one with so many files at most, which it cannot raise.
fn with_files(files_max: u32, command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {files_max} && exec \"$0\" \"$@\"")]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

fn lists_machines(local: &LocalProgram) {
    local.client.call_successfully("ListStateMachines", &json!({}));
}

#[test]
fn a_server_whose_files_are_used_up_serves_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = with_files(FILES_MAX, &local_command(folder.path(), &[]));
    let local = LocalProgram::start_command(&mut command);
    let mut held = Vec::new();
    for sent in [
        "",
        "POST / HTTP/1.1\r\nHo",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
    ] {
        for _ in 0..GREEDY_CONNECTIONS {
            let mut stream = TcpStream::connect(local.client.address()).expect("it listens");
            // The server may have closed it for another one.
            drop(stream.write_all(sent.as_bytes()));
            held.push(stream);
        }
        lists_machines(&local);
    }
    drop(held);
    lists_machines(&local);
}

/// A SAM template with so many Python functions, `f0`, `f1`, …, which answer their event.
fn write_functions(folder: &Path, count: usize) -> String {
    let code = "def handler(event, context): return event\n";
    fs::write(folder.join("app.py"), code).expect("written");
    let mut template = "Resources:\n".to_owned();
    for number in 0..count {
        writeln!(
            template,
            "  F{number}: {{Type: AWS::Serverless::Function, Properties: {{FunctionName: f{number}, \
             Runtime: python3.11, CodeUri: ., Timeout: 60, Handler: app.handler}}}}"
        )
        .expect("a string takes any text");
    }
    let file = folder.join("template.yaml");
    fs::write(&file, template).expect("written");
    file.display().to_string()
}

fn call_definition(function: &str) -> String {
    format!(
        r#"{{"StartAt": "Call", "States": {{"Call": {{"Type": "Task", "End": true,
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:{function}"}}}}}}"#
    )
}

#[test]
fn more_functions_than_there_are_files_for_are_all_called() {
    const FUNCTIONS: usize = 32;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = write_functions(folder.path(), FUNCTIONS);
    let command = local_command(&folder.path().join("data"), &["--template", &template]);
    let local = LocalProgram::start_command(&mut with_files(FILES_MAX, &command));
    let executions: Vec<_> = (0..FUNCTIONS)
        .map(|number| {
            let function = format!("f{number}");
            let machine = local.client.create_machine(&function, &call_definition(&function));
            local.client.start_execution(&machine, "x", &json!(number))
        })
        .collect();
    for (number, execution) in executions.iter().enumerate() {
        let ended = local.client.await_end(execution);
        assert_eq!(ended["output"], number.to_string(), "{ended}");
    }
}

/// Sends as much as the server takes for now.
fn send_what_is_taken(stream: &mut TcpStream, bytes: &[u8]) {
    stream.set_nonblocking(true).expect("a socket");
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(size) => sent += size,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn bodies_that_do_not_end_take_bounded_memory_and_nobodys_turn() {
    const BODY_BYTES: usize = 2 << 20;
    const CLIENTS: usize = 150;
    const GROWTH_BYTES_MAX: u64 = 160 << 20;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    lists_machines(&local);
    let before = resident_bytes(local.process_id());
    let head =
        format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY_BYTES}\r\n\r\n");
    let body = vec![b' '; BODY_BYTES - 1];
    let mut senders: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut stream = TcpStream::connect(local.client.address()).expect("it listens");
            stream.write_all(head.as_bytes()).expect("it reads");
            stream
        })
        .collect();
    for stream in &mut senders {
        send_what_is_taken(stream, &body);
        lists_machines(&local);
    }
    let growth = resident_bytes(local.process_id()).saturating_sub(before);
    assert!(growth < GROWTH_BYTES_MAX, "{} MiB more", growth >> 20);
}

#[cfg(target_os = "linux")]
fn resident_bytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.expect("Linux says so") << 10
}

#[test]
fn output_that_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // More than a pipe and our queue hold together.
    let code =
        "def handler(event, context):\n    for line in range(40_000):\n        print('x' * 99)\n";
    fs::write(folder.path().join("app.py"), code).expect("written");
    let template = write_functions(folder.path(), 1);
    fs::write(folder.path().join("app.py"), code).expect("written");
    let mut command = local_command(&folder.path().join("data"), &["--template", &template]);
    // Its logs go the same way.
    command.env("STATEWRIGHT_LOG", "debug").stderr(Stdio::piped());
    let mut local = LocalProgram::start_command(&mut command);
    let mut unread = local.take_stderr().expect("it is piped");
    let machine = local.client.create_machine("prints", &call_definition("f0"));
    for name in ["first", "second"] {
        let execution = local.client.start_execution(&machine, name, &json!({}));
        assert_eq!(local.client.await_end(&execution)["status"], "SUCCEEDED");
    }
    assert!(local.terminate(), "it ends although nobody reads");
    let mut said = String::new();
    unread.read_to_string(&mut said).expect("it is text");
    assert!(said.contains("f0 | xxx"), "what the pipe held is there");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_is_short_of_memory_takes_on_no_more_and_lets_all_else_go_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &["--memory-limit", "1M"]);
    let create = json!({"name": "m", "roleArn": "arn:aws:iam::000000000000:role/r",
        "definition": r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#});
    let refused = local.client.call_operation("CreateStateMachine", &create);
    let refused = refused.expect_err("it takes more than a mebibyte");
    assert_eq!(refused["__type"], "ThrottlingException", "{refused}");
    lists_machines(&local);
    drop(local);
    let local = LocalProgram::start(folder.path(), &["--memory-limit", "64G"]);
    local.client.call_successfully("CreateStateMachine", &create);
}
