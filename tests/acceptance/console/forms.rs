//! Only forms of the console's own pages act.

use serde_json::json;

use super::{Opened, PASS, browser::Browser};

const START: &str = "/actions/start-execution";

#[test]
fn a_form_starts_an_execution() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", PASS);
    for (name, browser) in ["by-server", "by-command"].into_iter().zip(opened.browsers()) {
        let token = browser.action_token(&format!("/machines/{machine}?view=start"));
        let fields = [
            ("action-token", &*token),
            ("machine", &machine),
            ("input", r#"{"shoes": "größe 42 & more"}"#),
            ("name", name),
        ];
        let started = browser.submit(START, &fields);
        assert_eq!(started.status, 303, "{}", started.body);
        let page = started.header("location").expect("it leads to the execution").to_owned();
        let execution = page.strip_prefix("/executions/").expect("a page of an execution");
        let ended = opened.local.client.await_end(execution);
        assert_eq!(ended["input"], r#"{"shoes": "größe 42 & more"}"#);
        assert!(browser.open(&page).contains("Succeeded"));
    }
    assert_eq!(opened.execution_count(&machine), 2);
}

#[test]
fn a_form_shows_what_came_of_an_express_execution() {
    let opened = Opened::start();
    let made = opened.local.client.call_successfully(
        "CreateStateMachine",
        &json!({"name": "quote", "type": "EXPRESS", "definition": PASS,
            "roleArn": "arn:aws:iam::000000000000:role/any"}),
    );
    let machine = made["stateMachineArn"].as_str().expect("an ARN");
    for browser in opened.browsers() {
        let page = browser.open(&format!("/machines/{machine}?view=start"));
        assert!(page.contains("It runs while you wait"), "{page}");
        let token = browser.action_token(&format!("/machines/{machine}?view=start"));
        let fields = [
            ("action-token", &*token),
            ("machine", machine),
            ("type", "EXPRESS"),
            ("input", r#"{"shoes": "<i>2</i>"}"#),
        ];
        let shown = browser.submit(START, &fields);
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(shown.body.contains("Succeeded"), "{}", shown.body);
        assert!(shown.body.contains("&lt;i&gt;2&lt;/i&gt;"), "{}", shown.body);
        assert!(!shown.body.contains("What its states did</a>"), "{}", shown.body);
    }
    let tag = json!([{ "key": "statewright:history", "value": "kept" }]);
    let tagging = json!({ "resourceArn": machine, "tags": tag });
    opened.local.client.call_successfully("TagResource", &tagging);
    let [browser, _] = opened.browsers();
    let token = browser.action_token(&format!("/machines/{machine}?view=start"));
    let fields = [("action-token", &*token), ("machine", machine), ("type", "EXPRESS")];
    let shown = browser.submit(START, &fields).body;
    let (before, _) = shown.split_once("\">What its states did</a>").expect("a link");
    let (_, path) = before.rsplit_once("href=\"").expect("an address");
    assert!(browser.open(path).contains("aria-label=\"States\""), "{path}");
}

/// A page of another site may lead here, and not have this server ask the API for its pictures.
#[test]
fn no_other_page_can_embed_one() {
    let opened = Opened::start();
    for browser in opened.browsers() {
        let host = browser.host_header();
        for (headers, status) in [
            (format!("{host}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), 403),
            (format!("{host}Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n"), 403),
            (format!("{host}Sec-Fetch-Site: cross-site\r\n"), 403),
            (format!("{host}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"), 200),
            (format!("{host}Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n"), 200),
            (host.clone(), 200),
        ] {
            let answer = browser.send("GET /executions", &headers, "");
            assert_eq!(answer.status, status, "{headers}");
        }
    }
}

/// What a page of somebody else's could make a browser send, and what no page sends.
#[test]
fn no_other_page_can_start_anything() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", PASS);
    let [server, command] = opened.browsers();
    let path = format!("/machines/{machine}?view=start");
    let tokens = [&server, &command].map(|browser| browser.action_token(&path));
    assert_ne!(tokens[0], tokens[1], "each process has its own");
    let others = [&tokens[1], &tokens[0]];
    for ((browser, token), other) in [&server, &command].into_iter().zip(&tokens).zip(others) {
        refuses_forms(browser, &machine, token, other);
        refuses_what_is_no_form(browser, &machine, token);
    }
    assert_eq!(opened.execution_count(&machine), 0);
}

fn refuses_forms(browser: &Browser, machine: &str, token: &str, other: &str) {
    let host = browser.host_header();
    let own = format!("{host}Sec-Fetch-Site: same-origin\r\n");
    let without = [("machine", machine), ("input", "{}")];
    let with = |token| [("action-token", token), ("machine", machine), ("input", "{}")];
    let twice =
        [("action-token", other), ("action-token", token), ("machine", machine), ("input", "{}")];
    for (headers, fields) in [
        (own.clone(), &without[..]),
        (own.clone(), &with("")),
        (own.clone(), &with("0000")),
        (own.clone(), &with(other)),
        (own.clone(), &with(&token[..31])),
        (own, &twice),
        (format!("{host}Sec-Fetch-Site: cross-site\r\n"), &with(token)),
        (format!("{host}Sec-Fetch-Site: same-site\r\n"), &with(token)),
        (format!("{host}Sec-Fetch-Site: none\r\n"), &with(token)),
        (format!("{host}Origin: https://evil.example\r\n"), &with(token)),
        (format!("{host}Origin: null\r\n"), &with(token)),
        ("Host: evil.example\r\n".to_owned(), &with(token)),
        ("Host: 127.0.0.1.evil.example\r\n".to_owned(), &with(token)),
    ] {
        let refused = browser.post_form(START, &headers, fields);
        assert_eq!(refused.status, 403, "{headers}{fields:?}: {}", refused.body);
    }
}

/// Another page's script can send these without being asked, or only after a question that is not answered.
fn refuses_what_is_no_form(browser: &Browser, machine: &str, token: &str) {
    let host = browser.host_header();
    let form = format!("action-token={token}&machine={machine}&input=%7B%7D");
    let json = format!(r#"{{"stateMachineArn": "{machine}", "action-token": "{token}"}}"#);
    for (content_type, body) in [
        ("text/plain", &form),
        ("multipart/form-data; boundary=x", &form),
        ("application/json", &json),
    ] {
        let headers = format!("{host}Content-Type: {content_type}\r\n");
        let refused = browser.send(&format!("POST {START}"), &headers, body);
        assert_eq!(refused.status, 400, "{content_type}: {}", refused.body);
    }
    let headers = format!("{host}Content-Type: application/x-www-form-urlencoded\r\n");
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let refused = browser.send(&format!("{method} {START}?{form}"), &headers, &form);
        assert!([400, 404, 405].contains(&refused.status), "{method}: {}", refused.body);
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
}

#[test]
fn the_command_passes_no_request_of_the_api_on() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", PASS);
    let browser = &opened.browsers()[1];
    let target = "X-Amz-Target: AWSStepFunctions.StartExecution\r\n";
    let body = format!(r#"{{"stateMachineArn": "{machine}"}}"#);
    for content_type in ["application/x-amz-json-1.0", "application/x-www-form-urlencoded"] {
        for request in ["POST /", "POST /actions/start-execution", "GET /"] {
            let headers =
                format!("{}{target}Content-Type: {content_type}\r\n", browser.host_header());
            let refused = browser.send(request, &headers, &body);
            assert_eq!(refused.status, 400, "{request}: {}", refused.body);
            assert!(refused.body.contains("UnknownOperationException"), "{}", refused.body);
        }
    }
    assert_eq!(opened.execution_count(&machine), 0);
}

#[test]
fn a_page_is_shown_to_this_machine_only() {
    let opened = Opened::start();
    opened.local.client.create_machine("secret-plans", PASS);
    for browser in opened.browsers() {
        for headers in ["", "Host: evil.example\r\n", "Host: 10.0.0.1\r\n"] {
            let refused = browser.send("GET /", headers, "");
            assert!([400, 403].contains(&refused.status), "{headers}: {}", refused.body);
            assert!(!refused.body.contains("secret-plans"), "{}", refused.body);
        }
    }
}
