//! The workflows that run when the process is killed.

/// State machines as pairs of name and definition. The last one is executed.
pub(super) struct TestWorkflow(pub(super) &'static [(&'static str, &'static str)]);

/// Nested forks of several buckets, one of them with limited concurrency.
pub(super) const FORKS: TestWorkflow = TestWorkflow(&[(
    "forks",
    r#"{
      "StartAt": "Split",
      "States": {
        "Split": {
          "Type": "Parallel",
          "Branches": [
            { "StartAt": "Answer", "States": { "Answer": { "Type": "Pass", "End": true } } },
            {
              "StartAt": "Each",
              "States": {
                "Each": {
                  "Type": "Map",
                  "MaxConcurrency": 2,
                  "ItemProcessor": {
                    "StartAt": "Keep",
                    "States": { "Keep": { "Type": "Pass", "End": true } }
                  },
                  "End": true
                }
              }
            },
            {
              "StartAt": "All",
              "States": {
                "All": {
                  "Type": "Map",
                  "ItemProcessor": {
                    "StartAt": "Take",
                    "States": { "Take": { "Type": "Pass", "End": true } }
                  },
                  "End": true
                }
              }
            }
          ],
          "End": true
        }
      }
    }"#,
)]);

/// A chain of states that pass their input on.
pub(super) const PASSES: TestWorkflow = TestWorkflow(&[(
    "passes",
    r#"{
      "StartAt": "First",
      "States": {
        "First": { "Type": "Pass", "Next": "Second" },
        "Second": { "Type": "Pass", "Next": "Third" },
        "Third": { "Type": "Pass", "End": true }
      }
    }"#,
)]);

/// A branch with a task that is completed by its token.
pub(super) const CALLBACK: TestWorkflow = TestWorkflow(&[(
    "callback",
    r#"{
      "StartAt": "Split",
      "States": {
        "Split": {
          "Type": "Parallel",
          "Branches": [
            {
              "StartAt": "Ask",
              "States": {
                "Ask": {
                  "Type": "Task",
                  "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                  "Parameters": {
                    "FunctionName": "ask",
                    "Payload": { "token.$": "$$.Task.Token" }
                  },
                  "Retry": [{ "ErrorEquals": ["Lambda.Unknown"], "IntervalSeconds": 1 }],
                  "End": true
                }
              }
            }
          ],
          "End": true
        }
      }
    }"#,
)]);

/// A task that waits for a nested execution.
pub(super) const NESTED: TestWorkflow = TestWorkflow(&[
    ("inner", r#"{ "StartAt": "Pass", "States": { "Pass": { "Type": "Pass", "End": true } } }"#),
    (
        "outer",
        r#"{
          "StartAt": "Nest",
          "States": {
            "Nest": {
              "Type": "Task",
              "Resource": "arn:aws:states:::states:startExecution.sync:2",
              "Parameters": {
                "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:inner",
                "Input": {}
              },
              "End": true
            }
          }
        }"#,
    ),
]);

/// A branch that fails until its function is repaired and the execution is redriven.
pub(super) const REDRIVEN: TestWorkflow = TestWorkflow(&[(
    "redriven",
    r#"{
      "StartAt": "Split",
      "States": {
        "Split": {
          "Type": "Parallel",
          "Branches": [
            { "StartAt": "Good", "States": { "Good": { "Type": "Pass", "End": true } } },
            {
              "StartAt": "Bad",
              "States": {
                "Bad": {
                  "Type": "Task",
                  "Resource": "arn:aws:lambda:us-east-1:000000000000:function:bad",
                  "End": true
                }
              }
            }
          ],
          "End": true
        }
      }
    }"#,
)]);
