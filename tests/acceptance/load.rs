//! Many executions at once: waiting executions are in the store, not in memory, and go on in time.
#![cfg(target_os = "linux")]

use std::{
    fs, thread,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    environment_numbers::{number_from_env, report_figure},
    program::{LocalProgram, repository_root},
};

/// The most resident bytes that a waiting execution may take.
const WAITING_BYTES_MAX: u64 = 1024;
/// The number of warm-up executions that fill the caches. With fewer, memory is not checked.
const WARM_MIN: u64 = 60_000;
/// The most seconds by which a timer may be late.
const LATE_SECONDS_MAX: f64 = 1.0;
/// The number of clients that start executions concurrently.
const CLIENTS: u64 = 8;
/// Seconds from the last start to the end of the wait, in which the test measures.
const RESERVE_SECONDS: u64 = 6;
/// The least number of executions that clients start in a second.
const STARTS_PER_SECOND: u64 = 250;

const WAIT: &str = r#"{"StartAt": "Wait", "States": {
    "Wait": {"Type": "Wait", "TimestampPath": "$.until", "End": true}}}"#;

const ASK: &str = r#"{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "echo", "Payload": {"token.$": "$$.Task.Token"}}}}}"#;

/// First `WARM` executions fill the caches, which are bounded. Then `WAITING` executions wait until
/// one moment, and `RUNNING` executions run meanwhile. After that `WARM` and then `ASKING`
/// executions wait for their tokens. The growth of resident memory is due to waiting executions
/// only if the caches are already full of the same kind of executions.
#[test]
fn what_waits_takes_no_memory_and_goes_on_in_time_beside_what_runs() {
    let [warm, waiting, asking, running] =
        [("WARM", 0), ("WAITING", 2_000), ("ASKING", 0), ("RUNNING", 200)]
            .map(|(variable, default)| number_from_env(variable, default));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = repository_root().join("tests/acceptance/functions/template.yaml");
    let template = template.to_str().expect("a plain path");
    let local = LocalProgram::start(folder.path(), &["--template", template]);
    let running_definition = running_definition();
    let [wait, ask, run] = [("wait", WAIT), ("ask", ASK), ("run", &running_definition)]
        .map(|(name, definition)| local.client.create_machine(name, definition));

    let far = json!({ "until": format_timestamp(unix_seconds() + 86_400) });
    start_all(&local, &wait, ("warm", warm), &far);
    let due = unix_seconds() + RESERVE_SECONDS + (waiting + running).div_ceil(STARTS_PER_SECOND);
    let until = json!({ "until": format_timestamp(due) });
    let for_waiting = resident_bytes_each(&local, waiting, || {
        start_all(&local, &wait, ("waiting", waiting), &until);
    });
    start_all(&local, &run, ("running", running), &json!({}));
    let slack = due.saturating_sub(unix_seconds());
    assert!(slack > 0, "all have been started before they are due");
    report_figure(&format!("all were started {slack} s before they were due"));
    for number in 0..running {
        let ended = local.client.await_end(&execution_arn(&run, "running", number));
        assert_eq!(ended["status"], "SUCCEEDED");
    }
    let lateness = measure_lateness(&local, &wait, waiting, due);
    let (median, worst) = (lateness[lateness.len() / 2], lateness[lateness.len() - 1]);
    report_figure(&format!("late by {median:.3} s in the median, by {worst:.3} s at most"));
    assert!(lateness[0] >= 0.0, "none is early");
    assert!(worst <= LATE_SECONDS_MAX, "a timer is late by {worst} s");

    start_all_waiting(&local, &ask, ("warm", if asking > 0 { warm } else { 0 }));
    let for_asking =
        resident_bytes_each(&local, asking, || start_all_waiting(&local, &ask, ("asking", asking)));
    report_figure(&format!("{for_waiting} bytes for each that waits, {for_asking} that asks"));
    if warm >= WARM_MIN {
        let most = for_waiting.max(for_asking);
        assert!(most < WAITING_BYTES_MAX, "{most} bytes for each that waits");
    }
}

/// The resident bytes that each execution has added.
fn resident_bytes_each(local: &LocalProgram, executions: u64, start: impl FnOnce()) -> u64 {
    let before = resident_bytes(local);
    start();
    let after = resident_bytes(local);
    report_figure(&format!("{} MiB resident, {} MiB before", after >> 20, before >> 20));
    after.saturating_sub(before) / executions.max(1)
}

/// A chain of Pass states with forks, which is busy for a while.
fn running_definition() -> String {
    let pass = |name: usize| match name {
        49 => json!({ "Type": "Pass", "Next": "Split" }),
        _ => json!({ "Type": "Pass", "Next": format!("P{}", name + 1) }),
    };
    let mut states: serde_json::Map<String, Value> =
        (0..50).map(|name| (format!("P{name}"), pass(name))).collect();
    let branch = json!({ "StartAt": "B", "States": { "B": { "Type": "Pass", "End": true } } });
    let branches = ["B1", "B2", "B3"].map(|name| {
        let text = branch.to_string().replace("\"B\"", &format!("\"{name}\""));
        serde_json::from_str::<Value>(&text).expect("JSON")
    });
    states.insert(
        "Split".to_owned(),
        json!({ "Type": "Parallel", "Branches": branches, "End": true }),
    );
    json!({ "StartAt": "P0", "States": states }).to_string()
}

/// Starts executions `name-0`, `name-1`, … from [`CLIENTS`] clients.
fn start_all(local: &LocalProgram, machine: &str, (name, count): (&str, u64), input: &Value) {
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                for number in (0..count).filter(|number| number % CLIENTS == client) {
                    local.client.start_execution(machine, &format!("{name}-{number}"), input);
                }
            });
        }
    });
}

fn execution_arn(machine: &str, name: &str, number: u64) -> String {
    format!("{}:{name}-{number}", machine.replace(":stateMachine:", ":execution:"))
}

/// Starts executions whose task waits for its token, and waits until each of them waits.
fn start_all_waiting(local: &LocalProgram, machine: &str, (name, count): (&str, u64)) {
    start_all(local, machine, (name, count), &json!({}));
    let is_submitted = |event: &Value| event["type"] == "TaskSubmitted";
    for number in 0..count {
        let execution = execution_arn(machine, name, number);
        while !local.client.execution_history(&execution).iter().any(is_submitted) {}
    }
}

/// The lateness of each execution in seconds, sorted.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are few")]
fn measure_lateness(local: &LocalProgram, machine: &str, count: u64, due: u64) -> Vec<f64> {
    let mut all: Vec<f64> = (0..count)
        .map(|number| {
            let execution = execution_arn(machine, "waiting", number);
            loop {
                let history = local.client.execution_history(&execution);
                let exited = history.iter().find(|event| event["type"] == "WaitStateExited");
                if let Some(at) = exited.and_then(|event| event["timestamp"].as_f64()) {
                    break at - due as f64;
                }
            }
        })
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

fn resident_bytes(local: &LocalProgram) -> u64 {
    let status =
        fs::read_to_string(format!("/proc/{}/status", local.process_id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.expect("Linux says so") << 10
}

/// Seconds since 1970.
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs()
}

/// `2026-01-02T03:04:05Z`
fn format_timestamp(seconds: u64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(seconds.cast_signed()).expect("it is near");
    at.format(&time::format_description::well_known::Rfc3339).expect("it can be printed")
}
