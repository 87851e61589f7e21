//! Histories as the console reads them: in pages that it keeps.

use serde_json::json;

use super::{Opened, PASS, browser::Browser};

/// Twenty times a payload that is nearly as large as one may be, twice each.
const LARGE: &str = r#"{"QueryLanguage": "JSONata", "StartAt": "Grow", "States": {
    "Grow": {"Type": "Pass", "Next": "More",
        "Assign": {"rounds": "{% $exists($rounds) ? $rounds + 1 : 1 %}"},
        "Output": {"text": "{% $pad('', 200000, 'x') %}"}},
    "More": {"Type": "Choice", "Default": "Done",
        "Choices": [{"Condition": "{% $rounds < 20 %}", "Next": "Grow"}]},
    "Done": {"Type": "Succeed"}}}"#;

/// With their data, only some of the events that were read without are on a page of the API.
#[test]
fn every_event_of_a_history_of_large_payloads_can_be_seen() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("large", LARGE);
    let execution = opened.local.client.start_execution(&machine, "x", &json!({}));
    assert_eq!(opened.local.client.await_end(&execution)["status"], "SUCCEEDED");
    let newest = json!({"executionArn": execution, "reverseOrder": true, "maxResults": 4,
        "includeExecutionData": false});
    let newest = opened.local.client.call_successfully("GetExecutionHistory", &newest);
    let events = newest["events"].as_array().expect("a list");
    let entered = events.iter().find(|event| event["type"] == "SucceedStateEntered");
    let id = entered.expect("the last state was entered")["id"].clone();
    for browser in opened.browsers() {
        let page = browser.open(&format!("/executions/{execution}?visit={id}"));
        assert!(page.contains("SucceedStateEntered") && page.contains(">Input"), "no events");
        let page = browser.open(&format!("/executions/{execution}?view=events&event={id}"));
        assert!(page.contains(&format!("Events {id} to ")), "it is on no page");
    }
}

/// A name is free once nothing is left of the state machine.
#[test]
fn an_execution_is_not_taken_for_an_earlier_one_of_its_name() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let browsers = opened.browsers();
    let before = run(&opened, PASS);
    for browser in &browsers {
        assert!(shows(browser, &before, "A") && !shows(browser, &before, "B"));
    }
    let machine =
        json!({ "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:order" });
    client.call_successfully("DeleteStateMachine", &machine);
    while client.call_operation("DescribeStateMachine", &machine).is_ok() {}
    let after = run(&opened, &PASS.replace("\"A\"", "\"B\""));
    assert_eq!(before, after);
    for browser in &browsers {
        assert!(shows(browser, &after, "B") && !shows(browser, &after, "A"));
    }
}

fn run(opened: &Opened, definition: &str) -> String {
    let machine = opened.local.client.create_machine("order", definition);
    let execution = opened.local.client.start_execution(&machine, "x", &json!({}));
    opened.local.client.await_end(&execution);
    execution
}

fn shows(browser: &Browser, execution: &str, state: &str) -> bool {
    let page = browser.open(&format!("/executions/{execution}"));
    page.contains(&format!("data-visit-of=\"{state}\""))
}
