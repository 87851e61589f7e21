//! The context object: `$$`, or `$states.context` in JSONata.

use model::{TaskToken, Timestamp};
use serde_json::{Map, Value, json};

use crate::transition_builder::TransitionBuilder;

/// The item that an `ItemSelector` is evaluated for.
pub(crate) struct MapItem<'a> {
    pub(crate) index: u32,
    pub(crate) value: &'a Value,
}

/// Builds the context object that the builder's state sees. `item` becomes `Map.Item`.
///
/// Spec: Developer Guide, "Accessing execution data from the Context object".
pub(crate) fn context_object(builder: &TransitionBuilder<'_>, item: Option<&MapItem<'_>>) -> Value {
    if let Some(recorder) = builder.recorder() {
        return with_map_item(recorder.context_object().clone(), item);
    }
    let context = builder.context;
    let (machine, name) = context.execution.names();
    let mut execution = Map::new();
    execution.insert("Id".into(), context.account_region.execution_arn(context.execution).into());
    if let Some(input) = context.input {
        execution.insert("Input".into(), input.json_value().clone());
    }
    execution.insert("StartTime".into(), timestamp_value(context.facts.started_at));
    execution.insert("Name".into(), name.into());
    execution.insert("RoleArn".into(), context.facts.role_arn.as_str().into());
    execution.insert("RedriveCount".into(), context.facts.redrive_count().into());
    if let Some(redriven) = &context.facts.last_redrive {
        execution.insert("RedriveTime".into(), timestamp_value(redriven.requested_at));
    }

    let mut state = Map::new();
    state.insert("Name".into(), builder.state.name.as_str().into());
    state.insert("EnteredTime".into(), timestamp_value(builder.visit.entered_at));
    if builder.state.state_type().can_retry() {
        state.insert("RetryCount".into(), builder.visit.retries.iter().sum::<u32>().into());
    }

    let mut object = Map::new();
    object.insert("Execution".into(), execution.into());
    object.insert(
        "StateMachine".into(),
        json!({ "Id": context.account_region.state_machine_arn(machine), "Name": machine }),
    );
    object.insert("State".into(), state.into());
    if let Some(secret) = builder.secret {
        let (execution, frame) = (context.execution.clone(), context.path.clone());
        let token = TaskToken { execution, frame, secret };
        object.insert("Task".into(), json!({ "Token": token.to_string() }));
    }
    with_map_item(object, item)
}

fn with_map_item(mut object: Map<String, Value>, item: Option<&MapItem<'_>>) -> Value {
    if let Some(MapItem { index, value }) = item {
        object.insert("Map".into(), json!({ "Item": { "Index": index, "Value": value } }));
    }
    object.into()
}

fn timestamp_value(at: Timestamp) -> Value {
    at.to_string().into()
}
