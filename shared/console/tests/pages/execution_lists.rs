//! Lists that are longer than a page may look at.

use serde_json::{Value, json};

use crate::api_double::ConsoleUnderTest;

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:orders";
/// When the newest execution has started, in seconds since the epoch: 2026-11-30T08:53:20Z.
const NEWEST: usize = 1_796_028_800;

/// One execution each second, the newest first. The token is the number of those before.
fn endless_list(members: &Value, status: &str) -> Value {
    let before: usize = members["nextToken"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
    let count =
        usize::try_from(members["maxResults"].as_u64().expect("a page size")).expect("small");
    let machine = members["stateMachineArn"].as_str().expect("of a state machine");
    let executions: Vec<Value> = (before..before + count)
        .map(|number| {
            let arn = format!("{}:{number}", machine.replace("stateMachine", "execution"));
            json!({"executionArn": arn, "stateMachineArn": machine, "name": number.to_string(),
                "status": status, "startDate": NEWEST - number, "stopDate": NEWEST - number})
        })
        .collect();
    json!({"executions": executions, "nextToken": (before + count).to_string()})
}

fn console_of(machines: &'static [&'static str], status: &'static str) -> ConsoleUnderTest {
    ConsoleUnderTest::new(move |operation, members| match operation {
        "ListStateMachines" => {
            let machine = |name: &&str| {
                json!({"name": name, "type": "STANDARD",
                    "stateMachineArn": MACHINE.replace("orders", name)})
            };
            json!({"stateMachines": machines.iter().map(machine).collect::<Vec<Value>>()})
        }
        "ListExecutions" if members["stateMachineArn"] == MACHINE.replace("orders", "express") => {
            json!({"refused": "StateMachineTypeNotSupported"})
        }
        "ListExecutions" => endless_list(members, status),
        "DescribeExecution" => {
            json!({"status": status, "error": "Rare", "cause": "<b>it is so</b>"})
        }
        other => panic!("{other} is not asked for"),
    })
}

fn rows(page: &str) -> usize {
    page.matches("<tr data-key").count()
}

#[test]
fn a_page_without_conditions_is_one_page_of_the_list() {
    let console = console_of(&["orders"], "SUCCEEDED");
    let page = console.get(&format!("/executions?machine={MACHINE}"));
    assert_eq!((rows(&page), console.calls_of("ListExecutions").0), (100, 1));
    assert!(page.contains("&amp;from=100\"") && page.contains("Next page"), "{page}");
    let next = console.get(&format!("/executions?machine={MACHINE}&from=100"));
    assert!(next.contains(":execution:orders:100\"") && next.contains("First page"), "{next}");
}

#[test]
fn a_search_that_finds_nothing_ends_and_leads_on() {
    let console = console_of(&["orders"], "SUCCEEDED");
    let page = console.get(&format!("/executions?machine={MACHINE}&name=x"));
    assert_eq!((rows(&page), console.calls_of("ListExecutions").0), (0, 10));
    assert!(page.contains("0 of the 1000 executions") && page.contains("from=1000"), "{page}");
}

#[test]
fn executions_that_have_failed_are_described_until_there_are_enough() {
    let console = console_of(&["orders"], "FAILED");
    let none = console.get(&format!("/executions?machine={MACHINE}&error=common"));
    assert_eq!((rows(&none), console.calls_of("DescribeExecution").0), (0, 200));
    assert!(none.contains("0 of the 200 executions") && none.contains("from=200"), "{none}");
    let found = console.get(&format!("/executions?machine={MACHINE}&error=rare"));
    assert_eq!((rows(&found), console.calls_of("DescribeExecution").0), (100, 300));
    assert!(found.contains("&lt;b&gt;it is so") && !found.contains("data-refresh"), "{found}");
}

#[test]
fn a_window_ends_the_reading() {
    let console = console_of(&["orders"], "SUCCEEDED");
    let window = "started-from=2026-11-30T08:51:40&started-until=2026-11-30T08:51:50";
    let page = console.get(&format!("/executions?machine={MACHINE}&{window}"));
    // The 100 seconds from the newest one back are two pages.
    assert_eq!((rows(&page), console.calls_of("ListExecutions").0), (10, 2));
    assert!(!page.contains("ended early") && !page.contains("Next page"), "{page}");
}

