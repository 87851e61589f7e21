//! Data full of markup and scripts is shown, and not run.

use serde_json::json;

use super::{
    Opened,
    browser::{Answered, Browser, assert_runs_nothing},
};

const SCRIPT: &str = "<script>alert(1)</script>";
const IMAGE: &str = r#""><img src=x onerror="alert(2)">"#;
const LINK: &str = "javascript:alert(3)//</script><svg onload=alert(4)>";
/// What a name may have of them.
const NAME: &str = "javascript'onmouseover=alert(5)'";

/// A state machine whose every text is hostile.
fn hostile_definition() -> String {
    json!({
        "Comment": LINK,
        "StartAt": SCRIPT,
        "States": {
            SCRIPT: {
                "Type": "Pass",
                "Comment": IMAGE,
                "Result": {IMAGE: SCRIPT, "link": LINK},
                "ResultPath": "$.made",
                "Next": IMAGE,
            },
            IMAGE: {
                "Type": "Choice",
                "Choices": [{"Variable": "$.input", "StringEquals": SCRIPT, "Next": LINK}],
                "Default": LINK,
            },
            LINK: {"Type": "Fail", "Error": IMAGE, "Cause": SCRIPT},
        },
    })
    .to_string()
}

fn assert_shows(path: &str, page: &Answered, texts: &[&str]) {
    for text in texts {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let escaped = escaped.replace('"', "&quot;");
        assert!(page.body.contains(&escaped), "{path} does not show {text}: {}", page.body);
    }
}

#[test]
fn what_a_workflow_is_called_and_says_is_text() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let machine = client.create_machine(NAME, &hostile_definition());
    let members = json!({ "stateMachineArn": machine, "description": IMAGE });
    let version = client.call_successfully("PublishStateMachineVersion", &members);
    let version = version["stateMachineVersionArn"].as_str().expect("an ARN").to_owned();
    let route = json!([{ "stateMachineVersionArn": version, "weight": 100 }]);
    let alias = json!({ "name": "live", "description": SCRIPT, "routingConfiguration": route });
    client.call_successfully("CreateStateMachineAlias", &alias);
    let input = json!({ "input": IMAGE, SCRIPT: LINK });
    let execution = client.start_execution(&machine, NAME, &input);
    assert_eq!(client.await_end(&execution)["error"], IMAGE);
    client.call_successfully("CreateActivity", &json!({ "name": NAME }));
    for browser in opened.browsers() {
        for (path, page) in browser.follow_links() {
            assert_runs_nothing(&path, &page);
        }
        let page = browser.get(&format!("/executions/{execution}"));
        assert_shows("execution", &page, &[NAME, IMAGE, SCRIPT, LINK]);
        let page = browser.get(&format!("/machines/{machine}?view=definition"));
        assert_shows("definition", &page, &[NAME, SCRIPT, LINK]);
        let page = browser.get(&format!("/machines/{machine}?view=start&input-of={execution}"));
        assert_shows("start", &page, &[NAME, SCRIPT, LINK]);
        let page = browser.get(&format!("/machines/{machine}?view=versions"));
        assert_shows("versions", &page, &[SCRIPT]);
        let page = browser.get(&format!("/machines/{version}"));
        assert_shows("a version", &page, &[IMAGE]);
    }
}

#[test]
fn what_a_link_asks_for_is_text() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", super::PASS);
    // As a browser writes them into a path or a query.
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for browser in opened.browsers() {
        for path in [
            format!("/{hostile}"),
            format!("/machines/{hostile}"),
            format!("/executions/{hostile}"),
            format!("/executions?machine={hostile}"),
            format!("/executions?machine={machine}&from={hostile}"),
            format!("/?from={hostile}"),
            format!("/machines/{machine}?view={hostile}"),
            format!("/machines/{machine}?view=start&input-of={hostile}"),
        ] {
            let page = browser.get(&path);
            assert!([200, 400, 404].contains(&page.status), "{path}: {}", page.body);
            assert_runs_nothing(&path, &page);
        }
    }
}

#[test]
fn what_a_form_sends_back_is_text() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", super::PASS);
    let path = format!("/machines/{machine}?view=start");
    for browser in opened.browsers() {
        let token = browser.action_token(&path);
        let send = |browser: &Browser, machine: &str, input: &str, name: &str| {
            let fields =
                [("action-token", &*token), ("machine", machine), ("input", input), ("name", name)];
            browser.submit("/actions/start-execution", &fields)
        };
        for refused in [
            send(&browser, IMAGE, "{}", "x"),
            send(&browser, &machine, SCRIPT, "x"),
            send(&browser, &machine, "{}", SCRIPT),
            send(&browser, &format!("{machine}{LINK}"), "{}", LINK),
        ] {
            assert!([400, 404].contains(&refused.status), "{}", refused.body);
            assert_runs_nothing("a refusal", &refused);
        }
    }
    assert_eq!(opened.execution_count(&machine), 0);
}
