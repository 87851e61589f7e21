//! Checks that must hold once the queue is empty.

use orchestrator::{EngineContext, is_own_integration};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    EventKind, ExecutionId, FrameOutcome, FramePath, FramePhase, Payload, Record, RecordKey,
    RecordedEvent, StateName, WrittenBy,
};
use orchestrator::api::{HistoryEvent, merge_frame_logs};
use serde_json::Value;

use crate::{
    history_pages::check_history_pages,
    safety::is_lost,
    workflows::{ComparisonLevel, SimulatedWorkflow},
    world::{SimulatedWorld, StartClient, record_label},
};

/// Allowed deliveries for each fault. A fault may start all children of a fork again, and each of
/// them is delivered twice. More deliveries mean that messages circulate forever.
const DELIVERIES_PER_FAULT: u64 = 16;

/// Allowed deliveries for each API call: its message is delivered twice if it comes too late.
const DELIVERIES_PER_CALL: u64 = 2;

/// What is compared between two runs of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunSummary {
    pub(crate) outcome: Option<String>,
    /// How often each event occurs, with its payload; without lost calls.
    pub(crate) history: BTreeMap<String, usize>,
}

/// Summarizes the execution in a world.
pub(crate) fn summarize_run(world: &SimulatedWorld, id: &ExecutionId) -> RunSummary {
    let execution = world.load_execution(id);
    let outcome = execution.and_then(|execution| execution.end).map(|(_, outcome)| match outcome {
        FrameOutcome::Succeeded(output) => format!("succeeded: {}", mask_payload(&output)),
        other => format!("{other:?}"),
    });
    let history = execution_history(world, id);
    let mut counts = BTreeMap::new();
    // An answer may be recorded before the end of the call; then there is no TaskSubmitted.
    let is_submission = |event: &&HistoryEvent| {
        matches!(event.event_kind(), EventKind::TaskSubmitted { resource_type, .. }
            if ["glue", "lambda"].contains(&resource_type.as_str()))
    };
    for event in without_lost_calls(&history).filter(|event| !is_submission(event)) {
        *counts.entry(describe_event(event)).or_default() += 1;
    }
    RunSummary { outcome, history: counts }
}

pub(crate) fn count_lost_calls(world: &SimulatedWorld) -> usize {
    let is_loss = |record: &Record| record.events.iter().any(|event| is_lost(&event.kind));
    world.all_records().filter(|(_, record)| is_loss(record)).count()
}

fn execution_history(world: &SimulatedWorld, id: &ExecutionId) -> Vec<HistoryEvent> {
    let own = world.all_records().filter(|(key, _)| key.execution == *id);
    merge_frame_logs(
        own.map(|(key, record)| (key.frame.clone(), key.number, Arc::clone(record))).collect(),
    )
}

/// The type, name and payload of an event.
fn describe_event(event: &HistoryEvent) -> String {
    let mut kind = event.event_kind().clone();
    let payload = kind.payload_mut().map(|data| {
        let data = std::mem::replace(data, Payload::empty_object());
        mask_payload(&data)
    });
    if let EventKind::TaskFailed { resource_type, failure, .. } = &mut kind
        && resource_type == "states"
    {
        // The cause describes the failed execution, with its name and times.
        failure.cause = None;
    }
    match (&kind, payload) {
        (EventKind::StateEntered { state, name, .. }, Some(payload)) => {
            format!("{}StateEntered {name} {payload}", state.as_str())
        }
        (EventKind::StateExited { state, name, .. }, Some(payload)) => {
            format!("{}StateExited {name} {payload}", state.as_str())
        }
        (kind, payload) => format!("{kind:?} {payload:?}"),
    }
}

