//! The places that commands speak to, on one machine.

use std::fs;

use super::Shell;
use crate::program::LocalProgram;

const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

#[test]
fn a_folder_is_read_and_told_of_starts_while_no_server_uses_it() {
    let shell = Shell::new();
    fs::create_dir(shell.path().join(".statewright")).expect("a folder");
    let deployed = shell.piped("statewright deploy order.asl.json --region eu-west-1");
    assert_eq!(deployed, "created arn:aws:states:eu-west-1:000000000000:stateMachine:order\n");
    let started = shell.piped("statewright start order --name a1 --input '{\"items\": [1]}'");
    assert!(
        started.contains("it runs when `statewright local --data .statewright` does"),
        "{started}"
    );
    let waited = shell.piped("statewright start order --wait");
    assert!(
        waited.contains("[exit code 2]") && waited.contains("this would wait for ever"),
        "{waited}"
    );
    assert!(shell.piped("statewright list").contains("RUNNING"));
    // Both commands want the folder: the second one waits for what the first prints.
    let started =
        shell.piped("statewright start order --name a2 && statewright start order --name a3");
    assert!(!started.contains("exit code"), "{started}");
    let stopped = shell.piped(
        "statewright list -q | grep -e a2 -e a3 | statewright stop - && statewright list --prefix a",
    );
    assert_eq!(stopped.matches("stopped arn:").count(), 2, "{stopped}");
    // A server that starts meanwhile waits until those who read have done so.
    let readers: Vec<_> = (0..4)
        .map(|_| shell.command("statewright machines >/dev/null").spawn().expect("a shell runs"))
        .collect();
    let server = shell.start_server();
    for mut reader in readers {
        assert!(reader.wait().expect("it ends").success());
    }
    let history = shell.piped("statewright history order:a1 --follow --type ExecutionSucceeded");
    assert!(history.contains("ExecutionSucceeded") && !history.contains("exit code"), "{history}");
    drop(server);
    assert!(shell.piped("statewright list").contains("SUCCEEDED"));
}

#[test]
fn everything_is_deployed_and_deleted_whether_it_can_be_printed_or_not() {
    let shell = Shell::new();
    let _server = shell.start_server();
    let deployed = "statewright deploy order.asl.json approval.asl.json quick.asl.json > /dev/full";
    assert_eq!(shell.piped(deployed), "");
    assert_eq!(shell.piped("statewright machines --json | wc -l").trim(), "3");
    assert_eq!(shell.piped("statewright delete order approval quick > /dev/full"), "");
    assert_eq!(shell.piped("statewright machines --json | wc -l").trim(), "0");
}

#[test]
fn dead_letters_are_listed_with_their_reasons() {
    let shell = Shell::new();
    let server = shell.start_server();
    let nothing = shell.piped("statewright dead-letters");
    assert_eq!(nothing, "no dead letters\n");
    let database = shell.path().join(".statewright/statewright.sqlite");
    let database = rusqlite::Connection::open(database).expect("a database");
    let message = r#"{"execution": "order:x", "frame": "", "kind": "any"}"#;
    database
        .execute(
            "INSERT INTO dead_letters (buried_at, message, reason) VALUES (0, ?1, ?2)",
            [message, "five workers died of it"],
        )
        .expect("a row");
    let listed = shell.piped("statewright dead-letters");
    assert!(
        listed.starts_with("EXECUTION  REASON\norder:x    five workers died of it\n"),
        "{listed}"
    );
    let json = shell.piped("statewright dead-letters --json");
    assert!(json.contains(r#""at":"1970-01-01T00:00:00.000Z""#), "{json}");
    drop(server);
    assert_eq!(shell.piped("statewright dead-letters"), listed);
    let elsewhere = shell.piped("statewright dead-letters --endpoint http://127.0.0.1:1");
    assert!(elsewhere.contains("[exit code 2]"), "{elsewhere}");
}

#[test]
fn the_environment_names_an_endpoint_as_for_every_aws_tool() {
    let mut shell = Shell::new();
    let server = LocalProgram::start(&shell.path().join("elsewhere"), &[]);
    server.client.create_machine("there", PASS);
    let nothing = shell.piped("statewright machines");
    assert!(!nothing.contains("there"), "{nothing}");
    let endpoint = format!("http://{}", server.client.address());
    shell.variables.push(("AWS_ENDPOINT_URL_SFN".to_owned(), endpoint));
    assert!(shell.piped("statewright machines").contains("there"));
}

#[test]
fn a_server_that_wants_a_token_or_a_signature_is_given_it() {
    let mut shell = Shell::new();
    fs::write(shell.path().join("token"), "0123456789abcdef\n").expect("a file");
    let token = shell.path().join("token").display().to_string();
    let server = LocalProgram::start(&shell.path().join("with-token"), &["--token", &token]);
    let endpoint = format!("http://{}", server.client.address());
    let refused = shell.piped(&format!("statewright machines --endpoint {endpoint}"));
    assert!(refused.contains("MissingAuthenticationToken"), "{refused}");
    let answered =
        shell.piped(&format!("statewright machines --endpoint {endpoint} --token token"));
    assert!(answered.contains("no state machines at"), "{answered}");
    assert!(!format!("{refused}{answered}").contains("0123456789abcdef"));

    let keys =
        "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = 0123456789abcdef\n";
    fs::write(shell.path().join("keys"), keys).expect("a file");
    let keys = shell.path().join("keys").display().to_string();
    let server = LocalProgram::start(&shell.path().join("signed"), &["--signed-by", &keys]);
    let command = format!("statewright machines --endpoint http://{}", server.client.address());
    let refused = shell.piped(&command);
    assert!(refused.contains("[exit code 2]"), "{refused}");
    shell.variables.push(("AWS_SHARED_CREDENTIALS_FILE".to_owned(), keys));
    let answered = shell.piped(&command);
    assert!(answered.contains("no state machines at"), "{answered}");
}
