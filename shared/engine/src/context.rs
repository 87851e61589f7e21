//! The context object: `$$`.

use model::{TaskToken, Timestamp};
use serde_json::{Map, Value, json};

use crate::draft::Draft;

/// The item that an `ItemSelector` works on.
pub(crate) struct Item<'a> {
    pub(crate) index: u32,
    pub(crate) value: &'a Value,
}

/// Builds the context object as this state sees it.
///
/// Spec: Developer Guide, "Accessing execution data from the Context object".
pub(crate) fn context_object(draft: &Draft<'_>, item: Option<&Item<'_>>) -> Value {
    if let Some(watch) = draft.watch() {
        return with_item(watch.context().clone(), item);
    }
    let scene = draft.scene;
    let (machine, name) = scene.execution.as_str().split_once(':').unwrap_or_default();
    let mut execution = Map::new();
    execution.insert("Id".into(), scene.place.execution(scene.execution).into());
    if let Some(input) = scene.input {
        execution.insert("Input".into(), input.value().clone());
    }
    execution.insert("StartTime".into(), time(scene.facts.started_at));
    execution.insert("Name".into(), name.into());
    execution.insert("RoleArn".into(), scene.facts.role_arn.as_str().into());
    execution.insert("RedriveCount".into(), scene.facts.redrives().into());
    if let Some(redriven) = &scene.facts.redriven {
        execution.insert("RedriveTime".into(), time(redriven.at));
    }

    let mut state = Map::new();
    state.insert("Name".into(), draft.state.name.as_str().into());
    state.insert("EnteredTime".into(), time(draft.visit.entered_at));
    if draft.state.state_type().can_retry() {
        state.insert("RetryCount".into(), draft.visit.retries.iter().sum::<u32>().into());
    }

    let mut context = Map::new();
    context.insert("Execution".into(), execution.into());
    context.insert(
        "StateMachine".into(),
        json!({ "Id": scene.place.machine_arn(machine), "Name": machine }),
    );
    context.insert("State".into(), state.into());
    if let Some(secret) = draft.secret {
        let (execution, frame) = (scene.execution.clone(), scene.path.clone());
        let token = TaskToken { execution, frame, secret };
        context.insert("Task".into(), json!({ "Token": token.to_string() }));
    }
    with_item(context, item)
}

fn with_item(mut context: Map<String, Value>, item: Option<&Item<'_>>) -> Value {
    if let Some(Item { index, value }) = item {
        context.insert("Map".into(), json!({ "Item": { "Index": index, "Value": value } }));
    }
    context.into()
}

fn time(at: Timestamp) -> Value {
    at.to_string().into()
}
