//! `local`, as its user, a browser, and a client with its defaults see it.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use super::*;
use crate::{program::LocalProgram, terminal::Terminal};

/// Answers of `local` to a request of a browser: the first line, and all else.
fn request_page(local: &LocalProgram, method: &str, path: &str) -> (String, String) {
    let address = local.client.address();
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (first, rest) = answer.split_once("\r\n").expect("an answer has a head");
    (first.to_owned(), rest.to_owned())
}

#[test]
fn a_browser_sees_a_page_at_the_address() {
    let folder = temporary_folder();
    let local = LocalProgram::start(folder.path(), &[]);
    let (status, page) = request_page(&local, "GET", "/");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(page.contains("content-type: text/html"), "{page}");
    assert!(page.contains("There are no state machines yet"), "{page}");
    let (_, page) = request_page(&local, "GET", "/connect");
    let endpoint = format!("AWS_ENDPOINT_URL_SFN=http://{} ", local.client.address());
    assert!(page.contains(&endpoint), "{page}");
    assert!(page.contains("AWS_DISABLE_HOST_PREFIX_INJECTION=true"), "{page}");
    let (status, page) = request_page(&local, "GET", "/favicon.ico");
    assert_eq!(status, "HTTP/1.1 404 Not Found");
    assert!(!page.contains("UnknownOperationException"), "{page}");
    let (status, page) = request_page(&local, "POST", "/");
    assert_eq!(status, "HTTP/1.1 400 Bad Request");
    assert!(page.contains("UnknownOperationException"), "{page}");
}

#[test]
fn a_start_says_what_clients_need() {
    let folder = temporary_folder();
    let mut terminal = Terminal::open();
    let mut command =
        statewright_command(folder.path(), &["local", "--port", "0", "--function", "f=true"]);
    command.env("AWS_REGION", "eu-west-1").stderr(terminal.stdio());
    let local = LocalProgram::start_command(&mut command);
    let seen = terminal.read_until("disableHostPrefix: true");
    for expected in [
        "ARNs: region eu-west-1 (from AWS_REGION; --region overrides it), account 000000000000",
        "hosted functions: f",
        "AWS_DISABLE_HOST_PREFIX_INJECTION=true",
        "Config(inject_host_prefix=False)",
    ] {
        assert!(seen.contains(expected), "{expected} is not in {seen}");
    }
    drop(local);
}

#[test]
fn a_terminal_shows_each_execution() {
    let folder = temporary_folder();
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &["local", "--port", "0"]);
    let local = LocalProgram::start_command(command.stderr(terminal.stdio()));
    let machine = local.client.create_machine("passes", PASS);
    local.client.start_execution(&machine, "x", &json!({}));
    let seen = terminal.read_until("passes:x  SUCCEEDED  ");
    assert!(seen.contains("passes:x  started"), "{seen}");
    let fails =
        r#"{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No", "Cause": "why"}}}"#;
    let machine = local.client.create_machine("fails", fails);
    local.client.start_execution(&machine, "y", &json!({}));
    let seen = terminal.read_until("No: why");
    assert!(seen.contains("fails:y  FAILED  "), "{seen}");
}

#[test]
fn a_pipe_is_shown_no_execution() {
    let folder = temporary_folder();
    let mut command = statewright_command(folder.path(), &["local", "--port", "0"]);
    let log = std::fs::File::create(folder.path().join("log")).expect("a file can be made");
    let local = LocalProgram::start_command(command.stderr(log));
    let machine = local.client.create_machine("passes", PASS);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    local.client.await_end(&execution);
    drop(local);
    let log = std::fs::read_to_string(folder.path().join("log")).expect("it was written");
    assert!(!log.contains("passes"), "{log}");
}

#[test]
fn a_port_that_is_taken_says_what_to_do() {
    let folder = temporary_folder();
    let local = LocalProgram::start(&folder.path().join("one"), &[]);
    let port = local.client.address().rsplit_once(':').expect("an address has a port").1;
    let said = run_in(folder.path(), &["local", "--port", port]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--port"), "{said:?}");
    let data = folder.path().join("one").display().to_string();
    let said = run_in(folder.path(), &["local", "--port", "0", "--data", &data]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--data") && said.err.contains("in use"), "{said:?}");
}

#[test]
fn an_edited_definition_is_deployed_again() {
    let folder = temporary_folder();
    let passing =
        |result: &str| PASS.replace("\"End\"", &format!("\"Result\": \"{result}\", \"End\""));
    write_file(folder.path(), "flows/a.asl.json", &passing("old"));
    let mut terminal = Terminal::open();
    let mut command = statewright_command(folder.path(), &["local", "--port", "0", "flows"]);
    let local = LocalProgram::start_command(command.stderr(terminal.stdio()));
    let arn = "arn:aws:states:us-east-1:000000000000:stateMachine:a";
    let deployed = format!("deployed {arn} from flows/a.asl.json");
    terminal.read_until(&deployed);
    let output_of = |name: &str| {
        let execution = local.client.start_execution(arn, name, &json!({}));
        local.client.await_end(&execution)["output"].clone()
    };
    assert_eq!(output_of("x"), json!("\"old\""));
    write_file(folder.path(), "flows/a.asl.json", &passing("newer"));
    terminal.read_until("updated a: 1 state changed (A)");
    assert_eq!(output_of("y"), json!("\"newer\""));
    write_file(folder.path(), "flows/a.asl.json", "{");
    let seen = terminal.read_until("state machine a is not deployed from flows/a.asl.json");
    assert!(seen.contains("INVALID_JSON_DESCRIPTION"), "{seen}");
    assert_eq!(output_of("z"), json!("\"newer\""));
    write_file(folder.path(), "flows/b.asl.json", PASS);
    terminal.read_until("stateMachine:b from flows/b.asl.json");
}
