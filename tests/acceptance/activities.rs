//! Activities: their API, and workers that ask `GetActivityTask` for tasks.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{client::StepFunctionsClient, program::LocalProgram};

/// Far less than the 60 seconds for which a request waits, far more than a task takes.
const SOON: Duration = Duration::from_secs(30);
/// As many workers as AWS advises to have for one activity.
const WORKERS: usize = 100;

fn start_local() -> (tempfile::TempDir, LocalProgram) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    (folder, local)
}

fn create_activity(client: &StepFunctionsClient, name: &str) -> String {
    let created = client.call_successfully("CreateActivity", &json!({ "name": name }));
    created["activityArn"].as_str().expect("an ARN").to_owned()
}

/// A machine whose only state is a task of that activity, with these additional fields.
fn task_definition(activity: &str, fields: &str) -> String {
    format!(
        r#"{{"StartAt": "Work", "States": {{"Work": {{"Type": "Task", {fields}
            "Resource": "{activity}", "End": true}}}}}}"#
    )
}

fn get_task(client: &StepFunctionsClient, activity: &str) -> Value {
    let request = json!({ "activityArn": activity, "workerName": "worker" });
    client.call_successfully("GetActivityTask", &request)
}

/// Waits until the task of an execution is in the queue of its activity.
fn await_schedule(client: &StepFunctionsClient, execution: &str) {
    let is_scheduled = |event: &Value| event["type"] == "ActivityScheduled";
    while !client.execution_history(execution).iter().any(is_scheduled) {
        thread::yield_now();
    }
}

fn error_type(result: Result<Value, Value>) -> String {
    result.expect_err("it is refused")["__type"].as_str().expect("a type").to_owned()
}

#[test]
fn an_activity_is_created_described_listed_tagged_and_deleted() {
    let (_folder, local) = start_local();
    let client = &local.client;
    let request = json!({ "name": "a", "tags": [{ "key": "team", "value": "red" }] });
    let created = client.call_successfully("CreateActivity", &request);
    let arn = created["activityArn"].clone();
    assert_eq!(arn, "arn:aws:states:us-east-1:000000000000:activity:a");
    let again = client.call_successfully("CreateActivity", &json!({ "name": "a" }));
    assert_eq!(again, created, "tags are no part of what makes two requests the same");
    let key = json!({ "type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/k",
        "kmsDataKeyReusePeriodSeconds": 60 });
    let other = json!({ "name": "a", "encryptionConfiguration": key });
    let other = client.call_operation("CreateActivity", &other);
    assert_eq!(error_type(other), "ActivityAlreadyExists");
    for (name, encryption) in [("b", key), ("c", json!({ "type": "AWS_OWNED_KEY" }))] {
        let request = json!({ "name": name, "encryptionConfiguration": encryption });
        let created = client.call_successfully("CreateActivity", &request);
        let request = json!({ "activityArn": created["activityArn"] });
        let described = client.call_successfully("DescribeActivity", &request);
        assert_eq!(described["encryptionConfiguration"], encryption);
    }

    let mut names = Vec::new();
    let mut request = json!({ "maxResults": 2 });
    loop {
        let page = client.call_successfully("ListActivities", &request);
        let activities = page["activities"].as_array().expect("a page has activities");
        names.extend(activities.iter().map(|activity| activity["name"].clone()));
        let Some(token) = page.get("nextToken") else { break };
        request["nextToken"] = token.clone();
    }
    assert_eq!(names, ["a", "b", "c"]);

    let tags = || {
        let listed =
            client.call_successfully("ListTagsForResource", &json!({ "resourceArn": arn }));
        listed["tags"].clone()
    };
    assert_eq!(tags(), json!([{ "key": "team", "value": "red" }]));
    let more = json!({ "resourceArn": arn, "tags": [{ "key": "cost", "value": "1" }] });
    client.call_successfully("TagResource", &more);
    let fewer = json!({ "resourceArn": arn, "tagKeys": ["team"] });
    client.call_successfully("UntagResource", &fewer);
    assert_eq!(tags(), json!([{ "key": "cost", "value": "1" }]));

    let request = json!({ "activityArn": arn });
    for _ in 0..2 {
        assert_eq!(client.call_successfully("DeleteActivity", &request), json!({}));
    }
    let gone = client.call_operation("DescribeActivity", &request);
    assert_eq!(error_type(gone), "ActivityDoesNotExist");
    let untagged = client.call_operation("ListTagsForResource", &json!({ "resourceArn": arn }));
    assert_eq!(error_type(untagged), "ResourceNotFound");
    for (operation, request, exception) in [
        ("ListActivities", json!({ "nextToken": "x" }), "InvalidToken"),
        ("GetActivityTask", json!({ "activityArn": "x" }), "InvalidArn"),
        ("GetActivityTask", request, "ActivityDoesNotExist"),
        ("CreateActivity", json!({}), "ValidationException"),
        ("CreateActivity", json!({ "name": "a b" }), "InvalidName"),
    ] {
        let refused = error_type(client.call_operation(operation, &request));
        assert_eq!(refused, exception, "{operation} {request}");
    }
}

