//! The page of one visit of a state.

use serde_json::{Value, json};

use super::{
    Opened,
    browser::{Browser, field_value},
};
use crate::program::{LocalProgram, repository_root};

/// Asks for an answer, with the token deep in what it sends, and reads variables that were assigned before.
const APPROVAL: &str = r#"{"StartAt": "Prepare", "QueryLanguage": "JSONata", "States": {
    "Prepare": {"Type": "Pass", "Assign": {"limit": "{% $states.input.amount * 2 %}"}, "Next": "Ask"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "price-item", "Payload": {"line": 1,
            "item": {"sku": "shoe", "quantity": 1, "price": 5},
            "more": [{"token": "{% $states.context.Task.Token %}"}], "limit": "{% $limit %}"}},
        "Assign": {"answer": "{% $states.result.answer %}"}, "Next": "Tell"},
    "Tell": {"Type": "Pass", "Output": "{% {'answer': $answer, 'limit': $limit} %}", "End": true}}}"#;

/// Reads all that the context object has for a task, then for a state that calls nothing.
const OF_CONTEXT: &str = r#"{"StartAt": "Call", "States": {
    "Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Tell",
        "Parameters": {"FunctionName": "price-item", "Payload": {"line": 1,
            "item": {"sku": "shoe", "quantity": 1, "price": 5},
            "context.$": "States.Array($$.Execution.Id, $$.Execution.Input, $$.Execution.Name, $$.Execution.RoleArn, $$.Execution.StartTime, $$.State.EnteredTime, $$.State.Name, $$.State.RetryCount, $$.StateMachine.Id, $$.StateMachine.Name)"}}},
    "Tell": {"Type": "Pass", "Parameters": {"name.$": "$$.Execution.Name"}, "End": true}}}"#;

/// Calls a function that fails, again and again.
const FAILING: &str = r#"{"StartAt": "Reserve", "States": {"Reserve": {"Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "reserve-stock", "Payload": {"orderId.$": "$.id", "attempt": 0}},
    "Retry": [{"ErrorEquals": ["WarehouseBusy"], "IntervalSeconds": 1, "MaxAttempts": 1}], "End": true}}}"#;

/// Doubles numbers, and goes two ways at once.
const FORKED: &str = r#"{"StartAt": "Each", "States": {
    "Each": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "Double", "States": {
        "Double": {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($, $)"}, "End": true}}},
        "ResultPath": "$.doubled", "Next": "Both"},
    "Both": {"Type": "Parallel", "ResultPath": "$.both", "End": true, "Branches": [
        {"StartAt": "Left", "States": {"Left": {"Type": "Pass", "Result": "left", "End": true}}},
        {"StartAt": "Right", "States": {"Right": {"Type": "Pass", "Result": "right", "End": true}}}]}}}"#;

/// A server that hosts the functions of the order workflow.
struct Hosting {
    _folder: tempfile::TempDir,
    local: LocalProgram,
}

impl Hosting {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let template = repository_root().join("tests/acceptance/examples/template.yaml");
        let template = template.to_str().expect("a path of text");
        let arguments = ["--region", "us-east-1", "--template", template];
        let local = LocalProgram::start(&folder.path().join("data"), &arguments);
        Self { _folder: folder, local }
    }

    fn browser(&self) -> Browser {
        Browser::at(self.local.client.address())
    }

    fn start_execution(&self, machine: &str, input: &Value) -> String {
        self.local.client.start_execution(machine, "x", input)
    }

    /// The id of the event that entered a state.
    fn entered(&self, execution: &str, state: &str) -> u64 {
        let history = self.local.client.execution_history(execution);
        let is_it = |event: &&Value| event["stateEnteredEventDetails"]["name"] == state;
        let entered = history.iter().find(is_it).unwrap_or_else(|| panic!("{state}: {history:?}"));
        entered["id"].as_u64().expect("an event has an id")
    }

    fn await_event(&self, execution: &str, kind: &str) {
        let has_happened = || {
            let history = self.local.client.execution_history(execution);
            history.iter().any(|event| event["type"] == kind)
        };
        while !has_happened() {}
    }
}

