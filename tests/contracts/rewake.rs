//! A deployment whose queues lose every message, on the doubles of DynamoDB and SQS. The command
//! `rewake` sends what is needed, so that everything ends as it would have.

use orchestrator::{RewokenExecutions, rewake_executions};
use serde_json::json;

use crate::{deployment::TestDeployment, dynamodb::start_dynamodb, queues::PausedClock};

/// More executions than a page has.
const STARTED: usize = 120;
/// More messages than any of the executions takes.
const MESSAGES_MAX: usize = 200;

/// Forks in forks, a call, a wait that is longer than SQS can delay, and a nested execution.
const OUTER: &str = r#"{
  "StartAt": "Split",
  "TimeoutSeconds": 86400,
  "States": {
    "Split": {
      "Type": "Parallel",
      "Branches": [
        {
          "StartAt": "Each",
          "States": {
            "Each": {
              "Type": "Map",
              "MaxConcurrency": 2,
              "ItemProcessor": {
                "StartAt": "Call",
                "States": {
                  "Call": {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:echo",
                    "Retry": [{ "ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1 }],
                    "End": true
                  }
                }
              },
              "End": true
            }
          }
        },
        {
          "StartAt": "Wait",
          "States": { "Wait": { "Type": "Wait", "Seconds": 1000, "End": true } }
        },
        {
          "StartAt": "Nest",
          "States": {
            "Nest": {
              "Type": "Task",
              "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Parameters": {
                "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:inner",
                "Input": {}
              },
              "OutputPath": "$.Output",
              "End": true
            }
          }
        }
      ],
      "End": true
    }
  }
}"#;
const INNER: &str =
    r#"{ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } }"#;

/// Runs the execution with a loss of all messages after this many. Returns whether they were lost
/// before it ended.
async fn ends_after_a_loss(messages: usize, rewakes: usize) -> bool {
    let (table, _service) = start_dynamodb().await;
    let clock = PausedClock::start();
    let before = TestDeployment::with_new_queues(table.clone(), clock);
    before.create_machine("inner", INNER).await;
    let machine = before.create_machine("outer", OUTER).await;
    let arn = before.start(&machine).await;
    if before.run(&arn, messages).await {
        return false;
    }
    let after = TestDeployment::with_new_queues(table, clock);
    for _ in 0..rewakes {
        let woken = rewake_executions(&after.ports).await.expect("no fault");
        assert!(woken.executions > 0 && woken.heads > 0, "{woken:?}");
    }
    assert!(after.run(&arn, MESSAGES_MAX * rewakes).await, "it is stuck after {messages}");
    let output = after.output(&arn).await.expect("it succeeds");
    assert_eq!(output.json_text(), "[[0,1,2,3],[0,1,2,3],{}]", "after {messages}");
    true
}

#[tokio::test(start_paused = true)]
async fn whenever_the_queues_are_lost_everything_ends_after_a_rewake() {
    let mut messages = 0;
    while ends_after_a_loss(messages, 1).await {
        // Where in a message it happens is what the simulation varies.
        messages += 2;
        assert!(messages < MESSAGES_MAX, "it never ends");
    }
    assert!(messages > 10, "only {messages} messages were handled");
}

#[tokio::test(start_paused = true)]
async fn a_second_rewake_changes_nothing() {
    for messages in [0, 5, 12] {
        assert!(ends_after_a_loss(messages, 2).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rewake_says_what_it_has_found() {
    let (table, service) = start_dynamodb().await;
    let deployment = TestDeployment::with_new_queues(table, PausedClock::start());
    assert_eq!(
        rewake_executions(&deployment.ports).await.expect("no fault"),
        RewokenExecutions::default()
    );
    let machine = deployment.create_machine("inner", INNER).await;
    for _ in 0..STARTED {
        deployment.start(&machine).await;
    }
    service.take_request_counts();
    let woken = rewake_executions(&deployment.ports).await.expect("no fault");
    let started = u64::try_from(STARTED).expect("it is small");
    let expected =
        RewokenExecutions { executions: started, heads: started, messages: started, unreadable: 0 };
    assert_eq!(woken, expected);
    let counts = service.take_request_counts();
    let queries = counts.iter().find(|(request, _)| request == "Query").expect("heads are read").1;
    // For the state machines, for each page of executions by its four partitions, and for each head.
    assert_eq!(queries, 2 + 4 * 2 + STARTED);
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_cannot_be_read_holds_up_no_other() {
    let (table, service) = start_dynamodb().await;
    let deployment = TestDeployment::with_new_queues(table, PausedClock::start());
    let machine = deployment.create_machine("inner", INNER).await;
    for _ in 0..3 {
        deployment.start(&machine).await;
    }
    let rows = service.ask("Scan", &json!({"TableName": "statewright"}));
    let records =
        rows["Items"].as_array().expect("items").iter().filter(|row| row["sk"]["S"] == "#a0");
    for (row, text) in records.zip(["{}", r#"{"p":[],"r":{"by":"Later"}}"#]) {
        let mut row = row.clone();
        assert!(row["record"].is_object(), "{row}");
        row["record"] = json!({"S": text});
        service.ask("PutItem", &json!({"TableName": "statewright", "Item": row}));
    }
    let woken = rewake_executions(&deployment.ports).await.expect("no fault");
    let expected = RewokenExecutions { executions: 3, heads: 1, messages: 1, unreadable: 2 };
    assert_eq!(woken, expected);
}
