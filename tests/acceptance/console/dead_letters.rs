//! Messages that nobody could handle, and the way back, wherever a target keeps them.

use std::{path::Path, process::Stdio};

use serde_json::{Value, json};

use super::{
    PASS,
    browser::{Answered, Browser, assert_runs_nothing, field_value},
    console_command,
    deployment::AccountDouble,
};
use crate::{
    program::LocalProgram,
    services::stub::{StubAnswer, StubProtocol, StubResponse},
};

const FAIL: &str = r#"{"StartAt": "Ship", "States": {"Ship": {"Type": "Fail", "Error": "E"}}}"#;
const REASON: &str = "5 processes in a row died of it: <script>alert(1)</script>";
const MOVE_BACK: &str = "/actions/move-dead-letter-back";

/// The message of a letter about the execution `order:x`.
fn message() -> Value {
    json!({ "execution": "order:x", "frame": "", "kind": "<img onerror=alert(2)>" })
}

/// Starts a server with an execution that has failed, and returns their ARNs.
fn start_server(data: &Path) -> (LocalProgram, String) {
    let local = LocalProgram::start(data, &["--region", "us-east-1"]);
    let machine = local.client.create_machine("order", FAIL);
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    assert_eq!(local.client.await_end(&execution)["status"], "FAILED");
    (local, execution)
}

/// Puts a letter where the store keeps them.
fn put_letter(data: &Path) {
    let database = rusqlite::Connection::open(data.join("statewright.sqlite")).expect("a database");
    let insert = "INSERT INTO dead_letters (buried_at, message, reason) VALUES (0, ?1, ?2)";
    database.execute(insert, [&message().to_string(), REASON]).expect("a row");
}

fn json_answer(members: &Value) -> StubAnswer {
    StubResponse::success(StubProtocol::Json, members).into()
}

