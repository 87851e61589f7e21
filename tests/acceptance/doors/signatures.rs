//! A server that other machines can reach answers only who has its key pair or its token.

use std::{fs, process::Command};

use crate::{
    program::{LocalProgram, local_command, statewright_binary},
    raw_http::{answer_to, list_request},
};

#[test]
fn other_machines_are_not_served_without_a_key_pair_or_a_token() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(statewright_binary());
    command.args(["local", "--memory", "--port", "0", "--host", "0.0.0.0"]);
    let refused = command.output().expect("the built binary runs");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--signed-by") && said.contains("--token"), "{said}");
    let weak = folder.path().join("weak");
    fs::write(&weak, "1234").expect("written");
    let refused = command.arg("--token").arg(weak).output().expect("the built binary runs");
    assert_eq!(refused.status.code(), Some(2), "a token that can be guessed");
}

#[test]
fn a_token_is_asked_for_and_then_any_host_will_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("token");
    fs::write(&file, "0123456789abcdef\n").expect("written");
    let file = file.display().to_string();
    let arguments = ["--host", "0.0.0.0", "--token", &file];
    let local = LocalProgram::start(&folder.path().join("data"), &arguments);
    let address = local.client.address().replace("0.0.0.0", "127.0.0.1");
    let answer = |headers: &str| answer_to(&address, &list_request(headers)).expect("it answers");
    let served = answer("Host: flows.test\r\nAuthorization: Bearer 0123456789abcdef\r\n");
    assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    for wrong in ["", "Authorization: Bearer 0123456789abcdeF\r\n", "Authorization: Bearer \r\n"] {
        let refused = answer(&format!("Host: {address}\r\n{wrong}"));
        assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
        assert!(refused.contains("MissingAuthenticationTokenException"), "{refused}");
    }
}

#[test]
fn a_request_that_is_not_signed_with_the_key_pair_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("credentials");
    fs::write(&file, "aws_access_key_id = AKID\naws_secret_access_key = secret\n")
        .expect("written");
    let file = file.display().to_string();
    let mut command = local_command(&folder.path().join("data"), &["--signed-by", &file]);
    let local = LocalProgram::start_command(&mut command);
    let address = local.client.address();
    let scope = "Credential=AKID/20260101/us-east-1/states/aws4_request";
    let signed = "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00";
    for (authorization, exception) in [
        (String::new(), "MissingAuthenticationTokenException"),
        ("Authorization: Bearer x\r\n".to_owned(), "IncompleteSignatureException"),
        (
            format!("Authorization: AWS4-HMAC-SHA256 {}, {signed}\r\n", scope.replace("AKID", "B")),
            "UnrecognizedClientException",
        ),
        (
            format!(
                "Authorization: AWS4-HMAC-SHA256 {scope}, {signed}\r\nX-Amz-Date: 20260101T000000Z\r\n"
            ),
            "InvalidSignatureException",
        ),
    ] {
        let request = list_request(&format!("Host: {address}\r\n{authorization}"));
        let refused = answer_to(address, &request).expect("it answers");
        assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
        assert!(refused.contains(exception), "{refused}");
    }
    let page = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let page = answer_to(address, &page).expect("it answers");
    assert!(page.starts_with("HTTP/1.1 400"), "{page}");
}
