//! Tasks of activities are taken and answered in the console.

use serde_json::json;

use super::{
    Opened,
    browser::{Answered, Browser, assert_runs_nothing, field_value},
};

fn definition(activity: &str) -> String {
    json!({"StartAt": "Work", "States": {
        "Work": {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 600, "End": true}}})
    .to_string()
}

fn take_task(browser: &Browser, activity: &str) -> Answered {
    let action_token = browser.action_token(&format!("/activities/{activity}"));
    let taken = browser
        .submit("/actions/take-task", &[("action-token", &action_token), ("activity", activity)]);
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_runs_nothing("/actions/take-task", &taken);
    taken
}

fn answer(browser: &Browser, page: &Answered, fields: &[(&str, &str)]) -> Answered {
    let names = ["action-token", "token", "back", "taken-input"];
    let values = names.map(|name| field_value(&page.body, name).replace("&quot;", "\""));
    let mut all: Vec<_> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
    all.extend(fields);
    browser.submit("/actions/answer-token", &all)
}

#[test]
fn a_task_is_taken_and_answered_by_hand() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let request = json!({ "name": "work", "tags": [{ "key": "team", "value": "<red>" }] });
    let activity = client.call_successfully("CreateActivity", &request);
    let activity = activity["activityArn"].as_str().expect("an ARN");
    let machine = client.create_machine("order", &definition(activity));
    let page = format!("/activities/{activity}");
    for (number, browser) in opened.browsers().iter().enumerate() {
        assert!(browser.open("/activities").contains(&page));
        let shown = browser.get(&page);
        assert!(shown.body.contains("&lt;red&gt;"), "{}", shown.body);
        assert_runs_nothing(&page, &shown);

        let input = json!({ "shoes": format!("<b>{number}</b>") });
        let execution = client.start_execution(&machine, &format!("good-{number}"), &input);
        let taken = take_task(browser, activity);
        assert!(taken.body.contains(&format!("&lt;b&gt;{number}")), "{}", taken.body);
        let beaten = answer(browser, &taken, &[("outcome", "heartbeat")]);
        assert_eq!((beaten.status, beaten.body.contains("Heartbeat recorded")), (200, true));
        let wrong = answer(browser, &beaten, &[("outcome", "success"), ("output", "{")]);
        assert_eq!((wrong.status, wrong.body.contains("The output is no JSON")), (400, true));
        assert!(wrong.body.contains(">{</textarea>"), "{}", wrong.body);
        assert_runs_nothing("/actions/answer-token", &wrong);
        let done = answer(browser, &wrong, &[("outcome", "success"), ("output", "[42]")]);
        assert_eq!((done.status, done.header("location")), (303, Some(&*page)), "{}", done.body);
        assert_eq!(client.await_end(&execution)["output"], "[42]");

        let execution = client.start_execution(&machine, &format!("bad-{number}"), &input);
        let taken = take_task(browser, activity);
        assert!(taken.body.contains(" at the console</textarea>"), "{}", taken.body);
        let fields = [("outcome", "failure"), ("error", "Broken"), ("cause", "by ada")];
        assert_eq!(answer(browser, &taken, &fields).status, 303);
        let ended = client.await_end(&execution);
        assert_eq!((&ended["error"], &ended["cause"]), (&json!("Broken"), &json!("by ada")));
        let late = answer(browser, &taken, &fields);
        assert_eq!(late.status, 400, "{}", late.body);
    }
}

/// Only `local` itself knows what waits.
#[test]
fn local_tells_how_many_tasks_and_workers_wait() {
    let opened = Opened::start();
    let client = &opened.local.client;
    let activity = client.call_successfully("CreateActivity", &json!({ "name": "work" }));
    let activity = activity["activityArn"].as_str().expect("an ARN");
    let machine = client.create_machine("order", &definition(activity));
    let page = format!("/activities/{activity}");
    let [server, command] = opened.browsers();
    let counts = |tasks: u32, workers: u32| {
        format!(
            "Waiting tasks</dt><dd>{tasks}</dd></div><div><dt>Waiting workers</dt><dd>{workers}</dd>"
        )
    };
    assert!(server.open(&page).contains(&counts(0, 0)));
    assert!(!command.open(&page).contains("Waiting tasks"));
    let execution = client.start_execution(&machine, "one", &json!({}));
    // The task is in the queue a moment after its execution has started.
    while !server.open(&page).contains(&counts(1, 0)) {
        std::thread::yield_now();
    }
    take_task(&server, activity);
    assert!(server.open(&page).contains(&counts(0, 0)));
    client.call_successfully("StopExecution", &json!({ "executionArn": execution }));
    let worker = client.clone();
    let arn = activity.to_owned();
    let waiting = std::thread::spawn(move || {
        worker.call_successfully("GetActivityTask", &json!({ "activityArn": arn }))
    });
    while !server.open(&page).contains(&counts(0, 1)) {
        std::thread::yield_now();
    }
    client.start_execution(&machine, "two", &json!({}));
    assert!(waiting.join().expect("it ends")["taskToken"].is_string());
}
