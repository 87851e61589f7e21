//! What functions know of their host, what others can do to them, and what is left of them.

use std::{env, process::Stdio};

use tokio::process::Command;

use super::*;

/// A program that connects to the port in its environment, starts another that holds the connection,
/// too, ignores what it can, and never asks its endpoint for anything.
const STUBBORN: &str = r#"
import os, signal, socket, subprocess
for each in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
gate = socket.create_connection(("127.0.0.1", int(os.environ["GATE"])))
subprocess.Popen(["sh", "-c", "trap '' TERM; read -r _"], stdin=gate.dup(), pass_fds=[gate.fileno()])
gate.sendall(b".")
while True:
    signal.pause()
"#;

/// A handler in whose process no other JavaScript ever runs again.
const BUSY_NODE: &str = r#"
const net = require("node:net"), fs = require("node:fs");
exports.handler = async (event) => {
    const gate = net.connect(event, "127.0.0.1");
    await new Promise((resolve) => gate.write(".", resolve));
    for (;;);
};
"#;

#[tokio::test]
async fn nobody_without_the_secret_takes_an_invocation() {
    let code = r#"
import os, socket
def handler(event, context):
    gate = socket.create_connection(("127.0.0.1", event))
    gate.sendall(b".")
    gate.recv(1)
    print(os.environ["AWS_LAMBDA_RUNTIME_API"], context.aws_request_id)
    gate.recv(1)
    return "its own"
"#;
    let hosted = TestHost::python(code);
    let barrier = HandlerBarrier::open().await;
    let port = barrier.port();
    let stranger = async {
        let mut stream = barrier.wait_for_handler().await;
        stream.write_u8(b'.').await.expect("someone there");
        let line = hosted.next_line().await;
        let (address, request) =
            line.rsplit_once("| ").and_then(|(_, said)| said.split_once(' ')).expect("both");
        let (socket, secret) = address.split_once('/').expect("a secret");
        assert!(secret.len() >= 32, "{secret}");
        for (method, path) in [
            ("GET", "/2018-06-01/runtime/invocation/next".to_owned()),
            ("POST", format!("/2018-06-01/runtime/invocation/{request}/response")),
            ("POST", format!("/{}/2018-06-01/runtime/invocation/{request}/error", &secret[1..])),
            ("POST", "/2018-06-01/runtime/init/error".to_owned()),
        ] {
            let answer = ask_endpoint(socket, method, &path).await;
            assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        }
        stream.write_u8(b'.').await.expect("someone there");
    };
    let (answer, ()) = tokio::join!(hosted.invoke_successfully(&port), stranger);
    assert_eq!(answer, r#""its own""#);
}

async fn ask_endpoint(socket: &str, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(socket).await.expect("anybody can connect");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {socket}\r\nConnection: close\r\n\
         Content-Length: 6\r\n\r\n\"mine\""
    );
    stream.write_all(request.as_bytes()).await.expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

#[tokio::test]
async fn a_function_gets_only_what_is_passed_to_it() {
    let code = "
import os
def handler(event, context):
    return [sorted(name for name in os.environ if name.startswith('CARGO')), 'HOME' in os.environ]
";
    let launch = FunctionRuntime::Python { handler: "app.handler".into() };
    // Cargo sets this one, and more that begin like it.
    let name = "CARGO_MANIFEST_DIR";
    assert!(env::var_os(name).is_some() && env::var_os("CARGO_PKG_NAME").is_some());
    let alone = TestHost::with_settings(launch.clone(), &[("app.py", code)], |_| {}, |_| {});
    assert_eq!(parse_json(&alone.invoke_successfully("1").await), serde_json::json!([[], false]));
    let given = TestHost::with_settings(
        launch,
        &[("app.py", code)],
        |_| {},
        |settings| {
            settings.passed_environment = vec![name.to_owned(), "NOT_SET_ANYWHERE".to_owned()];
        },
    );
    let expected = serde_json::json!([[name], false]);
    assert_eq!(parse_json(&given.invoke_successfully("1").await), expected);
}

#[tokio::test]
async fn nothing_is_left_of_a_host_that_ends() {
    let hosted = TestHost::python(
        "import os\ndef handler(event, context): return os.environ['LAMBDA_RUNTIME_DIR']",
    );
    let folder = parse_json(&hosted.invoke_successfully("1").await);
    let folder = Path::new(folder.as_str().expect("a path"));
    assert!(folder.is_dir());
    hosted.host.shut_down().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn every_process_ends_when_its_host_is_killed() {
    const KIND: &str = "STATEWRIGHT_TEST_KIND";
    const PORT: &str = "STATEWRIGHT_TEST_GATE_PORT";
    if let (Ok(kind), Ok(port)) = (env::var(KIND), env::var(PORT)) {
        // This is the host that is killed: the test below runs this same test in another process.
        drop(host_of_kind(&kind, &port).invoke(&port).await);
        return;
    }
    let has_node = std::process::Command::new("node").arg("--version").output().is_ok();
    for kind in ["python", "command", "node"] {
        if kind == "node" && !has_node {
            continue;
        }
        let barrier = HandlerBarrier::open().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let name = "lambda::host::tests::isolation::every_process_ends_when_its_host_is_killed";
        let mut host = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", name])
            .env(KIND, kind)
            .env(PORT, barrier.port())
            // The files of a test host's function stay; those of the host itself do not.
            .env("TMPDIR", folder.path())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("another host");
        let stream = barrier.wait_for_handler().await;
        host.kill().await.expect("killed");
        wait_until_gone(stream).await;
        let entries = fs::read_dir(folder.path()).expect("reads");
        let names = entries.map(|entry| entry.expect("reads").file_name());
        let left: Vec<_> =
            names.filter(|name| name.to_string_lossy().starts_with("statewright")).collect();
        assert!(left.is_empty(), "{kind}: {left:?}");
    }
}

fn host_of_kind(kind: &str, port: &str) -> TestHost {
    match kind {
        "python" => TestHost::python(AT_THE_GATE),
        "node" => {
            let launch = FunctionRuntime::Node { handler: "index.handler".into() };
            TestHost::new(launch, &[("index.js", BUSY_NODE)], |_| {})
        }
        _ => {
            let command = vec!["python3".into(), "-c".into(), STUBBORN.into()];
            TestHost::new(FunctionRuntime::Command(command), &[], |function| {
                function.environment.insert("GATE".into(), port.to_owned());
            })
        }
    }
}
