//! What a browser sees at a server that wants a token or a signature.

use std::fs;

use crate::{
    program::LocalProgram,
    raw_http::{answer_to, list_request},
};

/// What a browser accepts for a page.
const ACCEPT: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";

/// Servers behind each door, and the command that each must name before and after its address.
fn closed_servers(folder: &tempfile::TempDir) -> [(LocalProgram, &'static str, &'static str); 2] {
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).expect("written");
        file.display().to_string()
    };
    let token = write("token", "0123456789abcdef\n");
    let keys = write("keys", "aws_access_key_id = AKID\naws_secret_access_key = secret\n");
    let start = |data: &str, door: &str, file: &str| {
        LocalProgram::start(&folder.path().join(data), &[door, file])
    };
    [
        (start("a", "--token", &token), "<pre>statewright", " --token FILE</pre>"),
        (
            start("b", "--signed-by", &keys),
            "<pre>AWS_SHARED_CREDENTIALS_FILE=FILE statewright",
            "</pre>",
        ),
    ]
}

fn read(address: &str, method: &str, path: &str, headers: &str) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    answer_to(address, &request).expect("it answers")
}

#[test]
fn a_browser_is_told_the_command_that_shows_the_pages() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (local, before, after) in closed_servers(&folder) {
        let address = local.client.address();
        for path in ["/", "/executions", "/machines/x"] {
            let page = read(address, "GET", path, &format!("Host: {address}\r\n{ACCEPT}"));
            assert!(page.starts_with("HTTP/1.1 403"), "{page}");
            assert!(page.contains("content-type: text/html"), "{page}");
            assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
            let command = format!("{before} console --endpoint http://{address}{after}");
            assert!(page.contains(&command), "{command}: {page}");
        }
        let head = read(address, "HEAD", "/", &format!("Host: {address}\r\n{ACCEPT}"));
        assert!(head.starts_with("HTTP/1.1 403") && head.ends_with("\r\n\r\n"), "{head}");
    }
}

#[test]
fn the_page_repeats_no_host_that_a_shell_or_a_browser_would_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (local, before, after) in closed_servers(&folder) {
        for host in ["$(reboot)", "a'onclick='b", "<script>", "a@evil.example", "a;b", "a&b"] {
            let headers = format!("Host: {host}\r\n{ACCEPT}");
            let page = read(local.client.address(), "GET", "/", &headers);
            let command = format!("{before} console --endpoint URL{after}");
            assert!(page.contains(&command) && !page.contains(host), "{host}: {page}");
        }
    }
}

#[test]
fn all_others_are_refused_as_clients_of_the_api_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (local, ..) in closed_servers(&folder) {
        let address = local.client.address();
        let host = format!("Host: {address}\r\n");
        for refused in [
            read(address, "GET", "/", &format!("{host}Accept: */*\r\n")),
            read(address, "GET", "/metrics", &format!("{host}Accept: text/plain\r\n")),
            read(address, "DELETE", "/", &format!("{host}{ACCEPT}")),
            answer_to(address, &list_request(&format!("{host}{ACCEPT}"))).expect("it answers"),
        ] {
            assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
            assert!(refused.contains("MissingAuthenticationTokenException"), "{refused}");
        }
        let healthy = read(address, "GET", "/health", &format!("{host}{ACCEPT}"));
        assert!(healthy.starts_with("HTTP/1.1 200"), "{healthy}");
    }
}
