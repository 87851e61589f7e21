//! Whom `statewright local` answers, whom it calls, and what it leaves behind.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
};

use serde_json::json;

use crate::{
    program::{LocalProgram, local_command, statewright_binary},
    raw_http::{answer_to, list_request},
};

/// A machine that calls a function which nobody hosts.
const CALL: &str = r#"{"StartAt": "Call", "States": {"Call": {"Type": "Task", "End": true,
    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:elsewhere"}}}"#;

/// A function that connects to the port in its event, and keeps the connection.
const HOLDING: &str = r#"
import os, socket, subprocess
gates = []
def handler(event, context):
    gates.append(socket.create_connection(("127.0.0.1", event["port"])))
    subprocess.Popen(["sleep", "1000"], pass_fds=[gates[-1].fileno()])
"#;

/// A program that does the same through the Runtime API.
const HOLDING_PROGRAM: &str = r#"
import http.client, json, os, socket
host, secret = os.environ["AWS_LAMBDA_RUNTIME_API"].split("/")
api = http.client.HTTPConnection(host)
path = "/" + secret + "/2018-06-01/runtime/invocation/"
gates = []
while True:
    api.request("GET", path + "next")
    offer = api.getresponse()
    event = json.loads(offer.read())
    gates.append(socket.create_connection(("127.0.0.1", event["port"])))
    request = offer.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", path + request + "/response", "null")
    api.getresponse().read()
"#;

#[test]
fn only_requests_to_a_name_of_its_own_are_served() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &["--allow-host", "flows.test"]);
    let address = local.client.address();
    let port = address.rsplit_once(':').expect("a port").1;
    let answer = |headers: &str| answer_to(address, &list_request(headers)).expect("it answers");
    for own in ["127.0.0.1", "localhost", "[::1]", "flows.test"] {
        let served = answer(&format!("Host: {own}:{port}\r\nOrigin: http://{own}:{port}\r\n"));
        assert!(served.starts_with("HTTP/1.1 200"), "{own}: {served}");
    }
    for foreign in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\nOrigin: http://evil.example:{port}\r\n"),
        format!("Host: 0.0.0.0:{port}\r\n"),
        String::new(),
        format!("Host: {address}\r\nOrigin: https://evil.example\r\n"),
        format!("Host: {address}\r\nOrigin: null\r\n"),
    ] {
        let refused = answer(&foreign);
        assert!(!refused.starts_with("HTTP/1.1 200"), "{foreign}: {refused}");
        assert!(!refused.contains("stateMachines"), "{foreign}: {refused}");
    }
    let refused = answer("Host: evil.example\r\n");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert!(refused.contains("--allow-host evil.example"), "{refused}");
}

/// A command without settings of AWS, and without a place from which to get any.
fn without_aws(mut command: Command, home: &Path) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "us-east-1");
    command
}

fn end_of_call(local: &LocalProgram) -> serde_json::Value {
    let machine = local.client.create_machine("calls", CALL);
    local.client.await_end(&local.client.start_execution(&machine, "x", &json!({})))
}

#[test]
fn what_it_does_not_host_is_called_in_aws_only_if_that_is_allowed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let command = |data: &str, arguments: &[&str]| {
        without_aws(local_command(&folder.path().join(data), arguments), folder.path())
    };
    let mut by_default = command("default", &[]);
    // These would be used if it called AWS; and this says that no endpoint counts.
    by_default.envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]);
    by_default.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    by_default.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let refused = end_of_call(&LocalProgram::start_command(&mut by_default));
    assert_eq!(refused["error"], "States.Permissions");
    let cause = refused["cause"].as_str().unwrap_or_default();
    for named in ["elsewhere", "--aws", "--function", "AWS_ENDPOINT_URL_LAMBDA"] {
        assert!(cause.contains(named), "{named}: {cause}");
    }

    let allowed = end_of_call(&LocalProgram::start_command(&mut command("allowed", &["--aws"])));
    let cause = allowed["cause"].as_str().unwrap_or_default();
    let called = "It was not called in AWS either: there are no AWS credentials";
    assert!(cause.ends_with(called) && !cause.contains("--aws"), "{cause}");

    let mut run = without_aws(Command::new(statewright_binary()), folder.path());
    let file = folder.path().join("calls.asl.json");
    fs::write(&file, CALL).expect("written");
    let output = run.arg("run").arg(file).output().expect("the built binary runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("FAILED States.Permissions") && said.contains("--aws"), "{said}");
}

#[test]
fn the_endpoint_that_the_environment_names_is_called() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let lambda = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call");
        let mut request = vec![0; 1 << 16];
        let size = stream.read(&mut request).expect("a request");
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n\"there\"";
        stream.write_all(answer.as_bytes()).expect("it is read");
        String::from_utf8_lossy(&request[..size]).into_owned()
    });
    let mut command = without_aws(local_command(&folder.path().join("data"), &[]), folder.path());
    command.env("AWS_ENDPOINT_URL_LAMBDA", endpoint);
    command.envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]);
    let ended = end_of_call(&LocalProgram::start_command(&mut command));
    assert_eq!(ended["output"], "\"there\"", "{ended}");
    let request = lambda.join().expect("it was called");
    assert!(request.contains("elsewhere"), "{request}");
}

#[test]
fn a_killed_server_leaves_no_process_and_no_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let temporary = folder.path().join("tmp");
    fs::create_dir(&temporary).expect("created");
    fs::write(folder.path().join("app.py"), HOLDING).expect("written");
    fs::write(folder.path().join("program.py"), HOLDING_PROGRAM).expect("written");
    let template = folder.path().join("template.yaml");
    let resource = "Resources: {F: {Type: AWS::Serverless::Function, Properties: {FunctionName: \
                    hosted, Runtime: python3.11, CodeUri: ., Handler: app.handler}}}";
    fs::write(&template, resource).expect("written");
    // The second command: what it starts is not its own process.
    let program = folder.path().join("program.py").display().to_string();
    let direct = format!("direct=exec python3 {program}");
    let nested = format!("nested=python3 {program}; exit 0");
    let template = template.display().to_string();
    let arguments = ["--template", &template, "--function", &direct, "--function", &nested];
    let mut command = local_command(&folder.path().join("data"), &arguments);
    command.env("TMPDIR", &temporary);
    let local = LocalProgram::start_command(&mut command);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let mut held = Vec::new();
    for function in ["hosted", "direct", "nested"] {
        let machine = local.client.create_machine(function, &CALL.replace("elsewhere", function));
        let execution = local.client.start_execution(&machine, "x", &json!({ "port": port }));
        assert_eq!(local.client.await_end(&execution)["status"], "SUCCEEDED", "{function}");
        held.push(listener.accept().expect("a connection").0);
    }
    local.kill();
    for mut stream in held {
        // It ends when the last process that holds it has ended.
        drop(stream.read(&mut [0]));
    }
    let names = fs::read_dir(&temporary).expect("reads").map(|e| e.expect("reads").file_name());
    let left: Vec<_> = names.collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(unix)]
#[test]
fn only_its_user_reads_its_data() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let local = LocalProgram::start(&data, &[]);
    local.client.create_machine("calls", CALL);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in fs::read_dir(&data).expect("reads") {
        let file = file.expect("reads").path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
