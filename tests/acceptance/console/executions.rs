//! Executions are found, stopped and redriven in the console.

use serde_json::json;

use super::{
    Opened,
    browser::{Browser, assert_runs_nothing, field_value},
};
use crate::client::StepFunctionsClient;

/// Waits, fails or succeeds, as its input says.
const ORDER: &str = r#"{"StartAt": "Do", "States": {
    "Do": {"Type": "Choice", "Default": "Done", "Choices": [
        {"Variable": "$.do", "StringEquals": "wait", "Next": "Wait"},
        {"Variable": "$.do", "StringEquals": "fail", "Next": "Fail"}]},
    "Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Done"},
    "Fail": {"Type": "Fail", "Error": "Out.OfStock", "Cause": "no <shoes>"},
    "Done": {"Type": "Succeed"}}}"#;

fn start(client: &StepFunctionsClient, machine: &str, name: &str, task: &str) -> String {
    client.start_execution(machine, name, &json!({ "do": task }))
}

/// The names of the executions of a page, in its order.
fn listed(page: &str) -> Vec<String> {
    let rows = page.split("<tr data-key=\"").skip(1);
    let arns = rows.map(|row| row.split('"').next().unwrap_or_default());
    arns.map(|arn| arn.rsplit(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn executions_are_found_by_what_is_known_of_them() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let order = client.create_machine("order", ORDER);
    let refund = client.create_machine("refund", ORDER);
    for (machine, name, task) in
        [(&order, "one", "end"), (&order, "two", "fail"), (&refund, "three", "fail")]
    {
        client.await_end(&start(client, machine, name, task));
    }
    start(client, &refund, "four", "wait");
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    let today = "started-from=2020-01-01T00:00&started-until=2120-01-01T00:00";
    for browser in opened.browsers() {
        for (query, found) in [
            ("", names(&["four", "three", "two", "one"])),
            (&*format!("machine={order}"), names(&["two", "one"])),
            ("status=FAILED", names(&["three", "two"])),
            ("status=RUNNING", names(&["four"])),
            ("name=T", names(&["three", "two"])),
            ("error=out.of", names(&["three", "two"])),
            (&*format!("machine={refund}&error=out"), names(&["three"])),
            ("error=other", names(&[])),
            ("redrive=REDRIVEN", names(&[])),
            ("last=hour", names(&["four", "three", "two", "one"])),
            (today, names(&["four", "three", "two", "one"])),
            ("started-until=2020-01-01T00:00", names(&[])),
        ] {
            let path = format!("/executions?{query}");
            let page = browser.get(&path);
            assert_eq!((page.status, listed(&page.body)), (200, found), "{path}");
            assert_runs_nothing(&path, &page);
        }
        assert!(browser.open("/executions?error=out").contains("no &lt;shoes&gt;"));
        assert_eq!(browser.get("/executions?status=LOST").status, 400);
        assert_eq!(browser.get("/executions?started-from=monday").status, 400);
    }
}

/// A page of running executions stays the same, so that a browser need not read it again.
#[test]
fn a_list_of_what_runs_does_not_change_with_the_time() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let machine = client.create_machine("order", ORDER);
    start(client, &machine, "one", "wait");
    let [browser, _] = opened.browsers();
    let versions = [(); 2].map(|()| {
        let page = browser.get("/executions?last=hour");
        assert!(page.body.contains("data-running-since=\"1"), "{}", page.body);
        page.header("etag").expect("a version").to_owned()
    });
    assert_eq!(versions[0], versions[1]);
}

/// Sends a form as the page of executions does for these.
fn choose(browser: &Browser, action: &str, chosen: &[String]) -> String {
    let token = browser.action_token("/executions");
    let mut fields = vec![("action-token", &*token), ("back", "/executions?status=RUNNING")];
    fields.extend(chosen.iter().map(|arn| ("execution", arn.as_str())));
    let page = browser.submit(action, &fields);
    assert_eq!(page.status, 200, "{}", page.body);
    assert_runs_nothing(action, &page);
    page.body
}

#[test]
fn a_bulk_is_stopped_by_somebody_and_redriven() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let machine = client.create_machine("order", ORDER);
    let waiting: Vec<String> =
        (0..20).map(|n| start(client, &machine, &format!("w{n}"), "wait")).collect();
    let ended = start(client, &machine, "ended", "end");
    client.await_end(&ended);
    let [_, browser] = opened.browsers();

    let mut chosen = waiting.clone();
    chosen.push(ended);
    let asked = choose(&browser, "/actions/confirm-stop-executions", &chosen);
    for part in
        ["Stop 20 executions?", "1 execution cannot be stopped", "It is not running: Succeeded"]
    {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(browser.open("/executions?status=RUNNING").contains("w19"), "nothing has happened yet");

    let token = field_value(&asked, "action-token");
    let mut fields = vec![("action-token", &*token), ("cause", "Stopped by ada")];
    fields.extend(waiting.iter().map(|arn| ("execution", arn.as_str())));
    let done = browser.submit("/actions/stop-executions", &fields);
    assert!(done.body.contains("20 executions stopped"), "{}", done.body);
    for arn in &waiting {
        let described =
            client.call_successfully("DescribeExecution", &json!({ "executionArn": arn }));
        assert_eq!(described["status"], "ABORTED");
        assert_eq!(described["cause"], "Stopped by ada");
    }
    let again = browser.submit("/actions/stop-executions", &fields);
    assert_eq!(again.status, 200, "what has ended stays as it is: {}", again.body);
    assert!(again.body.contains("0 of 20 executions stopped"), "{}", again.body);

    let asked = choose(&browser, "/actions/confirm-redrive-executions", &chosen);
    assert!(asked.contains("Redrive 20 executions?"), "{asked}");
    let redriven = choose(&browser, "/actions/redrive-executions", &waiting);
    assert!(redriven.contains("20 executions redriven"), "{redriven}");
    let page = browser.open("/executions?redrive=REDRIVEN");
    assert_eq!(listed(&page).len(), 20, "{page}");
    assert!(page.contains("Redrives"), "{page}");
}

#[test]
fn a_bulk_of_nothing_or_of_what_is_no_execution_is_told() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let machine = client.create_machine("order", ORDER);
    client.await_end(&start(client, &machine, "one", "end"));
    let [browser, _] = opened.browsers();
    let token = browser.action_token("/executions");
    let none = browser.submit("/actions/confirm-stop-executions", &[("action-token", &token)]);
    assert_eq!(none.status, 400);
    assert!(none.body.contains("No execution is chosen"), "{}", none.body);
    let missing = ["arn:aws:states:us-east-1:000000000000:execution:order:gone".to_owned()];
    let asked = choose(&browser, "/actions/confirm-stop-executions", &missing);
    assert!(asked.contains("ExecutionDoesNotExist"), "{asked}");
    let failed = choose(&browser, "/actions/stop-executions", &missing);
    assert!(failed.contains("0 of 1 execution stopped"), "{failed}");
    let foreign = browser.submit("/actions/stop-executions", &[("execution", &missing[0])]);
    assert_eq!(foreign.status, 403);
}
