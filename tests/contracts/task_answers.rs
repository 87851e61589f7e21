//! Answers to task tokens through the use case of the API, on each store.

use std::sync::Arc;

use model::{AccountRegion, ExecutionStatus, Failure};
use orchestrator::{
    ApiError, EngineContext, EngineSettings,
    api::{TaskResultRejection, describe_execution, send_task_failure, send_task_success},
};
use tokio::task::JoinSet;

use crate::{store_ports::StorePorts, stores::ContractStore};

const ANSWERS: u32 = 50;
const DEFINITION: &str = r#"{
  "StartAt": "Ask",
  "States": {
    "Ask": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
      "Parameters": { "FunctionName": "ask", "Payload": { "token.$": "$$.Task.Token" } },
      "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Done" }],
      "Next": "Done"
    },
    "Done": { "Type": "Pass", "End": true }
  }
}"#;

pub(crate) async fn of_many_answers_to_one_token_one_is_acknowledged(store: &impl ContractStore) {
    let region = AccountRegion::new("us-east-1", "000000000000");
    let context = Arc::new(EngineContext::new(EngineSettings::new(region)));
    let ports = Arc::new(StorePorts::with_store(store));
    let arn = ports.start(&context, "ask", DEFINITION, None).await;
    ports.handle_all(&context).await;
    let token = ports.token.lock().expect("nobody panics").clone().expect("the task was called");
    let mut answers = JoinSet::new();
    for number in 0..ANSWERS {
        let (ports, context, token) = (Arc::clone(&ports), Arc::clone(&context), token.clone());
        answers.spawn(async move {
            let (ports, context) = (ports.as_ref(), context.as_ref());
            let answered = if number % 2 == 0 {
                send_task_success(ports, context, &token, &number.to_string()).await
            } else {
                let failure = Failure::new("No", number.to_string());
                send_task_failure(ports, context, &token, failure).await
            };
            (number, answered)
        });
    }
    let mut acknowledged = Vec::new();
    for (number, answered) in answers.join_all().await {
        match answered {
            Ok(()) => acknowledged.push(number),
            Err(ApiError::Rejected(TaskResultRejection::TimedOut)) => {}
            Err(other) => panic!("answer {number}: {other}"),
        }
    }
    assert_eq!(acknowledged.len(), 1, "these were acknowledged: {acknowledged:?}");
    ports.handle_all(&context).await;
    let (_, execution) =
        describe_execution(ports.as_ref(), &context, &arn).await.expect("it exists");
    assert_eq!(execution.status(), ExecutionStatus::Succeeded);
    let number = acknowledged[0];
    let counted = match execution.end.as_ref().map(|(_, outcome)| outcome) {
        Some(model::FrameOutcome::Succeeded(output)) => output.json_value(),
        other => panic!("{other:?}"),
    };
    let counted = counted["Cause"].as_str().map_or_else(|| counted.to_string(), str::to_owned);
    assert_eq!(counted, number.to_string(), "another answer has counted");
}
