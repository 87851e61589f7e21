//! DynamoDB and SQS over HTTP: the Python package `ministack`, in a process that all tests share
//! and that ends with them.

mod queues;

use orchestrator::ports::Clock;
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use system_clock::SystemClock;

use aws::{DynamoDbTable, TableSettings};
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};

/// Pinned, since the contracts depend on its answers.
const PACKAGE: &str = "ministack==1.5.33";
/// Serves until its standard input closes, which happens when the test process ends.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
sys.argv = ['ministack']
from ministack.app import main
main()
";

/// The running server process.
struct MinistackServer {
    endpoint: String,
    _process: Child,
}

fn shared_server() -> &'static MinistackServer {
    static SERVER: OnceLock<MinistackServer> = OnceLock::new();
    SERVER.get_or_init(|| MinistackServer::start(&python_with_ministack()))
}

/// A Python interpreter with the package. The first run of the tests installs it.
fn python_with_ministack() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    let python = folder.join("bin/python").display().to_string();
    let made = folder.join("made");
    if !made.exists() {
        run_command(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            "Python 3 with its module venv (Debian: python3-venv)",
        );
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run_command(
            Command::new(&python).args(pip),
            "pip, and in the first run the network or a mirror that pip is configured for",
        );
        std::fs::write(made, "").expect("is written");
    }
    python
}

fn run_command(command: &mut Command, needed: &str) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("these tests need {needed}: {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "these tests need {needed}: {command:?} failed: {said}");
}

impl MinistackServer {
    fn start(python: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut process = Command::new(python)
            .args(["-c", PROGRAM])
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", &endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let said = process.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let mut before = Vec::new();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("it ended: {}", before.join("\n")));
            if line.contains("Running on") {
                break;
            }
            before.push(line);
        }
        // A full pipe would block the server.
        std::thread::spawn(move || lines.for_each(drop));
        Self { endpoint, _process: process }
    }
}

pub(crate) async fn create_ministack_table() -> DynamoDbTable {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .endpoint_url(&shared_server().endpoint)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let number = TABLES.fetch_add(1, Ordering::Relaxed);
    let table = DynamoDbTable::new(
        &config,
        TableSettings::with_name(&format!("table-{number}"), || SystemClock.now()),
    );
    aws::create_table(&table).await.expect("is made");
    table
}