fn has_section(browser: &Browser) -> bool {
    browser.open("/").contains(r#"<a href="/dead-letters""#)
}

fn assert_shows_letter(browser: &Browser, execution: &str) -> Answered {
    assert!(has_section(browser));
    let page = browser.get("/dead-letters");
    assert_runs_nothing("/dead-letters", &page);
    for text in [
        &format!(r#"<a href="/executions/{execution}">order:x</a>"#),
        "5 processes in a row died of it: &lt;script&gt;",
        "<dd>Ship</dd>",
        "&lt;img onerror=alert(2)&gt;",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    page
}

/// Sends the form of the page's letter.
fn move_back(browser: &Browser, page: &Answered) -> Answered {
    let field = |name| field_value(&page.body, name);
    let fields = ["action-token", "execution", "letter"].map(|name| (name, field(name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    browser.submit(MOVE_BACK, &fields)
}

fn redrive_count(local: &LocalProgram, execution: &str) -> Value {
    let members = json!({ "executionArn": execution });
    local.client.call_successfully("DescribeExecution", &members)["redriveCount"].clone()
}

#[test]
fn a_server_moves_a_letter_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (local, execution) = start_server(folder.path());
    let browser = Browser::at(local.client.address());
    assert!(has_section(&browser));
    assert!(browser.open("/dead-letters").contains("There are none."));
    put_letter(folder.path());
    let page = assert_shows_letter(&browser, &execution);
    assert!(browser.open("/metrics").contains("statewright_dead_letters 1"));
    let moved = move_back(&browser, &page);
    assert_eq!(moved.status, 303, "{}", moved.body);
    assert_eq!(moved.header("location"), Some(&*format!("/executions/{execution}")));
    assert_eq!(local.client.await_end(&execution)["status"], "FAILED");
    assert_eq!(redrive_count(&local, &execution), 1);
    assert!(browser.open("/dead-letters").contains("There are none."));
    assert!(browser.open("/metrics").contains("statewright_dead_letters 0"));
}

#[test]
fn a_letter_stays_if_its_execution_cannot_go_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (local, execution) = start_server(folder.path());
    put_letter(folder.path());
    let browser = Browser::at(local.client.address());
    let page = browser.get("/dead-letters");
    let token = field_value(&page.body, "action-token");
    let letter = field_value(&page.body, "letter");
    let missing = execution.replace(":x", ":y");
    for (token, execution, status) in
        [("0", &execution, 403), ("", &execution, 403), (&token, &missing, 404)]
    {
        let fields = [("action-token", token), ("execution", execution), ("letter", &letter)];
        assert_eq!(browser.submit(MOVE_BACK, &fields).status, status);
    }
    assert_eq!(redrive_count(&local, &execution), 0);
    assert_shows_letter(&browser, &execution);
    let machine = execution.replace(":execution:", ":stateMachine:").replace(":x", "");
    let update = json!({ "stateMachineArn": machine, "definition": PASS });
    local.client.call_successfully("UpdateStateMachine", &update);
    local.client.call_successfully("DeleteStateMachine", &json!({ "stateMachineArn": machine }));
    let page = browser.get("/dead-letters");
    assert_eq!(page.status, 200, "{}", page.body);
}

#[test]
fn a_folder_shows_its_letters_with_and_without_a_server() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let (local, execution) = start_server(&data);
    put_letter(&data);
    let start = || {
        let mut command = console_command(folder.path(), &["--data", "data"]);
        LocalProgram::start_command(command.stderr(Stdio::null()))
    };
    let beside = start();
    let browser = Browser::at(beside.client.address());
    let page = assert_shows_letter(&browser, &execution);
    assert_eq!(move_back(&browser, &page).status, 303);
    assert_eq!(local.client.await_end(&execution)["redriveCount"], 1);
    assert!(beside.terminate() && local.terminate());
    let alone = start();
    let browser = Browser::at(alone.client.address());
    let page = assert_shows_letter(&browser, &execution);
    assert_eq!(move_back(&browser, &page).status, 303);
    assert!(browser.open("/dead-letters").contains("There are none."));
    assert!(alone.terminate());
    let local = LocalProgram::start(&data, &["--region", "us-east-1"]);
    assert_eq!(local.client.await_end(&execution)["redriveCount"], 2);
}

#[test]
fn an_endpoint_alone_tells_of_no_letters() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (local, _) = start_server(&folder.path().join("data"));
    let endpoint = format!("http://{}", local.client.address());
    let mut command = console_command(folder.path(), &["--endpoint", &endpoint]);
    let console = LocalProgram::start_command(command.stderr(Stdio::null()));
    let browser = Browser::at(console.client.address());
    assert!(!has_section(&browser));
    assert_eq!(browser.get("/dead-letters").status, 404);
}

#[test]
fn a_deployment_moves_a_letter_back_and_takes_it_off_its_queue() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (local, execution) = start_server(&folder.path().join("data"));
    let deployment = AccountDouble::start(local.client.address());
    let report = json!({ "reason": REASON, "message": message() }).to_string();
    let event = json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": 1});
    let letters = [(report, "first/receipt+=", 1_000), (event.to_string(), "second", 2_000)];
    let letters = letters.map(|(body, receipt, sent_at): (String, &str, i64)| {
        let sent_at = sent_at.to_string();
        json!({"Body": body, "ReceiptHandle": receipt, "Attributes": {"SentTimestamp": sent_at}})
    });
    let list = [json_answer(&json!({ "Messages": letters })), json_answer(&json!({}))];
    let lists = [list.clone(), list].concat();
    deployment.stub.script("AmazonSQS.ReceiveMessage", "letters", lists);
    for operation in ["ChangeMessageVisibilityBatch", "DeleteMessage"] {
        let operation = format!("AmazonSQS.{operation}");
        deployment.stub.script(&operation, "letters", vec![json_answer(&json!({}))]);
    }
    let mut command = console_command(folder.path(), &["--stack", "orders"]);
    command.envs(deployment.environment()).stderr(Stdio::null());
    let console = LocalProgram::start_command(&mut command);
    let browser = Browser::at(console.client.address());
    let page = assert_shows_letter(&browser, &execution);
    // The newest is first, and nothing can be moved back that has started nothing.
    let (event, report) = page.body.split_once("order:x").expect("two letters");
    assert!(event.contains("An event that has started nothing"), "{event}");
    assert!(!event.contains("Move back") && report.contains("Move back"));
    let shown = deployment.stub.requests("AmazonSQS.ChangeMessageVisibilityBatch", "second");
    assert_eq!(shown.len(), 1, "whoever looks next sees them");
    assert_eq!(move_back(&browser, &page).status, 303);
    assert_eq!(local.client.await_end(&execution)["redriveCount"], 1);
    let removed = deployment.stub.requests("AmazonSQS.DeleteMessage", "letters");
    assert_eq!(removed.len(), 1);
    assert!(removed[0].text().contains("first/receipt+="), "{removed:?}");
}
