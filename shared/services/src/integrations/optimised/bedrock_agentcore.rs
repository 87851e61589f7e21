//! Bedrock `AgentCore`: a harness answers with a stream of events, of which a Task gets the last message.
//!
//! Spec: Developer Guide, "Invoke Amazon Bedrock `AgentCore` harness with Step Functions".

use std::{collections::BTreeMap, time::Duration};

use model::Failure;
use serde_json::{Map, Value, json};

use super::{Action, OptimisedService, Parameters, Refused};
use crate::integrations::CallScope;

/// How long a harness may take, whatever the timeout of its Task.
const HARNESS_MAX: Duration = Duration::from_mins(15);

/// A conversation, which a Task may begin without a name for it.
const SESSION: &str = "RuntimeSessionId";

pub(super) const SERVICE: OptimisedService = OptimisedService {
    resource: "bedrockagentcore",
    model: "bedrockagentcore",
    prefix: "BedrockAgentCore",
    service: "AmazonBedrockAgentCore",
    exception: "AmazonBedrockAgentCoreException",
    actions: &[Action::plain("invokeHarness", "InvokeHarness")
        .supplying(SESSION)
        .preparing(name_the_session)
        .concluding(last_message)
        .ending_after(HARNESS_MAX)],
};

#[expect(clippy::unnecessary_wraps, reason = "others of its kind refuse")]
fn name_the_session(scope: &CallScope<'_>, mut given: Parameters) -> Result<Parameters, Refused> {
    given.entry(SESSION).or_insert_with(|| scope.idempotency_token.as_str().into());
    Ok(given)
}

/// The result of a conversation: the texts of its last message, and what all of it took.
#[derive(Debug, Default)]
struct Conversation {
    /// The texts of the message that is being said, by the numbers of their blocks.
    blocks: BTreeMap<u64, String>,
    /// Those of the last message that the assistant has said to its end.
    content: Vec<Value>,
    is_of_assistant: bool,
    stop_reason: Value,
    usage: [u64; 3],
    latency_milliseconds: u64,
}

/// What the result has from the usage in an event.
const USAGE: [(&str, &str); 3] = [
    ("InputTokens", "inputTokens"),
    ("OutputTokens", "outputTokens"),
    ("TotalTokens", "totalTokens"),
];

impl Conversation {
    fn add(&mut self, event: &Value) {
        if let Some(start) = event.get("messageStart") {
            self.blocks.clear();
            self.is_of_assistant = start["role"] == "assistant";
        } else if let Some(block) = event.get("contentBlockDelta") {
            if let Some(text) = block["delta"]["text"].as_str() {
                let number = block["contentBlockIndex"].as_u64().unwrap_or_default();
                self.blocks.entry(number).or_default().push_str(text);
            }
        } else if let Some(stop) = event.get("messageStop") {
            if self.is_of_assistant {
                let texts = std::mem::take(&mut self.blocks).into_values();
                self.content = texts.map(|text| json!({ "Text": text })).collect();
                self.stop_reason = stop["stopReason"].clone();
            }
        } else if let Some(metadata) = event.get("metadata") {
            for (sum, (_, name)) in self.usage.iter_mut().zip(USAGE) {
                *sum += metadata["usage"][name].as_u64().unwrap_or_default();
            }
            self.latency_milliseconds +=
                metadata["metrics"]["latencyMs"].as_u64().unwrap_or_default();
        }
    }

    fn into_result(self) -> Map<String, Value> {
        let usage = USAGE.iter().zip(self.usage);
        let usage = usage.map(|((name, _), tokens)| ((*name).to_owned(), tokens.into()));
        Map::from_iter([
            ("Metrics".to_owned(), json!({ "LatencyMs": self.latency_milliseconds })),
            (
                "Output".to_owned(),
                json!({ "Message": {"Content": self.content, "Role": "assistant"} }),
            ),
            ("StopReason".to_owned(), self.stop_reason),
            ("Usage".to_owned(), Value::Object(usage.collect())),
        ])
    }
}

#[expect(clippy::unnecessary_wraps, reason = "others of its kind fail")]
fn last_message(
    _: &CallScope<'_>,
    mut result: Map<String, Value>,
) -> Result<Map<String, Value>, Failure> {
    let mut conversation = Conversation::default();
    if let Some(Value::Array(events)) = result.remove("Stream") {
        for event in &events {
            conversation.add(event);
        }
    }
    Ok(conversation.into_result())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_texts_of_the_last_message_are_shown_and_all_tokens_counted() {
        let text = |block: u64, text: &str| json!({"contentBlockDelta": {"contentBlockIndex": block, "delta": {"text": text}}});
        let tool = json!({"contentBlockDelta":
            {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "{}"}}}});
        let metadata = json!({"metadata": {
            "usage": {"inputTokens": 2, "outputTokens": 3, "totalTokens": 5},
            "metrics": {"latencyMs": 10}}});
        let start = |role: &str| json!({"messageStart": {"role": role}});
        let stop = |reason: &str| json!({"messageStop": {"stopReason": reason}});
        let events = [
            start("assistant"),
            text(0, "I look"),
            tool,
            stop("tool_use"),
            metadata.clone(),
            start("user"),
            stop("tool_result"),
            start("assistant"),
            text(0, "It "),
            text(0, "rains"),
            text(2, "!"),
            stop("end_turn"),
            metadata,
        ];
        let mut conversation = Conversation::default();
        for event in &events {
            conversation.add(event);
        }
        assert_eq!(
            Value::Object(conversation.into_result()),
            json!({
                "Metrics": {"LatencyMs": 20},
                "Output": {"Message": {"Content": [{"Text": "It rains"}, {"Text": "!"}],
                    "Role": "assistant"}},
                "StopReason": "end_turn",
                "Usage": {"InputTokens": 4, "OutputTokens": 6, "TotalTokens": 10},
            })
        );
    }
}
