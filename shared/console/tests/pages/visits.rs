//! Visits in Step Functions itself, whose Lambda functions log to CloudWatch.

use serde_json::{Value, json};

use crate::api_double::ConsoleUnderTest;

const ARN: &str = "arn:aws:states:eu-west-1:123456789012:execution:orders:one";
const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:orders";
const DEFINITION: &str = r#"{"StartAt": "Price", "States": {"Price": {"Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "price:live", "Payload": {"by.$": "$$.Execution.Name"}},
    "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": true}}}"#;

/// A function that fails once and then answers.
///
/// Spec: API Reference, `HistoryEvent`
fn events() -> Vec<Value> {
    let scheduled = json!({"resourceType": "lambda", "resource": "invoke", "region": "eu-west-1",
        "parameters": r#"{"FunctionName": "price:live", "Payload": {"by": "one"}}"#});
    let events = [
        ("ExecutionStarted", json!({"executionStartedEventDetails": {"input": "{}"}})),
        (
            "TaskStateEntered",
            json!({"stateEnteredEventDetails": {"name": "Price", "input": "{\"id\": 7}"}}),
        ),
        ("TaskScheduled", json!({"taskScheduledEventDetails": scheduled})),
        ("TaskStarted", json!({})),
        (
            "TaskFailed",
            json!({"taskFailedEventDetails": {"resourceType": "lambda", "resource": "invoke",
                "error": "Lambda.TooManyRequestsException", "cause": "Rate exceeded"}}),
        ),
        ("TaskScheduled", json!({"taskScheduledEventDetails": scheduled})),
        ("TaskStarted", json!({})),
        (
            "TaskSucceeded",
            json!({"taskSucceededEventDetails": {"resourceType": "lambda", "resource": "invoke",
                "output": "{\"Payload\": 3}"}}),
        ),
        (
            "TaskStateExited",
            json!({"stateExitedEventDetails": {"name": "Price", "output": "{\"Payload\": 3}"}}),
        ),
        ("ExecutionSucceeded", json!({"executionSucceededEventDetails": {"output": "{}"}})),
    ];
    let event = |(id, (kind, mut event)): (u64, (&str, Value))| {
        event["id"] = id.into();
        event["previousEventId"] = (id - 1).into();
        event["type"] = kind.into();
        event["timestamp"] = 1_796_000_000.into();
        event
    };
    (1_u64..).zip(events).map(event).collect()
}

/// The console of an execution of which so many events have happened.
fn console(status: &'static str, happened: usize) -> ConsoleUnderTest {
    ConsoleUnderTest::new(move |operation, _| match operation {
        "DescribeExecution" => {
            json!({"executionArn": ARN, "stateMachineArn": MACHINE, "name": "one",
            "status": status, "startDate": 1_796_000_000.25, "input": "{}", "redriveCount": 0})
        }
        "DescribeStateMachineForExecution" => json!({"stateMachineArn": MACHINE,
            "definition": DEFINITION, "roleArn": "arn:aws:iam::123456789012:role/orders"}),
        "GetExecutionHistory" => json!({"events": events()[..happened]}),
        "TestState" => json!({"status": "SUCCEEDED", "output": "{\"Payload\": 3}",
            "inspectionData": {"input": "{\"id\": 7}", "result": "{\"Payload\": 3}"}}),
        _ => json!({}),
    })
}

#[test]
fn a_call_of_a_function_leads_to_its_logs() {
    let page = console("SUCCEEDED", 10).get(&format!("/executions/{ARN}?visit=2"));
    let logs = "<a class=\"button\" href=\"https://console.aws.amazon.com/cloudwatch/home?region=eu-west-1\
                #logsV2:log-groups/log-group/$252Faws$252Flambda$252Fprice\" rel=\"noreferrer noopener\">";
    assert!(page.contains(logs), "{page}");
    assert!(page.contains(&format!("/executions/{ARN}?view=definition#source-of-Price")), "{page}");
    assert!(page.contains("Lambda.TooManyRequestsException") && page.contains("Rate exceeded"));
    assert_eq!(page.matches("data-key=\"attempt-").count(), 2, "{page}");
}

#[test]
fn the_data_path_repeats_no_call() {
    let ended = console("SUCCEEDED", 10);
    let path = format!("/data-path?execution={ARN}&visit=2");
    assert!(ended.get(&path).contains("data-status=\"SUCCEEDED\""));
    let (_, tested) = ended.calls_of("TestState");
    let mock = json!({"result": "{\"Payload\": 3}", "fieldValidationMode": "NONE"});
    assert_eq!((&tested["mock"], &tested["input"]), (&mock, &json!("{\"id\": 7}")));
    assert_eq!(tested["stateConfiguration"], json!({"retrierRetryCount": 1}));
    let context: Value =
        serde_json::from_str(tested["context"].as_str().expect("a context")).expect("it is JSON");
    assert_eq!(context["Execution"]["Name"], "one");
    assert_eq!(
        context["State"],
        json!({"EnteredTime": "2026-11-30T00:53:20.000Z",
        "Name": "Price", "RetryCount": 1})
    );
    assert!(tested.get("roleArn").is_none(), "{tested}");

    // While the call is under way there is no answer to put in its place.
    let running = console("RUNNING", 7);
    let refused = running.get(&path);
    assert!(refused.contains("Its call has not ended."), "{refused}");
    assert_eq!(running.calls_of("TestState").0, 0);
}

#[test]
fn a_visit_fills_the_form_of_its_test() {
    let form = console("SUCCEEDED", 10).get(&format!("/test-state?execution={ARN}&visit=2"));
    assert!(form.contains("{&quot;Payload&quot;: 3}</textarea>"), "{form}");
    assert!(form.contains("arn:aws:iam::123456789012:role/orders"), "{form}");
}