#[test]
fn the_lists_of_all_machines_are_merged() {
    let console = console_of(&["orders", "refunds", "express"], "RUNNING");
    let page = console.get("/executions");
    assert_eq!(rows(&page), 100);
    assert_eq!(
        page.matches(":execution:refunds:").count(),
        page.matches(":execution:orders:").count()
    );
    assert!(page.contains("Choose a state machine"), "{page}");
    let none = console.get("/executions?name=x");
    assert!(none.contains("ended early") && !none.contains("Next page"), "{none}");
}

#[test]
fn an_express_machine_has_no_list() {
    let console = console_of(&["express"], "RUNNING");
    let machine = MACHINE.replace("orders", "express");
    let page = console.get(&format!("/executions?machine={machine}"));
    assert!(page.contains("Its logs tell of them"), "{page}");
}

#[test]
fn a_bulk_is_confirmed_done_and_told() {
    let console = ConsoleUnderTest::new(|operation, members| {
        let arn = members["executionArn"].as_str().unwrap_or_default();
        match (operation, arn) {
            ("ListStateMachines", _) => json!({}),
            ("ListExecutions", _) => endless_list(members, "RUNNING"),
            ("DescribeExecution", "gone") => json!({"refused": "ExecutionDoesNotExist"}),
            ("DescribeExecution", "ended") => json!({"status": "SUCCEEDED"}),
            ("DescribeExecution", _) => json!({"status": "RUNNING"}),
            ("StopExecution", "busy") => json!({"refused": "ThrottlingException"}),
            ("StopExecution", _) => json!({"stopDate": 1}),
            (other, _) => panic!("{other} is not asked for"),
        }
    });
    let list = format!("/executions?machine={MACHINE}");
    let chosen = ["one", "busy", "ended", "gone"].map(|arn| ("execution", arn));
    let asked = console.post(&list, "/actions/confirm-stop-executions", &chosen);
    let asked = crate::api_double::text_of(&asked);
    for part in [
        "Stop 2 executions?",
        "2 executions cannot be stopped",
        "It is not running: Succeeded",
        "ExecutionDoesNotExist",
        "Stopped by ada",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert_eq!(console.calls_of("StopExecution").0, 0);
    let fields = ["one", "ended", "gone", "busy"].map(|arn| ("execution", arn));
    let fields = [&fields[..], &[("cause", "by ada")]].concat();
    let done = console.post(&list, "/actions/stop-executions", &fields);
    let done = crate::api_double::text_of(&done);
    for part in [
        "1 of 4 executions stopped",
        "3 executions could not be stopped",
        "It is not running: Succeeded",
        "ExecutionDoesNotExist",
        "ThrottlingException",
    ] {
        assert!(done.contains(part), "{part}: {done}");
    }
    let members = json!({"executionArn": "busy", "cause": "by ada"});
    assert_eq!(console.calls_of("StopExecution"), (2, members));
}

#[test]
fn of_those_that_ended_at_once_the_one_that_started_first_ended_last() {
    for machines in [["parent", "child"], ["child", "parent"]] {
        let console = ConsoleUnderTest::new(move |operation, members| match operation {
            "ListStateMachines" => {
                let machine = |name: &str| {
                    json!({"name": name, "type": "STANDARD",
                        "stateMachineArn": MACHINE.replace("orders", name)})
                };
                json!({ "stateMachines": machines.map(machine) })
            }
            "ListExecutions" => {
                let machine = members["stateMachineArn"].as_str().expect("of a state machine");
                let is_child = machine.ends_with("child");
                json!({"executions": [{"executionArn": format!("{machine}:x"), "stateMachineArn": machine,
                    "name": "x", "status": "SUCCEEDED", "startDate": NEWEST + usize::from(is_child),
                    "stopDate": NEWEST + 2}]})
            }
            other => panic!("{other} is not asked for"),
        });
        let page = console.get("/executions");
        let place =
            |name: &str| page.find(&format!("/executions/{}:x", MACHINE.replace("orders", name)));
        assert!(place("parent") < place("child") && place("parent").is_some(), "{page}");
    }
}