#[test]
fn a_waiting_token_is_answered_by_hand() {
    let hosting = Hosting::start();
    let browser = hosting.browser();
    let machine = hosting.local.client.create_machine("approval", APPROVAL);
    let execution = hosting.start_execution(&machine, &json!({"amount": 21}));
    hosting.await_event(&execution, "TaskSubmitted");
    let visit = format!("/executions/{execution}?visit={}", hosting.entered(&execution, "Ask"));
    let page = browser.open(&visit);
    assert!(page.contains("It waits for an answer to its task token"), "{page}");
    let token = field_value(&page, "token");
    let waiting = browser.open(&page_at(&page, "/data-path?"));
    assert!(waiting.contains("Its call has not ended"), "{waiting}");

    let fields = [
        ("action-token", &*field_value(&page, "action-token")),
        ("token", &token),
        ("outcome", "success"),
        ("output", r#"{"answer": "yes"}"#),
        ("back", &visit),
    ];
    let answered = browser.submit("/actions/answer-token", &fields);
    assert_eq!((answered.status, answered.header("location")), (303, Some(&*visit)));
    let ended = hosting.local.client.await_end(&execution);
    assert_eq!(ended["output"], r#"{"answer":"yes","limit":42}"#);

    // The variables that the state saw are those that were assigned before it.
    let page = browser.open(&visit);
    assert!(page.contains("Assigned variables") && !page.contains("It waits"), "{page}");
    let path = browser.open(&page_at(&page, "/data-path?"));
    assert!(path.contains(r#"data-status="SUCCEEDED""#), "{path}");
    assert!(path.contains("<ins>+   &quot;answer&quot;: &quot;yes&quot;"), "{path}");
    assert!(path.contains(&token), "the token is that of the execution: {path}");
    let test = browser.open(&page_at(&page, "/test-state?execution"));
    assert!(test.contains("{&quot;limit&quot;:42}</textarea>"), "{test}");
}

#[test]
fn a_failed_visit_tells_its_failure_first() {
    let hosting = Hosting::start();
    let browser = hosting.browser();
    let machine = hosting.local.client.create_machine("failing", FAILING);
    let execution = hosting.start_execution(&machine, &json!({"id": "o-<1>"}));
    assert_eq!(hosting.local.client.await_end(&execution)["status"], "FAILED");
    let id = hosting.entered(&execution, "Reserve");
    let page = browser.open(&format!("/executions/{execution}?visit={id}"));
    let failure = page.find("<strong>WarehouseBusy</strong>").expect("its error");
    assert!(failure < page.find("Attempts").expect("its attempts"), "{page}");
    assert!(page.contains("Order o-&lt;1&gt;: the warehouse is busy."), "{page}");
    assert_eq!(page.matches("data-key=\"attempt-").count(), 2, "{page}");
    assert!(!page.contains("Logs of the function"), "a machine of one's own has no CloudWatch");
    let path = browser.open(&page_at(&page, "/data-path?"));
    assert!(path.contains(r#"data-status="FAILED""#), "the last retry is used up: {path}");

    let overview = browser.open(&format!("/executions/{execution}"));
    assert!(overview.contains("It ran on this machine and cost nothing."), "{overview}");
    // One state was entered, and retried once: two transitions at $25 a million.
    assert!(overview.contains(r#"<td class="number">$0.00005</td><td class="number">$50.00</td>"#));
}

#[test]
fn a_test_has_the_context_object_of_the_execution_or_says_that_it_has_not() {
    let hosting = Hosting::start();
    let browser = hosting.browser();
    let machine = hosting.local.client.create_machine("of-context", OF_CONTEXT);
    let execution = hosting.start_execution(&machine, &json!({"n": 1}));
    assert_eq!(hosting.local.client.await_end(&execution)["status"], "SUCCEEDED");
    let path_of = |state: &str| {
        let id = hosting.entered(&execution, state);
        browser.open(&format!("/data-path?execution={execution}&visit={id}"))
    };
    let notice = "The state reads something of the context object";
    let path = path_of("Call");
    assert!(path.contains(r#"data-status="SUCCEEDED""#) && !path.contains(notice), "{path}");
    assert!(path.contains("role/") && !path.contains("something else"), "{path}");
    assert!(path_of("Tell").contains(notice));
}

#[test]
fn the_results_of_children_are_put_together_again() {
    let hosting = Hosting::start();
    let browser = hosting.browser();
    let machine = hosting.local.client.create_machine("forked", FORKED);
    let execution = hosting.start_execution(&machine, &json!({"items": [1, 2]}));
    hosting.local.client.await_end(&execution);
    for (state, result) in [("Each", "twice"), ("Both", "right")] {
        let id = hosting.entered(&execution, state);
        let page = browser.open(&format!("/executions/{execution}?visit={id}"));
        let path = browser.open(&page_at(&page, "/data-path?"));
        assert!(path.contains(r#"data-status="SUCCEEDED""#) && path.contains(result), "{path}");
        assert!(!path.contains("something else"), "{path}");
    }
    let double = hosting.entered(&execution, "Double");
    let page = browser.open(&format!("/executions/{execution}?visit={double}"));
    assert!(page.contains(">Each</a> item 0") && page.contains("Visit 1 of 2"), "{page}");
    let none = browser.get(&format!("/executions/{execution}?visit=1"));
    assert_eq!(none.status, 404, "{}", none.body);
}

/// What every page of a visit shows, also through the command.
#[test]
fn a_visit_is_shown_through_the_command() {
    let opened = Opened::start();
    let machine = opened.local.client.create_machine("order", super::PASS);
    let execution = opened.local.client.start_execution(&machine, "x", &json!({"shoes": 2}));
    opened.local.client.await_end(&execution);
    let [_, browser] = opened.browsers();
    let page = browser.open(&format!("/executions/{execution}?visit=2"));
    assert!(page.contains("shoes") && page.contains("PassStateEntered"), "{page}");
    let path = browser.open(&page_at(&page, "/data-path?"));
    assert!(path.contains(r#"data-status="SUCCEEDED""#), "{path}");
    let overview = browser.open(&format!("/executions/{execution}"));
    assert!(overview.contains("What it cost") && overview.contains("$25.00"), "{overview}");
}

/// The first address on a page that begins like this.
fn page_at(page: &str, beginning: &str) -> String {
    let start = page.find(beginning).unwrap_or_else(|| panic!("no {beginning} in {page}"));
    let address = page[start..].split('"').next().unwrap_or_default();
    address.replace("&amp;", "&")
}
