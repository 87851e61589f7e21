//! What a user sees who may read some things and not others, and a target that has fewer operations.

use serde_json::{Value, json};

use crate::api_double::ConsoleUnderTest;

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:orders:one";
const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:review";
const DEFINITION: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

/// Permits these operations and refuses the others.
fn console_permitting(
    permitted: &'static [&'static str],
    exception: &'static str,
) -> ConsoleUnderTest {
    ConsoleUnderTest::new(move |operation, _| {
        if permitted.contains(&operation) {
            answer(operation)
        } else {
            json!({ "refused": exception })
        }
    })
}

fn answer(operation: &str) -> Value {
    match operation {
        "DescribeStateMachine" => json!({"stateMachineArn": MACHINE, "name": "orders",
            "definition": DEFINITION, "type": "STANDARD", "status": "ACTIVE",
            "creationDate": 1_796_000_000.25}),
        "DescribeExecution" => json!({"executionArn": EXECUTION, "stateMachineArn": MACHINE,
            "status": "SUCCEEDED", "startDate": 1_796_000_000.25, "stopDate": 1_796_000_001.25,
            "input": "{\"n\": 5}", "output": "{}", "redriveStatus": "NOT_REDRIVABLE"}),
        "DescribeStateMachineForExecution" => json!({"definition": DEFINITION}),
        "DescribeActivity" => json!({"activityArn": ACTIVITY, "name": "review",
            "creationDate": 1_796_000_000.25}),
        "ListExecutions" => json!({"executions": [{"executionArn": EXECUTION, "name": "one",
            "stateMachineArn": MACHINE, "status": "SUCCEEDED", "startDate": 1_796_000_000.25}]}),
        "ListStateMachineVersions" => json!({"stateMachineVersions": [
            {"stateMachineVersionArn": format!("{MACHINE}:1"), "creationDate": 1_796_000_000.25}]}),
        "ListStateMachineAliases" => json!({"stateMachineAliases": [
            {"stateMachineAliasArn": format!("{MACHINE}:live"), "creationDate": 1_796_000_000.25}]}),
        _ => json!({}),
    }
}

#[test]
fn a_page_shows_what_may_be_read_and_says_what_may_not() {
    // Each page, what of it must still be there, and the operations whose refusal it tells.
    let pages: [(String, &str, &[&str]); 7] = [
        (
            format!("/machines/{MACHINE}"),
            "aria-label=\"Source\"",
            &["ValidateStateMachineDefinition"],
        ),
        (
            format!("/machines/{MACHINE}?view=versions"),
            "id=\"versions\"",
            &["ListStateMachineVersions", "ListStateMachineAliases"],
        ),
        (format!("/machines/{MACHINE}?view=tags"), ">Tags</a>", &["ListTagsForResource"]),
        (format!("/machines/{MACHINE}?view=start"), "name=\"input\"", &["ListExecutions"]),
        (format!("/activities/{ACTIVITY}"), "take-task", &["ListTagsForResource"]),
        (format!("/executions/{EXECUTION}"), "Input", &["GetExecutionHistory"]),
        (
            format!("/executions/{EXECUTION}?view=definition"),
            "aria-label=\"Views of the execution\"",
            &["GetExecutionHistory", "DescribeStateMachineForExecution"],
        ),
    ];
    let permitted = &["DescribeStateMachine", "DescribeExecution", "DescribeActivity"];
    for exception in ["AccessDeniedException", "UnknownOperationException", "InternalFailure"] {
        let console = console_permitting(permitted, exception);
        for (path, part, refused) in &pages {
            let page = console.get(path);
            assert!(page.contains(part), "{path} without {part}: {page}");
            for operation in *refused {
                let told = format!("{operation}: {exception}: so it is");
                assert!(page.contains(&told), "{path} without {told}: {page}");
            }
        }
    }
}

#[test]
fn what_an_entry_of_a_list_leads_to_may_be_refused_by_itself() {
    let permitted =
        &["DescribeStateMachine", "ListStateMachineVersions", "ListStateMachineAliases"];
    let console = console_permitting(permitted, "AccessDeniedException");
    let page = console.get(&format!("/machines/{MACHINE}?view=versions"));
    let told = "DescribeStateMachineAlias: AccessDeniedException: so it is";
    assert!(page.contains(told) && page.contains("live"), "{page}");
    assert!(page.contains("orders:1"), "{page}");

    let permitted =
        &["DescribeExecution", "GetExecutionHistory", "DescribeStateMachineForExecution"];
    let console = console_permitting(permitted, "AccessDeniedException");
    let page = console.get(&format!("/executions/{EXECUTION}?view=definition"));
    let told = "DescribeStateMachine: AccessDeniedException: so it is";
    assert!(page.contains(told) && page.contains("What it runs"), "{page}");

    let permitted = &["DescribeStateMachine", "ListExecutions"];
    let console = console_permitting(permitted, "AccessDeniedException");
    let page = console.get(&format!("/machines/{MACHINE}?view=start"));
    let told = "DescribeExecution: AccessDeniedException: so it is";
    assert!(page.contains(told) && page.contains("name=\"input\""), "{page}");
    let page = console.get(&format!("/machines/{MACHINE}?view=start&input-of={EXECUTION}"));
    assert!(page.contains(told) && page.contains("name=\"input\""), "{page}");
}

#[test]
fn what_cannot_be_read_is_not_shown_as_if_there_were_none() {
    let console = console_permitting(&["DescribeExecution"], "AccessDeniedException");
    let page = console.get(&format!("/executions/{EXECUTION}"));
    for untrue in ["State transitions", "No state has been entered", "from its history"] {
        assert!(!page.contains(untrue), "{untrue}: {page}");
    }
    assert!(!page.contains("data-refresh"), "it has ended, and asking again does not help: {page}");

    let permitted = &["DescribeExecution", "GetExecutionHistory", "DescribeStateMachine"];
    let console = console_permitting(permitted, "AccessDeniedException");
    for view in ["", "?view=definition"] {
        let page = console.get(&format!("/executions/{EXECUTION}{view}"));
        let told = "DescribeStateMachineForExecution: AccessDeniedException: so it is";
        assert!(page.contains(told) && !page.contains("Changed since"), "{page}");
    }
}

#[test]
fn versions_are_listed_where_one_cannot_be_read() {
    let console = ConsoleUnderTest::new(|operation, members| {
        let arn = members["stateMachineArn"].as_str().unwrap_or_default();
        if operation == "DescribeStateMachine" && arn.ends_with(":1") {
            return json!({ "refused": "AccessDeniedException" });
        }
        answer(operation)
    });
    let page = console.get(&format!("/machines/{MACHINE}?view=versions"));
    assert!(page.contains("They cannot be compared. DescribeStateMachine:"), "{page}");
    assert!(page.contains("orders:1") && page.contains("leads to"), "{page}");
}
