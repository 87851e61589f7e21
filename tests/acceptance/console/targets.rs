//! What `statewright console` shows, and as whom.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use super::{
    PASS,
    browser::Browser,
    console_command,
    deployment::{AccountDouble, USER},
};
use crate::program::{LocalProgram, statewright_binary};

fn start_server(folder: &Path, arguments: &[&str]) -> LocalProgram {
    LocalProgram::start(&folder.join("data"), arguments)
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stderr) + &text(&output.stdout))
}

/// The lines of a program's standard error up to one that begins so.
fn said_until(program: &mut LocalProgram, last: &str) -> Vec<String> {
    let stderr = program.take_stderr().expect("it is piped");
    let mut lines = Vec::new();
    for line in BufReader::new(stderr).lines() {
        lines.push(line.expect("it says text"));
        if lines.last().is_some_and(|line| line.starts_with(last)) {
            return lines;
        }
    }
    panic!("it did not say {last}: {lines:?}")
}

#[test]
fn it_says_what_it_shows_and_ends_when_it_is_told_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = start_server(folder.path(), &[]);
    let endpoint = format!("http://{}", local.client.address());
    let mut command = console_command(folder.path(), &["--endpoint", &endpoint]);
    let mut console = LocalProgram::start_command(command.stderr(Stdio::piped()));
    let lines = said_until(&mut console, "actions are");
    assert_eq!(
        lines,
        [format!("showing {endpoint}"), "actions are those of ada at the console".to_owned()]
    );
    assert!(console.terminate(), "it ends with success");
}

#[test]
fn a_server_that_does_not_answer_is_no_target() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for target in [&["--endpoint", "http://127.0.0.1:1"][..], &["--data", "nowhere"]] {
        let output =
            console_command(folder.path(), target).output().expect("the built binary runs");
        let (code, said) = said(&output);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.starts_with("error: ") && !said.contains("listening"), "{said}");
    }
}

#[test]
fn the_remembered_target_is_shown() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = start_server(folder.path(), &[]);
    local.client.create_machine("order", PASS);
    let endpoint = format!("http://{}", local.client.address());
    let mut remember = Command::new(statewright_binary());
    remember.args(["use", "--endpoint", &endpoint]).env_remove("XDG_CONFIG_HOME");
    remember.env("HOME", folder.path()).current_dir(folder.path());
    assert!(remember.output().expect("the built binary runs").status.success());
    let console = LocalProgram::start_command(&mut console_command(folder.path(), &[]));
    assert!(Browser::at(console.client.address()).open("/").contains(">order</a>"));
}

#[test]
fn the_executions_of_a_folder_go_on_once_a_server_uses_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join(".statewright");
    let machine = LocalProgram::start(&data, &["--region", "us-east-1"]);
    let arn = machine.client.create_machine("order", PASS);
    assert!(machine.terminate());
    let mut command = console_command(folder.path(), &[]);
    let mut console = LocalProgram::start_command(command.stderr(Stdio::piped()));
    let lines = said_until(&mut console, "its executions stand still");
    assert_eq!(lines[0], "showing .statewright (no server runs on it)");
    let browser = Browser::at(console.client.address());
    assert!(browser.open("/connect").contains("statewright local --data .statewright"));
    let token = browser.action_token(&format!("/machines/{arn}?view=start"));
    let fields = [("action-token", &*token), ("machine", &arn), ("name", "x"), ("input", "{}")];
    let started = browser.submit("/actions/start-execution", &fields);
    let page = started.header("location").expect("it is started").to_owned();
    assert!(browser.open(&page).contains("Running"));
    assert!(console.terminate());
    let local = LocalProgram::start(&data, &["--region", "us-east-1"]);
    let execution = page.strip_prefix("/executions/").expect("a page of an execution");
    assert_eq!(local.client.await_end(execution)["status"], "SUCCEEDED");
}

#[test]
fn a_server_with_a_token_or_a_key_pair_is_shown_to_who_has_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        file.display().to_string()
    };
    let token = write("token", "0123456789abcdef\n");
    let keys = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = 0123456789\n";
    let keys = write("keys", keys);
    for (door, file) in [("--token", &token), ("--signed-by", &keys)] {
        let local = LocalProgram::start(&folder.path().join(format!("data{door}")), &[door, file]);
        let endpoint = format!("http://{}", local.client.address());
        let mut without = console_command(folder.path(), &["--endpoint", &endpoint]);
        let without = LocalProgram::start_command(without.stderr(Stdio::null()));
        let refused = Browser::at(without.client.address()).get("/");
        assert_eq!(refused.status, 400, "{}", refused.body);
        let mut with = console_command(folder.path(), &["--endpoint", &endpoint]);
        if door == "--token" {
            with.args([door, file]);
        }
        with.env("AWS_SHARED_CREDENTIALS_FILE", &keys);
        let with = LocalProgram::start_command(with.stderr(Stdio::null()));
        let page = Browser::at(with.client.address()).open("/");
        assert!(page.contains("There are no state machines yet"), "{page}");
        assert!(!page.contains("0123456789"), "{page}");
    }
}

#[test]
fn a_deployment_is_shown_to_its_caller() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = start_server(folder.path(), &[]);
    local.client.create_machine("order", PASS);
    let deployment = AccountDouble::start(local.client.address());
    let mut command = console_command(folder.path(), &["--stack", "orders"]);
    command.envs(deployment.environment()).stderr(Stdio::piped());
    let mut console = LocalProgram::start_command(&mut command);
    let lines = said_until(&mut console, "actions are");
    assert_eq!(
        lines,
        ["showing stack orders".to_owned(), format!("actions are those of {USER} at the console")]
    );
    let browser = Browser::at(console.client.address());
    assert!(browser.open("/").contains(">order</a>"));
    assert!(browser.open("/connect").contains("statewright proxy --stack orders"));
}

#[test]
fn its_help_fits_a_screen_and_has_an_example() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, help) =
        said(&console_command(folder.path(), &["--help"]).output().expect("the built binary runs"));
    assert_eq!(code, Some(0), "{help}");
    assert!(help.lines().count() <= 40, "{help}");
    assert_eq!(help.lines().find(|line| line.chars().count() > 100), None);
    assert!(help.contains("Examples:\n  statewright console --stack"), "{help}");
}
