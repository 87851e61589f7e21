//! The answers of functions that were invoked asynchronously → the tasks that have invoked them.

use function_runtime::{Deployment, NoTaskCaller, format_with_causes};
use orchestrator::{AnswerEffect, Fault, complete_function_call};
use serde_json::{Value, json};
use services::lambda::FunctionAnswer;
use tracing::{info, warn};

/// Passes on the answers in the messages of a batch. Returns which messages are to be delivered again, as
/// Lambda wants it.
///
/// Spec: Lambda Developer Guide, "Handling errors for an SQS event source" § partial batch responses.
pub(crate) async fn pass_on(deployment: &Deployment<NoTaskCaller>, messages: &[Value]) -> Value {
    let mut again = Vec::new();
    for message in messages {
        let text = |member: &str| message[member].as_str().unwrap_or_default();
        let receives = message["attributes"]["ApproximateReceiveCount"].as_str();
        let receives = receives.and_then(|count| count.parse().ok()).unwrap_or(0_u32);
        let Some(answer) = FunctionAnswer::parse(text("body")) else {
            warn!(message = text("messageId"), "a message is no answer of a function");
            continue;
        };
        let invocation = answer.invocation();
        let comes_again = match pass_on_answer(deployment, &answer).await {
            Ok(effect) => {
                if effect != AnswerEffect::Completed {
                    info!(invocation = invocation.as_str(), ?effect, "an answer has no effect");
                }
                effect.is_delivered_again(receives)
            }
            Err(fault) => {
                let fault = format_with_causes(&fault);
                warn!(invocation = invocation.as_str(), fault, "an answer is delivered again");
                deployment.faults.count_faults(1);
                true
            }
        };
        if comes_again {
            again.push(json!({"itemIdentifier": text("messageId")}));
        }
    }
    json!({"batchItemFailures": again})
}

async fn pass_on_answer(
    Deployment { ports, .. }: &Deployment<NoTaskCaller>,
    answer: &FunctionAnswer,
) -> Result<AnswerEffect, Fault> {
    let read = |resource: &_| answer.result(resource);
    complete_function_call(ports, &answer.invocation(), answer.answer_id(), read).await
}
