//! What `statewright local` tells those who watch it.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    program::{LocalProgram, statewright_binary},
    raw_http::answer_to,
};

const TOKEN: &str = "0123456789abcdef";
const STARTED: &str = "statewright_executions_started_total";
const ABORTED: &str = "statewright_executions_ended_total{type=\"STANDARD\",status=\"ABORTED\"}";

/// Fails unless its input has `ok`.
const CHECK: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Check", "States": {
    "Check": {"Type": "Choice", "Default": "No",
        "Choices": [{"Condition": "{% $states.input.ok %}", "Next": "Yes"}]},
    "Yes": {"Type": "Succeed"}, "No": {"Type": "Fail", "Error": "NotOk"}}}"#;
const WAIT: &str = r#"{"StartAt": "Wait", "States": {
    "Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#;

fn get(address: &str, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
    answer_to(address, &request).expect("it answers")
}

/// The samples of the metrics by their names and labels.
fn samples_of(address: &str) -> BTreeMap<String, f64> {
    let answer = get(address, "/metrics", &format!("Host: {address}\r\n"));
    let (head, text) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.to_lowercase().contains("content-type: text/plain; version=0.0.4"), "{head}");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    };
    lines.map(sample).collect()
}

#[test]
fn anybody_may_ask_whether_it_works_and_learns_nothing_else() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token");
    fs::write(&file, TOKEN).expect("written");
    let file = file.display().to_string();
    let local = LocalProgram::start(&folder.path().join("data"), &["--token", &file]);
    let address = local.client.address();
    // An orchestrator names a server by any address, and has no token.
    let answer = get(address, "/health", "Host: 10.1.2.3:8083\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let body: Value = serde_json::from_str(body).expect("it is JSON");
    assert_eq!(body, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    let refused = get(address, "/metrics", &format!("Host: {address}\r\n"));
    assert!(refused.contains("MissingAuthenticationTokenException"), "{refused}");
    let bearer = format!("Host: {address}\r\nAuthorization: Bearer {TOKEN}\r\n");
    assert!(get(address, "/metrics", &bearer).contains("\nstatewright_build_info{"));
}

#[test]
fn a_page_of_somebody_else_reads_no_metrics() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let refused = get(local.client.address(), "/metrics", "Host: evil.example\r\n");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[test]
fn what_executions_do_is_counted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let client = &local.client;
    let check = client.create_machine("check", CHECK);
    let wait = client.create_machine("wait", WAIT);
    for (name, ok) in [("a", true), ("b", true), ("c", false)] {
        client.await_end(&client.start_execution(&check, name, &json!({ "ok": ok })));
    }
    let stopped = client.start_execution(&wait, "stopped", &json!({}));
    client.call_successfully("StopExecution", &json!({ "executionArn": stopped }));
    client.start_execution(&wait, "waiting", &json!({}));
    client.call_operation("Nothing\"{", &json!({})).expect_err("there is no such operation");

    // The two that wait, or waited, may still be on their way.
    let on_their_way = |samples: &BTreeMap<String, f64>| {
        samples["statewright_timers_waiting"] < 1.0 || samples[ABORTED] < 1.0
    };
    let mut samples = samples_of(client.address());
    while on_their_way(&samples) || samples[STARTED] < 5.0 {
        samples = samples_of(client.address());
    }
    let of = |name: &str| samples.get(name).copied();
    let ended = |status: &str| {
        of(&format!("statewright_executions_ended_total{{type=\"STANDARD\",status=\"{status}\"}}"))
    };
    assert_eq!(of(STARTED), Some(5.0));
    let ends = ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "RUNNING"].map(ended);
    assert_eq!(ends, [Some(2.0), Some(1.0), Some(1.0), Some(0.0), None]);
    assert_eq!(of("statewright_executions_running"), Some(1.0));
    assert_eq!(of("statewright_dead_letters"), Some(0.0));
    let requests = |operation: &str, status: u16| {
        of(&format!("statewright_requests_total{{operation=\"{operation}\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("StartExecution", 200), Some(5.0));
    assert_eq!(requests("unknown", 400), Some(1.0));
    assert!(of("process_start_time_seconds").is_some_and(|seconds| seconds > 1.7e9));
}

#[test]
fn an_express_execution_is_counted_when_it_has_ended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let machine = local.client.call_successfully(
        "CreateStateMachine",
        &json!({"name": "express", "type": "EXPRESS", "definition": CHECK,
            "roleArn": "arn:aws:iam::000000000000:role/tests"}),
    );
    let start = json!({"stateMachineArn": machine["stateMachineArn"], "input": "{\"ok\": false}"});
    local.client.call_successfully("StartSyncExecution", &start);
    let failed = "statewright_executions_ended_total{type=\"EXPRESS\",status=\"FAILED\"}";
    let samples = samples_of(local.client.address());
    assert_eq!(samples.get(failed), Some(&1.0));
    assert_eq!(samples.get(STARTED), Some(&0.0), "it counts Standard executions");
}

/// Runs `statewright health`; returns its exit code and all that it says.
fn ask_health(endpoint: &str) -> (Option<i32>, String) {
    let mut command = Command::new(statewright_binary());
    let asked = command.args(["health", "--endpoint", endpoint]).output().expect("it runs");
    let said = [asked.stdout, asked.stderr].concat();
    (asked.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_container_asks_by_the_command_itself() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let endpoint = format!("http://{}", local.client.address());
    for endpoint in [endpoint.clone(), format!("{endpoint}/")] {
        let (code, said) = ask_health(&endpoint);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.starts_with("ok "), "{said}");
    }
    local.kill();
    let (code, said) = ask_health(&endpoint);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for unusable in ["https://127.0.0.1", "127.0.0.1:8083", "http://"] {
        let (code, said) = ask_health(unusable);
        assert_eq!(code, Some(2), "{unusable}: {said}");
    }
}

#[test]
fn another_server_is_not_taken_for_a_healthy_one() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let asking = std::thread::spawn(move || ask_health(&endpoint));
    let (mut connection, _) = listener.accept().expect("it connects");
    let mut head = [0; 16];
    connection.read_exact(&mut head).expect("it asks");
    assert_eq!(&head, b"GET /health HTTP");
    write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").expect("sent");
    drop(connection);
    let (code, said) = asking.join().expect("it did not panic");
    assert_eq!(code, Some(1), "{said}");
}
