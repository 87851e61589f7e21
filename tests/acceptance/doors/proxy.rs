//! `statewright proxy`, before a server that checks signatures and paths.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    program::{LocalProgram, statewright_binary},
    raw_http::{answer_to, list_request},
};

const PASS: &str = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;

/// A server that answers only who signs with AKID and this secret.
fn signed_server(folder: &Path) -> LocalProgram {
    let file = folder.join("credentials");
    fs::write(&file, "aws_access_key_id = AKID\naws_secret_access_key = secret\n")
        .expect("written");
    let file = file.display().to_string();
    LocalProgram::start(&folder.join("data"), &["--signed-by", &file])
}

fn proxy(endpoint: &str, credentials: &[(&str, &str)]) -> LocalProgram {
    let mut command = Command::new(statewright_binary());
    command.args(["proxy", "--port", "0", "--endpoint", endpoint]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.envs([("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")]);
    command.env("HOME", "/nowhere").envs(credentials.iter().copied()).stderr(Stdio::null());
    LocalProgram::start_command(&mut command)
}

#[test]
fn a_client_that_signs_nothing_is_served_through_the_proxy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = signed_server(folder.path());
    let endpoint = format!("http://{}", server.client.address());
    let keys = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let proxy = proxy(&endpoint, &keys);
    // Its path is escaped twice in the signature.
    let machine = proxy.client.create_machine("bestellungen-für-a+b", PASS);
    let execution = proxy.client.start_execution(&machine, "x", &json!({ "a": 1 }));
    assert_eq!(proxy.client.await_end(&execution)["output"], r#"{"a":1}"#);
    let express = "x-statewright-execution-type: EXPRESS\r\n";
    let start = json!({ "stateMachineArn": machine });
    let started = proxy.client.try_operation_with(express, "StartExecution", &start);
    let arn = started.expect("the proxy answers").expect("it is started")["executionArn"].clone();
    assert!(arn.as_str().is_some_and(|arn| arn.contains(":express:")), "{arn}");
    let unknown = json!({ "stateMachineArn": format!("{machine}-not") });
    let refused = proxy.client.call_operation("StartExecution", &unknown).expect_err("unknown");
    assert_eq!(refused["__type"], "StateMachineDoesNotExist");
    let direct = server.client.call_operation("ListStateMachines", &json!({}));
    assert_eq!(direct.expect_err("unsigned")["__type"], "MissingAuthenticationTokenException");
}

#[test]
fn what_the_deployment_or_the_proxy_refuses_is_an_exception() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = signed_server(folder.path());
    let endpoint = format!("http://{}", server.client.address());
    let exception = |endpoint: &str, credentials: &[(&str, &str)]| {
        let proxy = proxy(endpoint, credentials);
        let refused = proxy.client.call_operation("ListStateMachines", &json!({}));
        refused.expect_err("it is refused")["__type"].clone()
    };
    let other = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "another")];
    assert_eq!(exception(&endpoint, &other), "InvalidSignatureException");
    assert_eq!(exception(&endpoint, &[]), "MissingAuthenticationTokenException");
    assert_eq!(exception("http://127.0.0.1:1", &other), "ServiceUnavailableException");
}

#[test]
fn the_proxy_lends_its_credentials_to_no_page_and_no_other_host() {
    let proxy = proxy("http://127.0.0.1:1", &[]);
    let address = proxy.client.address();
    for foreign in [
        "Host: evil.example\r\n".to_owned(),
        String::new(),
        format!("Host: {address}\r\nOrigin: https://evil.example\r\n"),
    ] {
        let refused = answer_to(address, &list_request(&foreign)).expect("it answers");
        let is_refused = ["HTTP/1.1 403", "HTTP/1.1 400"].iter().any(|it| refused.starts_with(it));
        assert!(is_refused, "{foreign}: {refused}");
    }
    let get = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let refused = answer_to(address, &get).expect("it answers");
    assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
}