/// A payload without the members that differ between runs: tokens, names, times.
fn mask_payload(payload: &Payload) -> String {
    const DIFFERENT: [&str; 9] = [
        "token",
        "ExecutionArn",
        "Name",
        "StartDate",
        "StopDate",
        "RequestId",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
        "Cause",
    ];
    fn mask(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if DIFFERENT.contains(&name.as_str()) {
                        *value = Value::Null;
                    } else {
                        mask(value);
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(mask),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut value = payload.json_value().clone();
    mask(&mut value);
    value.to_string()
}

/// The history without the Scheduled, Started and Failed events of lost calls.
fn without_lost_calls(history: &[HistoryEvent]) -> impl Iterator<Item = &HistoryEvent> {
    let mut lost = Vec::new();
    for failed in history.iter().filter(|event| is_lost(event.event_kind())) {
        let started = failed.previous_event_id;
        let scheduled = history.iter().find(|event| event.id == started);
        let scheduled = scheduled.map_or(0, |started| started.previous_event_id);
        lost.extend([failed.id, started, scheduled]);
    }
    history.iter().filter(move |event| !lost.contains(&event.id))
}

/// Returns everything that is wrong with a finished run.
pub(crate) fn check_finished_run(
    world: &SimulatedWorld,
    context: &EngineContext,
    id: &ExecutionId,
    workflow: &SimulatedWorkflow,
    summary: &RunSummary,
    expected: Option<&RunSummary>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for id in world.execution_ids() {
        wrong.extend(check_end(world, &id));
        wrong.extend(check_end_was_told(world, &id));
        for (frame, log) in frame_logs(world, &id) {
            wrong.extend(check_log_order(world, &id, &frame, &log));
        }
        let history = execution_history(world, &id);
        wrong.extend(check_history_order(&history));
        wrong.extend(check_history_pages(world, context, &id, &history));
        wrong.extend(crate::abandoned::check_abandoned_children(world, &id));
    }
    let never_was =
        world.start_client == StartClient::HasGivenUp && world.load_execution(id).is_none();
    if let Some(expected) = expected.filter(|_| !never_was) {
        wrong.extend(compare_summaries(workflow, expected, summary));
    }
    wrong.extend(check_calls(world));
    wrong.extend(check_single_starts(world));
    if workflow.asynchronous && workflow.stopped_after.is_none() && !never_was {
        let events = execution_history(world, id).len();
        wrong.extend(crate::execution_logs::check_logged(world, id, events));
    }
    if workflow.comparison == ComparisonLevel::History && !never_was {
        wrong.extend(check_event_count(world, id, execution_history(world, id).len()));
    }
    let most = world.record_count() * 2
        + world.service_jobs.requests
        + world.api_calls * DELIVERIES_PER_CALL
        + world.injected_faults() * DELIVERIES_PER_FAULT;
    if world.handled > most {
        wrong.push(format!("{} deliveries, where {most} are many", world.handled));
    }
    wrong
}

/// An attempt of a task starts at most one execution.
fn check_single_starts(world: &SimulatedWorld) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let ids = world.execution_ids();
    let starters = ids.iter().filter_map(|id| world.load_execution(id)?.facts.started_by.clone());
    let again = starters.filter(|starter| !seen.insert(starter.task.clone()));
    again.map(|starter| format!("an attempt of '{}' starts twice", starter.task.frame)).collect()
}

fn check_end(world: &SimulatedWorld, id: &ExecutionId) -> Option<String> {
    let Some(execution) = world.load_execution(id) else {
        return Some("it did not start".to_owned());
    };
    let head = world.head_record(id, &FramePath::ROOT);
    let outcome = head.as_ref().and_then(|head| head.record.frame.outcome());
    match (&execution.end, outcome) {
        (Some((_, shown)), Some(outcome)) if shown == outcome => None,
        (shown, outcome) => {
            Some(format!("it is stuck: shown as {shown:?}, its log ends in {outcome:?}"))
        }
    }
}

/// The root must count all events once its children have ended, since errors refer to events by
/// number. It cannot count exactly what children did that were in flight when a sibling failed.
fn check_event_count(world: &SimulatedWorld, id: &ExecutionId, shown: usize) -> Option<String> {
    let head = world.head_record(id, &FramePath::ROOT)?.record;
    let from_outside = matches!(
        head.written_by,
        WrittenBy::StopExecution | WrittenBy::TimeOutExecution | WrittenBy::FailExecution
    );
    let known = head.frame.events;
    let differs = usize::try_from(known) != Ok(shown);
    (differs && !from_outside).then(|| format!("{known} events are counted, {shown} are shown"))
}

fn compare_summaries(
    workflow: &SimulatedWorkflow,
    expected: &RunSummary,
    actual: &RunSummary,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let is_aborted = actual.outcome.as_ref().is_some_and(|outcome| outcome.starts_with("Aborted"));
    let may_be_aborted = workflow.comparison == ComparisonLevel::OutcomeOrAborted;
    if expected.outcome != actual.outcome && !(is_aborted && may_be_aborted) {
        wrong.push(format!("outcome {:?}, not {:?}", actual.outcome, expected.outcome));
    }
    match workflow.comparison {
        ComparisonLevel::Outcome | ComparisonLevel::OutcomeOrAborted => {}
        ComparisonLevel::History | ComparisonLevel::StateExits => {
            let counts = |event: &String| {
                workflow.comparison == ComparisonLevel::History || event.contains("StateExited")
            };
            let more = |more: &BTreeMap<String, usize>, than: &BTreeMap<String, usize>| {
                let extra = more
                    .iter()
                    .filter(|(event, count)| counts(event) && than.get(*event) < Some(*count));
                extra.map(|(event, _)| event.clone()).collect::<Vec<_>>()
            };
            for event in more(&actual.history, &expected.history) {
                wrong.push(format!("unexpected in history: {event}"));
            }
            for event in more(&expected.history, &actual.history) {
                wrong.push(format!("missing in history: {event}"));
            }
        }
    }
    wrong
}

/// The observer was told how each execution ended, unless the message that would tell it again was
/// lost: what has ended is not woken.
fn check_end_was_told(world: &SimulatedWorld, id: &ExecutionId) -> Option<String> {
    let status = world.load_execution(id)?.status();
    let was_told = world
        .observed_status_changes
        .iter()
        .any(|observed_status_changes| *observed_status_changes == (id.clone(), status));
    (!was_told && !world.lost_messages)
        .then(|| format!("nobody was told that {id} is {}", status.as_str()))
}

/// Each claimed call is made at most once, and exactly once if it has an outcome.
fn check_calls(world: &SimulatedWorld) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, record) in world.all_records() {
        let FramePhase::Claimed { call, .. } = &record.frame.phase else { continue };
        if is_own_integration(&call.resource) {
            continue;
        }
        let made = world.calls.iter().filter(|made| made.claim == *key).count();
        let next = RecordKey { number: key.number.next_number(), ..key.clone() };
        let outcome =
            world.load_record(&next).is_some_and(|next| next.events.iter().any(has_outcome));
        if made > 1 || (outcome && made == 0) {
            wrong.push(format!("the call that {} claims was made {made} times", record_label(key)));
        }
    }
    wrong
}

