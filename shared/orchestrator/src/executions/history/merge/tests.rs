use model::{
    ChildIndex, EventKind, ExecutionFacts, Failure, Frame, FrameOutcome, FramePhase, Payload,
    QueueName, RecordedEvent, RevisionId, StateName, StateType, StateVisit, Timestamp, WrittenBy,
};

use super::*;

/// A moment, the phase after it, and its events.
fn record(at: i64, clock: u64, phase: FramePhase, events: Vec<RecordedEvent>) -> Arc<Record> {
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
    Arc::new(Record {
        written_by: WrittenBy::StartFrame,
        written_at: Timestamp::from_milliseconds(at),
        logical_clock: clock,
        facts: Arc::new(facts),
        frame: Frame {
            state: StateName::new("state"),
            phase,
            iteration: None,
            fork: None,
            variables: model::WorkflowVariables::default(),
            events_before: 0,
            events: 0,
        },
        events,
        left: None,
    })
}

fn text(json: &str) -> Payload {
    Payload::parse(json).expect("valid JSON")
}

fn ready() -> FramePhase {
    FramePhase::Ready { input: text("1"), queue: QueueName::Steps }
}

fn forked() -> FramePhase {
    let visit = StateVisit {
        entered_at: Timestamp::from_milliseconds(0),
        entered_event: 2,
        retries: Vec::new(),
    };
    let (input, effective, resumes) = (text("1"), None, None);
    FramePhase::Forked {
        input,
        children_input: effective,
        visit,
        shape: model::ForkShape {
            children: 2,
            concurrency: 2,
            bucket_children: model::limits::BUCKET_CHILDREN,
            tolerated_failures: 0,
        },
        queues: model::ChildQueues::All(QueueName::Steps),
        resumed_fork: resumes,
    }
}

fn ended() -> FramePhase {
    FramePhase::Ended(FrameOutcome::Succeeded(text("1")))
}

fn aborted() -> FramePhase {
    FramePhase::Ended(FrameOutcome::Aborted(Failure::default()))
}

fn entered(name: &str) -> EventKind {
    let name = StateName::new(name);
    EventKind::StateEntered { state: StateType::Pass, name, input: text("1") }
}

fn exited(name: &str) -> EventKind {
    let name = StateName::new(name);
    EventKind::StateExited {
        state: StateType::Pass,
        name,
        output: text("1"),
        assigned: Vec::new(),
        transition: model::TransitionKind::Next,
    }
}

fn started() -> RecordedEvent {
    RecordedEvent::new_chained(EventKind::ExecutionStarted {
        input: text("1"),
        role_arn: "role".into(),
    })
}

fn after_nothing(kind: EventKind) -> RecordedEvent {
    RecordedEvent::new(PreviousEvent::Nothing, kind)
}

fn at(frame: &FramePath, record: u64, index: u32) -> EventRef {
    EventRef { frame: frame.clone(), record: RecordNumber::new(record), index }
}

fn log(
    frame: &FramePath,
    records: Vec<Arc<Record>>,
) -> Vec<(FramePath, RecordNumber, Arc<Record>)> {
    let numbered = records.into_iter().zip(0..);
    numbered.map(|(record, number)| (frame.clone(), RecordNumber::new(number), record)).collect()
}

fn child(index: u32) -> FramePath {
    FramePath::ROOT.child_path(RecordNumber::new(1), ChildIndex::new(index))
}

fn links(history: &[HistoryEvent]) -> Vec<(u64, u64)> {
    history.iter().map(|event| (event.id, event.previous_event_id)).collect()
}

/// A root that forks at record 1, with two children of one event each.
fn fork(children_at: [i64; 2]) -> Vec<(FramePath, RecordNumber, Arc<Record>)> {
    let root = FramePath::ROOT;
    let parallel = vec![
        after_nothing(entered("P")),
        RecordedEvent::new_chained(EventKind::ParallelStateStarted),
    ];
    let mut records =
        log(&root, vec![record(0, 0, ready(), vec![started()]), record(1, 1, forked(), parallel)]);
    for (index, begins) in (0..).zip(children_at) {
        let first = RecordedEvent::new_after(at(&root, 1, 1), entered("in branch"));
        let events = vec![first, RecordedEvent::new_chained(exited("in branch"))];
        records.extend(log(&child(index), vec![record(begins, 2, ended(), events)]));
    }
    records
}

