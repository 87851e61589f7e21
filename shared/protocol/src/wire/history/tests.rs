use std::sync::Arc;

use model::{
    ExecutionFacts, Failure, Frame, FrameOutcome, FramePath, FramePhase, Payload, Record,
    RecordNumber, RecordedEvent, RevisionId, StateName, StateType, TaskCredentials, Timestamp,
    WrittenBy,
};
use orchestrator::api::merge_frame_logs;
use serde_json::{Value, json};

use super::*;

/// The events of one record as they are printed; before and after it the payload is `{"a":1}`.
fn printed_of(kinds: Vec<EventKind>, data: ExecutionDataVisibility) -> Vec<Value> {
    let payload = Payload::parse("{\"a\":1}").expect("valid JSON");
    let facts = ExecutionFacts {
        revision: RevisionId::new("revision"),
        role_arn: "role".into(),
        started_at: Timestamp::from_milliseconds(0),
        timeout_seconds: None,
        last_redrive: None,
        started_by: None,
        asynchronous_functions: false,
        version: None,
        is_logged: false,
    };
    let record = Record {
        written_by: WrittenBy::StartFrame,
        written_at: Timestamp::from_milliseconds(1_700_000_000_123),
        logical_clock: 0,
        facts: Arc::new(facts),
        frame: Frame {
            state: StateName::new("S"),
            phase: FramePhase::Ended(FrameOutcome::Succeeded(payload)),
            iteration: None,
            fork: None,
            variables: model::WorkflowVariables::default(),
            events_before: 0,
            events: 0,
        },
        events: kinds.into_iter().map(RecordedEvent::new_chained).collect(),
        left: None,
    };
    let history = merge_frame_logs(vec![(FramePath::ROOT, RecordNumber::FIRST, Arc::new(record))]);
    let account_region = AccountRegion {
        partition: "aws".into(),
        region: "eu-west-1".into(),
        account: "000000000000".into(),
    };
    let shapes = history.iter().map(|event| HistoryEventShape {
        event,
        account_region: &account_region,
        machine: "m",
        data,
    });
    shapes.map(|shape| serde_json::to_value(shape).expect("prints")).collect()
}

fn payload() -> Payload {
    Payload::parse("{\"a\":1}").expect("valid JSON")
}

fn one(kind: EventKind) -> Value {
    printed_of(vec![kind], ExecutionDataVisibility::Shown).remove(0)
}

#[test]
fn an_event_has_time_type_ids_and_details() {
    let input = payload();
    let started = EventKind::ExecutionStarted { input, role_arn: "role".into() };
    assert_eq!(
        one(started),
        json!({
            "timestamp": 1_700_000_000.123,
            "type": "ExecutionStarted",
            "id": 1,
            "previousEventId": 0,
            "executionStartedEventDetails": {
                "input": "{\"a\":1}",
                "inputDetails": { "truncated": false },
                "roleArn": "role"
            }
        })
    );
}

#[test]
fn an_event_of_a_state_is_named_after_its_type() {
    let name = StateName::new("S");
    let state = StateType::Choice;
    let entered = one(EventKind::StateEntered { state, name: name.clone(), input: payload() });
    assert_eq!(entered["type"], "ChoiceStateEntered");
    assert_eq!(entered["stateEnteredEventDetails"]["name"], "S");
    let exited = one(EventKind::StateExited {
        state,
        name,
        output: payload(),
        assigned: Vec::new(),
        transition: model::TransitionKind::Next,
    });
    assert_eq!(exited["type"], "ChoiceStateExited");
    assert_eq!(exited["stateExitedEventDetails"]["output"], "{\"a\":1}");
    assert_eq!(one(EventKind::StateAborted(StateType::Task))["type"], "TaskStateAborted");
}

#[test]
fn a_type_without_details_has_no_member_for_them() {
    let started = one(EventKind::LambdaFunctionStarted);
    assert_eq!(started.as_object().map(serde_json::Map::len), Some(4));
}

#[test]
fn a_failure_without_error_and_cause_has_empty_details() {
    let failed = one(EventKind::ExecutionFailed(Failure::default()));
    assert_eq!(failed["executionFailedEventDetails"], json!({}));
}

#[test]
fn a_scheduled_task_names_the_region() {
    let scheduled = one(EventKind::TaskScheduled {
        resource_type: "lambda".into(),
        resource: "invoke".into(),
        parameters: payload(),
        timeout_in_seconds: Some(5),
        heartbeat_in_seconds: None,
        credentials: Some(TaskCredentials { role_arn: "role".into() }),
    });
    assert_eq!(
        scheduled["taskScheduledEventDetails"],
        json!({
            "resourceType": "lambda",
            "resource": "invoke",
            "region": "eu-west-1",
            "parameters": "{\"a\":1}",
            "taskCredentials": {"roleArn": "role"},
            "timeoutInSeconds": 5
        })
    );
}

#[test]
fn execution_data_can_be_left_out() {
    let input = payload();
    let started = EventKind::ExecutionStarted { input, role_arn: "role".into() };
    let printed = printed_of(vec![started], ExecutionDataVisibility::Hidden);
    assert_eq!(
        printed[0]["executionStartedEventDetails"],
        json!({ "inputDetails": { "truncated": false }, "roleArn": "role" })
    );
}

#[test]
fn a_page_is_small_enough_for_the_answer_of_a_function() {
    let event = |bytes: usize| {
        let text = serde_json::to_string(&"\"".repeat(bytes / 4)).expect("it prints");
        RawValue::from_string(text).expect("JSON")
    };
    let of = |bytes: usize, count| take_page_events((0..count).map(|_| event(bytes))).len();
    assert_eq!(of(1_048_000, 20), 5);
    assert_eq!(of(1_000, 20), 20);
    assert_eq!(of(2 * PAGE_BYTES_MAX, 2), 1, "an event that is too large is a page by itself");
    assert_eq!(of(1, 0), 0);
}
