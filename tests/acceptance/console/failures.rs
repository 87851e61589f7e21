//! Which state failed, and by what.

use serde_json::{Value, json};

use super::{Opened, browser::Browser};

/// Catches the failure of a branch, and then fails by itself.
const CAUGHT_BEFORE: &str = r#"{"StartAt": "Try", "States": {
    "Try": {"Type": "Parallel", "Branches": [
            {"StartAt": "Reject", "States": {"Reject": {"Type": "Fail", "Error": "Rejected", "Cause": "There is <none>."}}},
            {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 600, "End": true}}}],
        "Catch": [{"ErrorEquals": ["Rejected"], "ResultPath": "$.caught", "Next": "Again"}], "End": true},
    "Again": {"Type": "Parallel", "Branches": [
            {"StartAt": "Accept", "States": {"Accept": {"Type": "Pass", "End": true}}}],
        "ResultSelector": {"a.$": "$.x.y"}, "End": true}}}"#;

/// Fails before it has any iterations.
const NO_ITEMS: &str = r#"{"StartAt": "Each", "QueryLanguage": "JSONata", "States": {
    "Each": {"Type": "Map", "Items": "{% 5 %}", "End": true, "ItemProcessor": {"StartAt": "One", "States": {
        "One": {"Type": "Pass", "End": true}}}}}}"#;

/// Its expression fails in a branch.
const EXPRESSION: &str = r#"{"StartAt": "Both", "QueryLanguage": "JSONata", "States": {
    "Both": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Fine", "States": {"Fine": {"Type": "Pass", "Next": "Broken"},
            "Broken": {"Type": "Pass", "Output": "{% $nobody(1) %}", "End": true}}},
        {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 600, "End": true}}}]}}}"#;

/// Takes too long.
const SLOW: &str = r#"{"StartAt": "Pause", "TimeoutSeconds": 1, "States": {
    "Pause": {"Type": "Wait", "Seconds": 600, "End": true}}}"#;

/// The page of an execution of this machine that has ended, from each address, and its ARN.
fn ended(opened: &Opened, name: &str, definition: &str) -> (String, Vec<String>) {
    let client = &opened.local.client;
    let machine = client.create_machine(name, definition);
    let execution = client.start_execution(&machine, "x", &json!({}));
    assert_ne!(client.await_end(&execution)["status"], "SUCCEEDED");
    let open = |browser: &Browser| browser.open(&format!("/executions/{execution}"));
    let pages = opened.browsers().iter().map(open).collect();
    (execution, pages)
}

#[test]
fn the_state_that_failed_is_named_and_no_other() {
    let opened = Opened::start();
    for (name, definition, state) in [
        ("caught-before", CAUGHT_BEFORE, "Again"),
        ("no-items", NO_ITEMS, "Each"),
        ("expression", EXPRESSION, "Broken"),
    ] {
        for page in ended(&opened, name, definition).1 {
            let (_, rest) = page.split_once("<div class=\"notice bad\">").expect("a notice");
            let named = rest.split_once(" in <a ").and_then(|(_, rest)| rest.split_once('>'));
            let (_, named) = named.unwrap_or_else(|| panic!("{name} names none: {page}"));
            assert!(named.starts_with(&format!("{state}</a>")), "{name}: {named}");
        }
    }
}

#[test]
fn an_execution_that_timed_out_says_so() {
    let opened = Opened::start();
    for page in ended(&opened, "slow", SLOW).1 {
        assert!(page.contains("<strong>States.Timeout</strong>"), "{page}");
    }
}

/// No event tells the error of a Fail state whose Parallel catches it.
#[test]
fn a_failure_that_was_caught_is_told_where_it_was() {
    let opened = Opened::start();
    let (execution, _) = ended(&opened, "caught-before", CAUGHT_BEFORE);
    let history = opened.local.client.execution_history(&execution);
    let entered = |state: &str| {
        let is_it = |event: &&Value| event["stateEnteredEventDetails"]["name"] == state;
        history.iter().find(is_it).expect("it was entered")["id"].clone()
    };
    for browser in opened.browsers() {
        for state in ["Try", "Reject"] {
            let page = browser.open(&format!("/executions/{execution}?visit={}", entered(state)));
            assert!(page.contains("<strong>Rejected</strong>"), "{state}: {page}");
            assert!(page.contains("There is &lt;none&gt;."), "{state}: {page}");
        }
        let path = format!("/data-path?execution={execution}&visit={}", entered("Try"));
        let page = browser.open(&path);
        assert!(!page.contains("put out something else"), "{page}");
        assert!(page.contains("Rejected") && !page.contains("States.TaskFailed"), "{page}");
    }
}
