//! How many bytes of the database a transition takes. Most of it is records, so what is added to each
//! of them shows here.

use std::{fs, path::Path};

use serde_json::{Map, json};

use crate::{environment_numbers::report_figure, program::LocalProgram};

const STATES: u64 = 10;
const EXECUTIONS: u64 = 300;
/// With the transitions of ten states made durable together, as by default.
const BYTES_MAX_TOGETHER: u64 = 200;
/// With each transition made durable by itself.
const BYTES_MAX_SINGLY: u64 = 300;

#[test]
fn a_transition_takes_few_bytes() {
    let together = bytes_of_a_transition("25");
    let singly = bytes_of_a_transition("1");
    report_figure(&format!("{together} bytes a transition, {singly} where each is a record"));
    assert!(together <= BYTES_MAX_TOGETHER, "{together} bytes");
    assert!(singly <= BYTES_MAX_SINGLY, "{singly} bytes");
}

/// The growth of the database by executions of some Pass states, and not what it has when empty.
fn bytes_of_a_transition(transitions_per_delivery: &str) -> u64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = ["--transitions-per-delivery", transitions_per_delivery];
    let before = run_executions(folder.path(), &arguments, 0..1);
    let after = run_executions(folder.path(), &arguments, 1..EXECUTIONS + 1);
    (after - before) / (EXECUTIONS * STATES)
}

/// Runs executions of these numbers. Returns the bytes of the database once it is closed.
fn run_executions(data: &Path, arguments: &[&str], numbers: std::ops::Range<u64>) -> u64 {
    let local = LocalProgram::start(data, arguments);
    let machine = local.client.create_machine("chain", &chain_definition());
    for number in numbers {
        let name = format!("execution-{number}");
        let arn = local.client.start_execution(&machine, &name, &json!({ "orderId": 42 }));
        assert_eq!(local.client.await_end(&arn)["status"], "SUCCEEDED");
    }
    assert!(local.terminate(), "it ends by itself");
    fs::metadata(data.join("statewright.sqlite")).expect("it is there").len()
}

fn chain_definition() -> String {
    let state = |index: u64| {
        let state = match index + 1 {
            STATES => json!({ "Type": "Pass", "End": true }),
            next => json!({ "Type": "Pass", "Next": format!("S{next}") }),
        };
        (format!("S{index}"), state)
    };
    let states: Map<_, _> = (0..STATES).map(state).collect();
    json!({ "StartAt": "S0", "States": states }).to_string()
}