fn has_outcome(event: &RecordedEvent) -> bool {
    match &event.kind {
        EventKind::LambdaFunctionSucceeded { .. }
        | EventKind::LambdaFunctionTimedOut(_)
        | EventKind::TaskSucceeded { .. }
        | EventKind::TaskSubmitted { .. } => true,
        kind @ EventKind::LambdaFunctionFailed(_) => !is_lost(kind),
        _ => false,
    }
}

fn frame_logs(world: &SimulatedWorld, id: &ExecutionId) -> BTreeMap<FramePath, Vec<Arc<Record>>> {
    let mut logs: BTreeMap<FramePath, Vec<Arc<Record>>> = BTreeMap::new();
    for (key, record) in world.all_records().filter(|(key, _)| key.execution == *id) {
        logs.entry(key.frame.clone()).or_default().push(Arc::clone(record));
    }
    logs
}

/// In one frame a state is exited before the next one is entered, and a claim follows an entry or
/// a failed attempt.
fn check_log_order(
    world: &SimulatedWorld,
    id: &ExecutionId,
    frame: &FramePath,
    log: &[Arc<Record>],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut inside = log.first().and_then(|first| resumed_state(world, id, frame, first));
    for event in log.iter().flat_map(|record| &record.events) {
        match &event.kind {
            EventKind::StateEntered { name, .. } => {
                if let Some(inside) = inside.replace(name) {
                    wrong.push(format!("'{frame}' enters {name} but is still in {inside}"));
                }
            }
            EventKind::StateExited { name, .. } if inside.take() != Some(name) => {
                wrong.push(format!("'{frame}' leaves {name}, in which it is not"));
            }
            _ => {}
        }
    }
    let succeeded = log.last().map(|record| &record.frame.phase);
    if let (Some(FramePhase::Ended(FrameOutcome::Succeeded(_))), Some(inside)) = (succeeded, inside)
    {
        wrong.push(format!("'{frame}' has succeeded but is still in {inside}"));
    }
    for pair in log.windows(2) {
        let [before, after] = pair else { continue };
        let claims = matches!(after.frame.phase, FramePhase::Claimed { .. });
        let leaves = after.events.iter().any(|event| event.kind.exit().is_some());
        let may = match before.frame.phase {
            FramePhase::Ready { .. } | FramePhase::Delayed { .. } => true,
            FramePhase::Claimed { .. } => leaves,
            _ => false,
        };
        if claims && !may {
            wrong.push(format!("'{frame}' claims a call after {:?}", before.frame.phase));
        }
    }
    wrong
}

/// The state that a frame is in from its beginning, if it continues another frame after a redrive.
fn resumed_state<'log>(
    world: &SimulatedWorld,
    id: &ExecutionId,
    frame: &FramePath,
    first: &'log Record,
) -> Option<&'log StateName> {
    let (parent, number, _) = frame.parent_fork()?;
    let fork = world.load_record(&RecordKey { execution: id.clone(), frame: parent, number })?;
    let resumes = matches!(fork.frame.phase, FramePhase::Forked { resumed_fork: Some(_), .. });
    let is_inside = match first.frame.phase {
        FramePhase::Ready { .. } | FramePhase::Ended(_) => false,
        FramePhase::Waiting { .. }
        | FramePhase::Claimed { .. }
        | FramePhase::Submitted { .. }
        | FramePhase::Delayed { .. }
        | FramePhase::Forked { .. } => first.events.is_empty(),
    };
    (resumes && is_inside).then_some(&first.frame.state)
}

/// Event ids have no gaps, and each event refers to an earlier one.
fn check_history_order(history: &[HistoryEvent]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (event, id) in history.iter().zip(1..) {
        if event.id != id {
            wrong.push(format!("event {} stands in place {id}", event.id));
        }
        let may_follow_nothing = id <= 2
            || matches!(
                event.event_kind(),
                EventKind::ExecutionAborted(_)
                    | EventKind::ExecutionTimedOut(_)
                    | EventKind::ExecutionFailed(_)
            );
        let previous = event.previous_event_id;
        if previous >= id || (previous == 0 && !may_follow_nothing) {
            wrong.push(format!("event {id}, {:?}, follows {previous}", event.event_kind()));
        }
    }
    wrong
}
