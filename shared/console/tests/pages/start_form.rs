//! What the form that starts executions is filled with.

use serde_json::json;

use crate::api_double::{ConsoleUnderTest, text_of};

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
