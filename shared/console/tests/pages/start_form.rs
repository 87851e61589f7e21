//! What the form that starts executions is filled with.

use serde_json::json;

use crate::api_double::{ConsoleUnderTest, hidden_value, text_of};

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:orders:one";
const INPUT: &str = r#"{"id":12345678901234567890123,"p":1.10,"a":1,"a":2}"#;
const DEFINITION: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1.10,"End":true}}}"#;

fn console() -> ConsoleUnderTest {
    ConsoleUnderTest::new(|operation, _| match operation {
        "DescribeStateMachine" => json!({"stateMachineArn": MACHINE, "name": "orders",
            "type": "STANDARD", "status": "ACTIVE", "definition": DEFINITION}),
        "ListExecutions" => json!({"executions": [{"executionArn": EXECUTION}]}),
        "DescribeExecution" => json!({"executionArn": EXECUTION, "input": INPUT}),
        _ => json!({}),
    })
}

#[test]
fn an_input_that_is_started_again_is_the_same() {
    let page = console().get(&format!("/machines/{MACHINE}?view=start&input-of={EXECUTION}"));
    let expected = "{\n  &quot;id&quot;: 12345678901234567890123,\n  &quot;p&quot;: 1.10,\n  \
                    &quot;a&quot;: 1,\n  &quot;a&quot;: 2\n}</textarea>";
    assert!(page.contains(expected), "{page}");
}

/// Spec: API Reference, `DescribeExecution` § `stateMachineVersionArn`, `DescribeStateMachine` (which takes
/// the ARN of a version, and of no alias)
#[test]
fn what_an_alias_or_a_version_started_is_started_again_as_that_version() {
    let version = format!("{MACHINE}:3");
    let alias = format!("{MACHINE}:live");
    for (alias_arn, version_arn, start) in [
        (json!(alias), json!(version), &version),
        (json!(null), json!(version), &version),
        (json!(null), json!(null), &MACHINE.to_owned()),
    ] {
        let console = ConsoleUnderTest::new(move |operation, members| match operation {
            "DescribeExecution" => json!({"executionArn": EXECUTION, "stateMachineArn": MACHINE,
                "status": "SUCCEEDED", "stateMachineAliasArn": alias_arn,
                "stateMachineVersionArn": version_arn, "input": INPUT}),
            "DescribeStateMachine" => json!({"stateMachineArn": members["stateMachineArn"],
                "name": "orders", "type": "STANDARD", "definition": DEFINITION}),
            "DescribeStateMachineForExecution" => {
                json!({"stateMachineArn": MACHINE, "definition": DEFINITION})
            }
            "StartExecution" => json!({"executionArn": EXECUTION}),
            _ => json!({}),
        });
        let page = console.get(&format!("/executions/{EXECUTION}"));
        let (before, _) = page.split_once("\">Start again…</a>").expect("a button");
        let (_, path) = before.rsplit_once("href=\"").expect("an address");
        let path = path.replace("&amp;", "&");
        assert!(path.starts_with(&format!("/machines/{start}?view=start&input-of=")), "{path}");
        let form = console.get(&path);
        assert_eq!(form.contains("Starts version 3"), *start == version, "{form}");
        let machine = hidden_value(&form, "machine");
        console.post(&path, "/actions/start-execution", &[("machine", &machine), ("input", "{}")]);
        assert_eq!(console.calls_of("StartExecution").1["stateMachineArn"], **start);
    }
}

#[test]
fn the_executions_of_an_alias_lead_to_no_page_of_it() {
    let page = console().get(&format!("/executions?machine={MACHINE}:live"));
    assert!(!page.contains(&format!("/machines/{MACHINE}:live")), "{page}");
    assert!(page.contains(&format!("href=\"/machines/{MACHINE}?view=versions\"")), "{page}");
    let of_version = console().get(&format!("/executions?machine={MACHINE}:3"));
    assert!(of_version.contains(&format!("/machines/{MACHINE}:3?view=start")), "{of_version}");
}

#[test]
fn an_express_execution_leads_to_what_is_kept_of_it() {
    const EXPRESS: &str = "arn:aws:states:us-east-1:123456789012:express:orders:one:1";
    for is_kept in [true, false] {
        let console = ConsoleUnderTest::new(move |operation, _| match operation {
            "DescribeStateMachine" => json!({"stateMachineArn": MACHINE, "name": "orders",
                "type": "EXPRESS", "status": "ACTIVE", "definition": DEFINITION}),
            "StartSyncExecution" => json!({"executionArn": EXPRESS, "status": "SUCCEEDED"}),
            "DescribeExecution" if !is_kept => json!({"refused": "InvalidArn"}),
            _ => json!({}),
        });
        let form = format!("/machines/{MACHINE}?view=start");
        let fields = [("machine", MACHINE), ("type", "EXPRESS"), ("input", "{}")];
        let page = text_of(&console.post(&form, "/actions/start-execution", &fields));
        let link = format!("<a href=\"/executions/{EXPRESS}\">");
        assert_eq!(page.contains(&link), is_kept, "{page}");
        assert_eq!(page.contains("is in its logs"), !is_kept, "{page}");
    }
}

#[test]
fn a_definition_that_is_tested_is_the_same() {
    let page = console().get(&format!("/test-state?machine={MACHINE}&state=A"));
    assert!(page.contains("&quot;Result&quot;: 1.10,"), "{page}");
    let alone = "<span class=\"number\">1.10</span>";
    assert!(page.contains(alone), "{page}");
}
