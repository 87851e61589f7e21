//! Records for the tests of what is shown of them.

use std::sync::Arc;

use model::{
    EventKind, ExecutionFacts, ExecutionId, Frame, FramePath, FramePhase, Record, RecordKey,
    RecordNumber, RecordedEvent, ResourceName, RevisionId, StateName, Timestamp, WorkflowVariables,
    WrittenBy,
};

/// A record of the execution `order:x`, which has started at `started` and is written at `written`,
/// both in milliseconds.
pub(crate) fn record_of_order(
    number: RecordNumber,
    (started, written): (i64, i64),
    phase: FramePhase,
    event: Option<EventKind>,
) -> (RecordKey, Record) {
    let name = |text| ResourceName::parse(text).expect("a valid name");
    let execution = ExecutionId::from_names(&name("order"), &name("x"));
    let facts = ExecutionFacts {
        revision: RevisionId::new("r"),
        role_arn: String::new(),
        started_at: Timestamp::from_milliseconds(started),
        timeout_seconds: None,
        last_redrive: None,
        started_by: None,
        asynchronous_functions: false,
        version: None,
        is_logged: false,
    };
    let frame = Frame {
        state: StateName::new("Next"),
        phase,
        iteration: None,
        fork: None,
        variables: WorkflowVariables::default(),
        events_before: 0,
        events: 1,
    };
    let record = Record {
        written_by: WrittenBy::StartFrame,
        written_at: Timestamp::from_milliseconds(written),
        logical_clock: 0,
        facts: Arc::new(facts),
        frame,
        events: event.into_iter().map(RecordedEvent::new_chained).collect(),
        left: None,
    };
    (RecordKey { execution, frame: FramePath::ROOT, number }, record)
}
