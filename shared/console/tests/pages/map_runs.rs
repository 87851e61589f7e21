//! Map Runs, which only Step Functions itself has.

use http::{StatusCode, header::LOCATION};
use serde_json::{Value, json};

use crate::api_double::ConsoleUnderTest;

const ARN: &str =
    "arn:aws:states:us-east-1:123456789012:mapRun:orders/Each:0b1ae7c5-8a2e-3bb6-9d5c-2f1b8f6e2b0c";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:orders:one";

/// Spec: API Reference, `DescribeMapRun` § Response Syntax
fn describe_map_run(status: &str) -> Value {
    json!({
        "mapRunArn": ARN, "executionArn": EXECUTION, "status": status,
        "startDate": 1_796_000_000.25, "stopDate": if status == "RUNNING" { Value::Null } else { json!(1_796_000_061.25) },
        "maxConcurrency": 40, "toleratedFailureCount": 3, "toleratedFailurePercentage": 2.5,
        "itemCounts": {"pending": 10, "running": 20, "succeeded": 65, "failed": 5, "timedOut": 0,
            "aborted": 0, "total": 100, "resultsWritten": 0, "failuresNotRedrivable": 1, "pendingRedrive": 0},
        "executionCounts": {"pending": 1, "running": 2, "succeeded": 6, "failed": 1, "timedOut": 0,
            "aborted": 0, "total": 10, "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0},
        "redriveCount": 2, "redriveDate": 1_796_000_030.0,
    })
}

fn answer(operation: &str, members: &Value) -> Value {
    let child = format!("{EXECUTION}/Each:child");
    match operation {
        "DescribeMapRun" => describe_map_run("RUNNING"),
        "ListMapRuns" => json!({"mapRuns": [{"executionArn": EXECUTION, "mapRunArn": ARN,
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders",
            "startDate": 1_796_000_000.25}]}),
        "ListExecutions" if members["mapRunArn"] == ARN => json!({"executions": [{
            "executionArn": child, "mapRunArn": ARN, "itemCount": 17, "name": "child",
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:orders/Each",
            "status": "RUNNING", "startDate": 1_796_000_000.5, "redriveCount": 0}]}),
        _ => json!({}),
    }
}

#[test]
fn a_map_run_shows_its_counts_and_leads_to_its_executions() {
    let console = ConsoleUnderTest::new(answer);
    let page = console.get(&format!("/map-runs/{ARN}"));
    for part in [
        "Items: 65 succeeded, 5 failed, 20 running, 10 pending of 100",
        "at most 40",
        "3 items, 2.5 %",
        "data-status=\"RUNNING\"",
        "Failures that cannot be redriven",
        &format!("/executions/{EXECUTION}"),
        "status=FAILED",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let listed = console.get(&format!("/map-runs?execution={EXECUTION}"));
    assert!(listed.contains(&format!("/map-runs/{ARN}")), "{listed}");
    let children = console.get(&format!("/executions?map-run={ARN}&status=PENDING_REDRIVE"));
    assert!(children.contains(">17<") && children.contains("Items"), "{children}");
    let (_, asked) = console.calls_of("ListExecutions");
    assert_eq!(
        (&asked["statusFilter"], &asked["stateMachineArn"]),
        (&json!("PENDING_REDRIVE"), &Value::Null)
    );
}

#[test]
fn a_running_map_run_can_be_changed() {
    let console = ConsoleUnderTest::new(answer);
    let page = format!("/map-runs/{ARN}");
    let fields = [("map-run", ARN), ("maxConcurrency", "5"), ("toleratedFailurePercentage", "10")];
    let changed = console.post(&page, "/actions/update-map-run", &fields);
    assert_eq!(changed.status(), StatusCode::SEE_OTHER);
    assert_eq!(changed.headers()[LOCATION], page);
    let members =
        json!({"mapRunArn": ARN, "maxConcurrency": 5, "toleratedFailurePercentage": 10.0});
    assert_eq!(console.calls_of("UpdateMapRun"), (1, members));
    let wrong = [("map-run", ARN), ("maxConcurrency", "many")];
    let refused = console.post(&page, "/actions/update-map-run", &wrong);
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(console.calls_of("UpdateMapRun").0, 1);
}

#[test]
fn an_ended_map_run_cannot_be_changed() {
    let console = ConsoleUnderTest::new(|_, _| describe_map_run("FAILED"));
    let page = console.get(&format!("/map-runs/{ARN}"));
    assert!(page.contains("1m 01s") && !page.contains("/actions/update-map-run"), "{page}");
}