#[test]
fn a_worker_that_waits_gets_a_task_at_once() {
    let (_folder, local) = start_local();
    let client = &local.client;
    let activity = create_activity(client, "work");
    let fields = r#""TimeoutSeconds": 600, "HeartbeatSeconds": 60,"#;
    let machine = client.create_machine("m", &task_definition(&activity, fields));
    let worker = {
        let (client, activity) = (client.clone(), activity.clone());
        thread::spawn(move || get_task(&client, &activity))
    };
    let began = Instant::now();
    let execution = client.start_execution(&machine, "x", &json!({ "order": 1 }));
    let task = worker.join().expect("a worker does not panic");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(task["input"], r#"{"order":1}"#);
    let token = &task["taskToken"];
    client.call_successfully("SendTaskHeartbeat", &json!({ "taskToken": token }));
    client.call_successfully("SendTaskSuccess", &json!({ "taskToken": token, "output": "2" }));
    assert_eq!(client.await_end(&execution)["output"], "2");

    let history = client.execution_history(&execution);
    let types: Vec<&Value> = history.iter().map(|event| &event["type"]).collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "ActivityScheduled",
            "ActivityStarted",
            "ActivitySucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]
    );
    let scheduled = json!({
        "resource": activity,
        "input": r#"{"order":1}"#,
        "inputDetails": { "truncated": false },
        "timeoutInSeconds": 600,
        "heartbeatInSeconds": 60,
    });
    assert_eq!(history[2]["activityScheduledEventDetails"], scheduled);
    assert_eq!(history[3]["activityStartedEventDetails"], json!({ "workerName": "worker" }));
}

#[test]
fn a_task_that_waits_for_a_worker_survives_a_kill() {
    let (folder, local) = start_local();
    let activity = create_activity(&local.client, "work");
    let machine = local.client.create_machine("m", &task_definition(&activity, ""));
    let execution = local.client.start_execution(&machine, "x", &json!({}));
    let is_scheduled = || {
        let history = local.client.execution_history(&execution);
        history.iter().any(|event| event["type"] == "ActivityScheduled")
    };
    while !is_scheduled() {}
    local.kill();
    let local = LocalProgram::start(folder.path(), &[]);
    let task = get_task(&local.client, &activity);
    local.kill();
    let local = LocalProgram::start(folder.path(), &[]);
    let answer = json!({ "taskToken": task["taskToken"], "output": "1" });
    local.client.call_successfully("SendTaskSuccess", &answer);
    assert_eq!(local.client.await_end(&execution)["output"], "1");
}

#[test]
fn a_worker_that_dies_is_seen_by_its_missing_heartbeat() {
    let (_folder, local) = start_local();
    let client = &local.client;
    let activity = create_activity(client, "work");
    let fields = r#""HeartbeatSeconds": 1, "Retry": [{"ErrorEquals": ["States.Timeout"],
        "IntervalSeconds": 1, "MaxAttempts": 1}],"#;
    let machine = client.create_machine("m", &task_definition(&activity, fields));
    let execution = client.start_execution(&machine, "x", &json!({}));
    let first = get_task(client, &activity);
    let second = get_task(client, &activity);
    let answer = |task: &Value| {
        let answer = json!({ "taskToken": task["taskToken"], "output": "1" });
        client.call_operation("SendTaskSuccess", &answer)
    };
    assert_eq!(error_type(answer(&first)), "TaskTimedOut");
    assert_eq!(answer(&second), Ok(json!({})));
    assert_eq!(client.await_end(&execution)["status"], "SUCCEEDED");
}

/// Each gets a task of its own, and the end of the program waits for none that still waits.
#[test]
fn many_workers_wait_side_by_side() {
    let (_folder, local) = start_local();
    let client = &local.client;
    let activity = create_activity(client, "work");
    let machine = client.create_machine("m", &task_definition(&activity, ""));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (client, activity) = (client.clone(), activity.clone());
            thread::spawn(move || {
                let task = get_task(&client, &activity);
                let answer = json!({ "taskToken": task["taskToken"], "output": task["input"] });
                client.call_successfully("SendTaskSuccess", &answer);
            })
        })
        .collect();
    let executions: Vec<String> = (0..WORKERS)
        .map(|number| client.start_execution(&machine, &number.to_string(), &json!(number)))
        .collect();
    for (number, execution) in executions.iter().enumerate() {
        assert_eq!(client.await_end(execution)["output"], number.to_string());
    }
    for worker in workers {
        worker.join().expect("each worker gets a task");
    }
    let waiting = {
        let client = client.clone();
        let request = json!({ "activityArn": activity });
        thread::spawn(move || client.try_operation("GetActivityTask", &request))
    };
    let began = Instant::now();
    assert!(local.terminate());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    // It may have been answered that there is none, or not at all.
    let answered = waiting.join().expect("a worker does not panic");
    assert!(!matches!(answered, Ok(Ok(task)) if task.get("taskToken").is_some()));
}

#[test]
fn a_task_behind_many_that_cannot_be_read_is_given_to_a_worker() {
    const UNREADABLE: usize = 25;
    let (folder, local) = start_local();
    let client = &local.client;
    let activity = create_activity(client, "a");
    let machine = client.create_machine("m", &task_definition(&activity, ""));
    for index in 0..UNREADABLE {
        let execution = client.start_execution(&machine, &format!("unread{index}"), &json!({}));
        await_schedule(client, &execution);
    }
    let readable = client.start_execution(&machine, "readable", &json!({ "for": "a worker" }));
    await_schedule(client, &readable);
    assert!(local.terminate());
    let database = rusqlite::Connection::open(folder.path().join("statewright.sqlite"));
    let newer = r#"UPDATE records SET body = '{"kind": "newer"}'
        WHERE execution IN (SELECT id FROM executions WHERE name LIKE 'unread%')"#;
    let database = database.expect("opens");
    let changed = database.execute(newer, []).expect("the records are changed");
    assert!(changed >= UNREADABLE, "{changed}");
    database
        .execute("UPDATE activity_tasks SET secret = 'newer' WHERE execution LIKE '%unread1%'", [])
        .expect("the rows are changed");
    drop(database);

    let local = LocalProgram::start(folder.path(), &[]);
    let begun = Instant::now();
    let task = get_task(&local.client, &activity);
    assert_eq!(task["input"], r#"{"for":"a worker"}"#);
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
}