#[test]
fn the_first_state_follows_nothing_and_the_rest_one_another() {
    let step = vec![after_nothing(entered("A")), RecordedEvent::new_chained(exited("A"))];
    let next =
        vec![RecordedEvent::new_chained(entered("B")), RecordedEvent::new_chained(exited("B"))];
    let mut records = log(
        &FramePath::ROOT,
        vec![
            record(0, 0, ready(), vec![started()]),
            record(5, 1, ready(), step),
            record(5, 2, ended(), next),
        ],
    );
    records.reverse();
    assert_eq!(links(&merge_frame_logs(records)), [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4)]);
}

#[test]
fn a_sibling_refers_to_what_the_event_before_it_refers_to() {
    let events = vec![
        started(),
        RecordedEvent::new_chained(EventKind::ParallelStateStarted),
        RecordedEvent::new_chained(EventKind::ParallelStateFailed),
        RecordedEvent::new_sibling(EventKind::MapStateFailed),
        RecordedEvent::new_sibling(EventKind::MapStateFailed),
    ];
    let records = log(&FramePath::ROOT, vec![record(0, 0, ended(), events)]);
    assert_eq!(links(&merge_frame_logs(records)), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 2)]);
}

#[test]
fn siblings_run_side_by_side_in_order_of_time() {
    let history = merge_frame_logs(fork([4, 3]));
    assert_eq!(links(&history), [(1, 0), (2, 0), (3, 2), (4, 3), (5, 4), (6, 3), (7, 6)]);
    assert_eq!(history[3].timestamp(), Timestamp::from_milliseconds(3));
}

#[test]
fn of_one_moment_the_first_child_comes_first() {
    let mut records = fork([3, 3]);
    let second = at(&child(1), 0, 1);
    let join = vec![RecordedEvent::new_after(second, EventKind::ParallelStateSucceeded)];
    records.push((FramePath::ROOT, RecordNumber::new(2), record(3, 3, ready(), join)));
    let history = merge_frame_logs(records);
    assert_eq!(links(&history)[3..], [(4, 3), (5, 4), (6, 3), (7, 6), (8, 7)]);
}

#[test]
fn what_a_child_does_after_its_fork_was_left_is_not_shown() {
    let abort = vec![after_nothing(EventKind::ExecutionAborted(Failure::default()))];
    for (late, expected) in [(3, 6), (4, 4), (5, 4)] {
        // The second child is always late; the first is where it is not before the abort.
        let mut records = fork([late, 6]);
        records.push((
            FramePath::ROOT,
            RecordNumber::new(2),
            record(4, 2, aborted(), abort.clone()),
        ));
        let history = merge_frame_logs(records);
        assert_eq!(history.len(), expected, "a child of {late} ms");
        assert_eq!(history.last().map(|event| event.previous_event_id), Some(0));
    }
}

#[test]
fn a_grandchild_ends_with_the_outermost_fork_that_was_left() {
    let grandchild = child(0).child_path(RecordNumber::FIRST, ChildIndex::new(0));
    let mut records = fork([3, 3]);
    records[2].2 = record(3, 2, forked(), records[2].2.events.clone());
    records.extend(log(
        &grandchild,
        vec![
            record(
                4,
                3,
                ready(),
                vec![RecordedEvent::new_after(at(&child(0), 0, 0), entered("deep"))],
            ),
            record(9, 4, ended(), vec![RecordedEvent::new_chained(exited("deep"))]),
        ],
    ));
    let abort = vec![after_nothing(EventKind::ExecutionAborted(Failure::default()))];
    records.push((FramePath::ROOT, RecordNumber::new(2), record(8, 3, aborted(), abort)));
    assert_eq!(links(&merge_frame_logs(records))[7..], [(8, 4), (9, 0)]);
}

#[test]
fn events_of_records_that_were_written_together_are_ordered_by_their_own_times() {
    let step = |name: &str, earlier: u32| RecordedEvent {
        milliseconds_earlier: earlier,
        ..RecordedEvent::new_after(at(&FramePath::ROOT, 1, 1), entered(name))
    };
    let mut records = fork([3, 3]);
    records[2].2 = record(6, 2, ended(), vec![step("first", 3), step("third", 1)]);
    records[3].2 = record(6, 2, ended(), vec![step("second", 2), step("fourth", 0)]);
    let history = merge_frame_logs(records);
    let times = |event: &HistoryEvent| event.timestamp().as_milliseconds();
    assert_eq!(history[3..].iter().map(times).collect::<Vec<_>>(), [3, 4, 5, 6]);
    let names = history[3..].iter().map(|event| match event.event_kind() {
        EventKind::StateEntered { name, .. } => name.as_str(),
        other => panic!("{other:?} was not recorded"),
    });
    assert_eq!(names.collect::<Vec<_>>(), ["first", "second", "third", "fourth"]);
}
