//! A killed process loses no acknowledged start and no committed transition.

mod call_records;
mod repeated_kills;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::LocalProgram;

const EXECUTIONS: usize = 200;

/// All state types that make no call. The Wait states ensure that the kill comes in between.
const DEFINITION: &str = r#"{
  "StartAt": "Split",
  "States": {
    "Split": {
      "Type": "Parallel",
      "Branches": [
        {
          "StartAt": "Pause",
          "States": {
            "Pause": { "Type": "Wait", "Seconds": 2, "Next": "Answer" },
            "Answer": { "Type": "Pass", "Result": "waited", "End": true }
          }
        },
        {
          "StartAt": "Each",
          "States": {
            "Each": {
              "Type": "Map",
              "ItemsPath": "$.items",
              "MaxConcurrency": 2,
              "ItemProcessor": {
                "StartAt": "Odd",
                "States": {
                  "Odd": {
                    "Type": "Choice",
                    "Choices": [{ "Variable": "$", "NumericEquals": 1, "Next": "Rest" }],
                    "Default": "Keep"
                  },
                  "Rest": { "Type": "Wait", "Seconds": 1, "Next": "Keep" },
                  "Keep": { "Type": "Pass", "End": true }
                }
              },
              "End": true
            }
          }
        }
      ],
      "ResultPath": "$.outcome",
      "Next": "Again"
    },
    "Again": { "Type": "Wait", "Seconds": 1, "Next": "Done" },
    "Done": { "Type": "Succeed" }
  }
}"#;

#[test]
fn two_hundred_executions_survive_a_kill_with_the_history_of_an_undisturbed_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let local = LocalProgram::start(folder.path(), &[]);
    let machine = local.client.create_machine("survivor", DEFINITION);
    let input = json!({ "items": [0, 1, 2] });
    let undisturbed = local.client.start_execution(&machine, "undisturbed", &input);
    assert_eq!(local.client.await_end(&undisturbed)["status"], "SUCCEEDED");

    let executions: Vec<String> = (0..EXECUTIONS)
        .map(|number| {
            local.client.start_execution(&machine, &format!("execution-{number}"), &input)
        })
        .collect();
    local.kill();

    let restarted = LocalProgram::start(folder.path(), &[]);
    let expected = history_shape(&restarted.client.execution_history(&undisturbed));
    for execution in executions {
        assert_eq!(restarted.client.await_end(&execution)["status"], "SUCCEEDED", "{execution}");
        assert_eq!(
            history_shape(&restarted.client.execution_history(&execution)),
            expected,
            "{execution}"
        );
    }
}

/// A history without timestamps and without the order of concurrent events: each event with all of
/// its predecessors, sorted.
fn history_shape(history: &[Value]) -> Vec<String> {
    let mut by_id: BTreeMap<i64, String> = BTreeMap::new();
    for event in history {
        let mut own = event.clone();
        let members = own.as_object_mut().expect("an event is an object");
        members.remove("timestamp");
        let id = members.remove("id").and_then(|id| id.as_i64()).expect("an event has an id");
        assert_eq!(id, i64::try_from(by_id.len()).expect("small") + 1, "ids are contiguous");
        let previous = members.remove("previousEventId").and_then(|id| id.as_i64()).unwrap_or(0);
        let path = by_id.get(&previous).cloned().unwrap_or_default();
        by_id.insert(id, format!("{path} > {own}"));
    }
    let mut paths: Vec<String> = by_id.into_values().map(|path| without_starters(&path)).collect();
    paths.sort();
    paths
}

/// Cuts the predecessors of an iteration's start and of the ends of the Map and the Parallel. Which
/// iteration lets the next one start, and which one ends last, depends on timing.
fn without_starters(path: &str) -> String {
    let marks = [
        "mapIterationStartedEventDetails",
        "MapStateSucceeded",
        "MapStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
    ];
    let start = marks.into_iter().filter_map(|mark| path.rfind(mark)).max().unwrap_or(0);
    path[start..].to_owned()
}
