mod isolation;
mod lifecycle;
mod node;
mod python;

use std::{collections::BTreeMap, fs, net::Ipv4Addr, path::Path, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
};

use super::*;
use crate::lambda::{FUNCTION_CONCURRENCY_DEFAULT, FunctionRuntime, IDLE_MAX};

/// A host of one function, `f`, whose code is in a temporary folder.
struct TestHost {
    host: FunctionHost,
    lines: Mutex<UnboundedReceiver<String>>,
    folder: TempDir,
}

impl TestHost {
    fn python(code: &str) -> Self {
        let launch = FunctionRuntime::Python { handler: "app.handler".into() };
        Self::new(launch, &[("app.py", code)], |_| {})
    }

    fn new(
        launch: FunctionRuntime,
        files: &[(&str, &str)],
        change: impl Fn(&mut HostedFunction),
    ) -> Self {
        Self::with_settings(launch, files, change, |_| {})
    }

    fn with_settings(
        launch: FunctionRuntime,
        files: &[(&str, &str)],
        change: impl Fn(&mut HostedFunction),
        change_settings: impl Fn(&mut HostSettings),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file in it");
        }
        let mut function = test_function(launch, folder.path());
        change(&mut function);
        let (sender, lines) = unbounded_channel();
        let output = OutputSink::new(move |line| {
            // A test may have ended before the last line arrives.
            drop(sender.send(format!("{} | {:?} | {}", line.function, line.stream, line.line)));
        });
        let mut settings = test_settings(output);
        change_settings(&mut settings);
        let host = FunctionHost::new([function], settings);
        Self { host, lines: Mutex::new(lines), folder }
    }

    /// Returns the next line that the function prints.
    async fn next_line(&self) -> String {
        self.lines.lock().await.recv().await.expect("the host is open")
    }

    async fn invoke(&self, payload: &str) -> HostedInvocation {
        self.host.invoke_function(test_call(payload)).await.expect("invoked")
    }

    async fn invoke_successfully(&self, payload: &str) -> String {
        match self.invoke(payload).await.outcome {
            FunctionOutcome::Succeeded(payload) => payload,
            FunctionOutcome::FunctionError(payload) => panic!("{payload}"),
        }
    }

    /// Returns the error payload, with the request's id replaced by `ID`.
    async fn invoke_failing(&self, payload: &str) -> String {
        let invocation = self.invoke(payload).await;
        match invocation.outcome {
            FunctionOutcome::Succeeded(payload) => panic!("{payload}"),
            FunctionOutcome::FunctionError(payload) => {
                payload.replace(&invocation.request_id, "ID")
            }
        }
    }
}

fn test_function(launch: FunctionRuntime, directory: &Path) -> HostedFunction {
    HostedFunction {
        name: "f".into(),
        directory: directory.to_owned(),
        runtime: launch,
        environment: BTreeMap::new(),
        // Long, so that only the tests of timeouts ever reach it.
        timeout: Duration::from_mins(5),
        memory_megabytes: 128,
        reserved_concurrency: None,
    }
}

fn test_settings(output: OutputSink) -> HostSettings {
    HostSettings {
        region: "us-east-1".into(),
        account: "123456789012".into(),
        output,
        passed_environment: Vec::new(),
        idle_max: IDLE_MAX,
        // Long, so that only the test of it ever reaches it.
        output_end_max: Duration::from_mins(5),
        concurrency_default: FUNCTION_CONCURRENCY_DEFAULT,
        processes_max: 16,
    }
}

fn test_call(payload: &str) -> FunctionCall<'_> {
    FunctionCall { function: "f", payload, client_context: None }
}

fn parse_json(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

/// A socket on which handlers tell the test that they run and wait until it releases them.
struct HandlerBarrier {
    listener: TcpListener,
}

/// A Python handler that connects to the barrier whose port is the event.
const AT_THE_GATE: &str = r#"
import os, socket, subprocess
def handler(event, context):
    gate = socket.create_connection(("127.0.0.1", event))
    gate.sendall(b".")
    gate.recv(1)
    return os.getpid()
"#;

impl HandlerBarrier {
    async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        Self { listener }
    }

    fn port(&self) -> String {
        self.listener.local_addr().expect("an address").port().to_string()
    }

    /// Waits until a handler has reached the barrier.
    async fn wait_for_handler(&self) -> TcpStream {
        let (mut stream, _) = self.listener.accept().await.expect("a connection");
        stream.read_u8().await.expect("a sign");
        stream
    }
}

async fn release_handler(mut stream: TcpStream) {
    stream.write_u8(b'.').await.expect("someone there");
}

/// Waits until every process that holds the other end of the connection is gone.
async fn wait_until_gone(mut stream: TcpStream) {
    // A killed process closes or resets the connection. Both mean that it is gone.
    while stream.read_u8().await.is_ok() {}
}
