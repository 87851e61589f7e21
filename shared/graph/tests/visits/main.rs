//! The visits of executions, whose histories in `histories/` are recorded from `statewright local`.

mod failures;
mod recorded;

use std::{fs, path::Path};

use graph::{
    AttemptOutcome, CallbackKind, ExecutionVisits, IterationStatus, NestedRun, StateStatus,
    VisitScope,
};
use serde_json::{Value, json};

use recorded::{
    read_visits, recorded, recorded_events, recorded_until, scope_tree, tree, visit_of,
};

#[test]
fn a_retry_and_a_catch_are_attempts_of_their_visits() {
    let visits = recorded("retry-and-catch");
    assert_eq!(tree(&visits), "Reserve retried (Busy succeeded), Charge caught, Call succeeded");
    let reserve = visit_of(&visits, "Reserve");
    let [first, second] = &reserve.attempts[..] else { panic!("two attempts") };
    let ids = |attempt: &graph::VisitAttempt| {
        let id = |moment: Option<graph::HistoryMoment>| moment.map(|moment| moment.event_id);
        (attempt.scheduled.event_id, id(attempt.started), id(attempt.ended))
    };
    assert_eq!((ids(first), ids(second)), ((3, Some(4), Some(5)), (6, Some(7), Some(8))));
    let waited = second.scheduled.at.as_milliseconds()
        - first.ended.expect("it failed").at.as_milliseconds();
    assert!((1_000..2_000).contains(&waited), "{waited} ms");
    let charge = visit_of(&visits, "Charge").failure.as_ref().expect("it failed");
    assert_eq!((charge.error.as_deref(), charge.event_id), (Some("Declined"), Some(13)));
    assert_eq!(reserve.exited.map(|exited| exited.event_id), Some(9));
    assert_eq!(visits.visit_entered_by(10).map(|visit| &*visit.name), Some("Charge"));
    assert!(visits.visit_entered_by(11).is_none());

    let totals = visits.totals();
    assert_eq!((totals.transitions, totals.retries, totals.failed_attempts), (4, 1, 2));
    let reserve = totals.states["Reserve"];
    assert_eq!((reserve.visits, reserve.transitions(), reserve.failed_attempts), (1, 2, 1));
    assert!(reserve.mean_milliseconds() > Some(1_000));
}

#[test]
fn what_runs_side_by_side_is_told_apart() {
    let visits = recorded("map-in-parallel-succeeded");
    assert_eq!(
        tree(&visits),
        "Both succeeded [Each succeeded [0 succeeded: Handle succeeded; 1 succeeded: Handle \
         succeeded], Sum succeeded; Note succeeded]"
    );
    assert!(visits.has_succeeded());
    assert_eq!(visits.ended().map(|ended| ended.event_id), Some(28));
    let each = visit_of(&visits, "Each");
    let iteration = &visits.iterations(each.index)[1];
    let ended = iteration.ended.expect("it has ended");
    assert_eq!((iteration.started.event_id, ended.event_id), (11, 21));
    let last = visits.last_visit_of_scope(visits.iteration_scope(each.index, iteration));
    assert_eq!(last.map(|last| last.entered.event_id), Some(12));
}

#[test]
fn a_redrive_goes_on_with_the_iterations_that_had_not_succeeded() {
    assert_eq!(
        tree(&recorded_until("iteration-redriven", 33)),
        "Each failed [0 succeeded: Check succeeded, Handle succeeded, Done succeeded; 1 failed: \
         Check succeeded, Handle failed; 2 aborted: Check succeeded, Handle aborted]"
    );
    assert_eq!(
        tree(&recorded_until("iteration-redriven", 34)),
        "Each running [0 succeeded: Check succeeded, Handle succeeded, Done succeeded; 1 running: \
         Check succeeded, Handle running; 2 running: Check succeeded, Handle running]"
    );
    let visits = recorded("iteration-redriven");
    assert_eq!(
        tree(&visits),
        "Each retried [0 succeeded: Check succeeded, Handle succeeded, Done succeeded; 1 \
         succeeded: Check succeeded, Handle retried (Broken succeeded), Done succeeded; 2 \
         succeeded: Check succeeded, Handle succeeded (aborted succeeded), Done succeeded]"
    );
    assert_eq!(visits.redrives().len(), 1);
    assert_eq!(visits.statuses().status_of("Handle"), StateStatus::Retried);
}

#[test]
fn a_redrive_goes_on_with_each_branch() {
    assert_eq!(
        tree(&recorded("branches-redriven")),
        "Both retried [A retried (Broken succeeded); W succeeded (aborted succeeded), B succeeded]"
    );
}

#[test]
fn a_redrive_of_maps_in_a_map_goes_on_with_each() {
    assert_eq!(
        tree(&recorded_until("nested-map-redriven", 40)),
        "Outer failed [0 aborted: Pick succeeded, Inner aborted [0 aborted: Rest aborted; 1 aborted: \
         Rest aborted]; 1 failed: Pick succeeded, Fall failed; 2 aborted: Pick succeeded, Inner \
         aborted [0 aborted: Rest aborted]]"
    );
    assert_eq!(
        tree(&recorded("nested-map-redriven")),
        "Outer retried [0 succeeded: Pick succeeded, Inner succeeded [0 succeeded: Rest succeeded; \
         1 succeeded: Rest succeeded]; 1 succeeded: Pick succeeded, Fall retried (Broken \
         succeeded); 2 succeeded: Pick succeeded, Inner succeeded [0 succeeded: Rest succeeded]]"
    );
}

#[test]
fn a_map_with_a_limit_goes_on_one_by_one_in_each_redrive() {
    assert_eq!(
        tree(&recorded_until("map-one-at-a-time-redriven", 38)),
        "Each failed [0 succeeded: Handle succeeded, Done succeeded; 1 succeeded: Handle retried \
         (Broken succeeded), Done succeeded; 2 failed: Handle failed]"
    );
    let visits = recorded("map-one-at-a-time-redriven");
    assert_eq!(
        tree(&visits),
        "Each retried [0 succeeded: Handle succeeded, Done succeeded; 1 succeeded: Handle retried \
         (Broken succeeded), Done succeeded; 2 succeeded: Handle retried (Broken succeeded), Done \
         succeeded; 3 succeeded: Handle succeeded, Done succeeded]"
    );
    assert_eq!(visits.redrives().len(), 2);
}

#[test]
fn what_fails_again_after_a_redrive_has_failed() {
    assert_eq!(
        tree(&recorded("runtime-error-redriven")),
        "Each failed [0 failed: Turn failed, Turn failed; 1 aborted: Turn aborted, Turn aborted]"
    );
    assert_eq!(tree(&recorded_until("stopped-redriven", 6)), "Both aborted [A aborted; B aborted]");
    assert_eq!(
        tree(&recorded_until("stopped-redriven", 12)),
        "Both failed [A aborted; B succeeded, C failed]"
    );
    assert_eq!(
        tree(&recorded("stopped-redriven")),
        "Both failed [A aborted; B succeeded, C failed]"
    );
}

#[test]
fn a_map_that_is_retried_has_the_iterations_of_its_last_attempt() {
    let visits = recorded("map-retried");
    assert_eq!(
        tree(&visits),
        "Each retried (Broken succeeded) [0 succeeded: Handle succeeded; 1 succeeded: Handle \
         succeeded]"
    );
    let each = visit_of(&visits, "Each").index;
    let earlier = |index| VisitScope::Iteration { visit: each, attempt: 0, index };
    assert_eq!(scope_tree(&visits, earlier(0)), "Handle aborted");
    assert_eq!(scope_tree(&visits, earlier(1)), "Handle failed");
    assert_eq!(visits.statuses().status_of("Handle"), StateStatus::Succeeded);
    let statuses = |attempt| {
        let iterations = visits.iterations_of_attempt(each, attempt).iter();
        iterations.map(|iteration| iteration.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses(0), [IterationStatus::Aborted, IterationStatus::Failed]);
    assert_eq!(statuses(1), [IterationStatus::Succeeded; 2]);
    assert_eq!(statuses(2), []);
}

#[test]
fn a_running_task_waits_for_its_token_or_its_worker() {
    let visits = recorded("token-waiting");
    let awaited = visit_of(&visits, "Ask").awaited_callback().expect("it waits");
    assert_eq!((awaited.kind, awaited.scheduled_event_id), (CallbackKind::TaskToken, 3));

    let visits = recorded_until("retry-and-catch", 6);
    let awaited = visit_of(&visits, "Reserve").awaited_callback().expect("it waits");
    assert_eq!((awaited.kind, awaited.scheduled_event_id), (CallbackKind::Activity, 6));
    for answered in [5, 8, 9] {
        let visits = recorded_until("retry-and-catch", answered);
        assert_eq!(visit_of(&visits, "Reserve").awaited_callback(), None, "{answered}");
    }
}

#[test]
fn executions_that_tasks_start_are_known_by_their_arns() {
    let visits = recorded("nested-executions");
    assert_eq!(tree(&visits), "Nest succeeded, Fire succeeded, Bad failed");
    for name in ["Nest", "Fire", "Bad"] {
        let attempt = visit_of(&visits, name).attempts.last().expect("it called");
        let Some(NestedRun::Execution(arn)) = &attempt.nested else { panic!("{name}") };
        assert!(arn.starts_with("arn:aws:states:us-east-1:000000000000:execution:"), "{arn}");
    }
    // It is known as soon as it is submitted.
    let visits = recorded_until("nested-executions", 5);
    assert!(visit_of(&visits, "Nest").attempts[0].nested.is_some());
}

#[test]
fn a_map_run_is_known_by_its_arn_and_may_be_redriven() {
    let arn = "arn:aws:states:us-east-1:123456789012:mapRun:m/Map:d7a8f0a1";
    let event = |id: u64, kind: &str, details: Value| {
        let member = format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]);
        json!({"id": id, "previousEventId": id - 1, "type": kind, "timestamp": 1_700_000_000.0,
            (member): details})
    };
    let entered = json!({"id": 2, "previousEventId": 0, "type": "MapStateEntered",
        "timestamp": 1_700_000_000.0, "stateEnteredEventDetails": {"name": "Each", "input": "[1]"}});
    let mut events = vec![
        event(1, "ExecutionStarted", json!({"input": "[1]"})),
        entered,
        event(3, "MapStateStarted", json!({"length": 1})),
        event(4, "MapRunStarted", json!({"mapRunArn": arn})),
        event(5, "MapRunFailed", json!({"error": "States.ExceedToleratedFailureThreshold"})),
        event(6, "MapStateFailed", json!(null)),
        event(7, "ExecutionFailed", json!({"error": "States.ExceedToleratedFailureThreshold"})),
    ];
    let visits = read_visits(&events);
    assert_eq!(tree(&visits), "Each failed");
    let each = visit_of(&visits, "Each");
    assert_eq!(each.attempts[0].nested, Some(NestedRun::MapRun(arn.into())));
    assert_eq!(each.failure.as_ref().and_then(|failure| failure.event_id), Some(5));

    events.push(event(8, "ExecutionRedriven", json!({"redriveCount": 1})));
    events.push(event(9, "MapRunRedriven", json!({"mapRunArn": arn, "redriveCount": 1})));
    events.push(event(10, "MapRunSucceeded", json!(null)));
    events.push(event(11, "MapStateSucceeded", json!(null)));
    events.push(json!({"id": 12, "previousEventId": 11, "type": "MapStateExited",
        "timestamp": 1_700_000_000.0, "stateExitedEventDetails": {"name": "Each"}}));
    let visits = read_visits(&events);
    assert_eq!(tree(&visits), "Each retried (States.ExceedToleratedFailureThreshold succeeded)");
}

#[test]
fn what_a_stop_cuts_has_ended_with_it() {
    let visits = recorded("stopped");
    assert_eq!(tree(&visits), "Both aborted [A aborted; B succeeded]");
    let end = visits.ended().expect("it was stopped");
    assert_eq!((visit_of(&visits, "A").ended(), end.event_id), (Some(end), 7));
    let both = visit_of(&visits, "Both");
    assert_eq!(both.attempts[0].outcome, AttemptOutcome::Aborted);
}

#[test]
fn timeouts_are_failures_of_attempts_and_the_end_of_what_runs() {
    assert_eq!(
        tree(&recorded("timed-out")),
        "Slow caught (States.Timeout States.Timeout), Rest aborted"
    );
}

/// The names of all histories.
fn all_recorded() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let files = fs::read_dir(folder).expect("it is a folder");
    let name = |file: fs::DirEntry| {
        file.path().file_stem().map(|name| name.to_string_lossy().into_owned())
    };
    files.filter_map(|file| name(file.ok()?)).collect()
}

#[test]
fn every_state_that_was_entered_is_a_visit_of_one_scope() {
    for name in all_recorded() {
        let events = recorded_events(&name);
        let visits = read_visits(&events);
        let is_entered = |event: &&Value| {
            event["type"].as_str().is_some_and(|kind| kind.ends_with("StateEntered"))
        };
        let entered: Vec<_> =
            events.iter().filter(is_entered).map(|event| event["id"].as_u64()).collect();
        let known: Vec<_> =
            visits.visits().iter().map(|visit| Some(visit.entered.event_id)).collect();
        assert_eq!(known, entered, "{name}");
        for visit in visits.visits() {
            let in_scope =
                visits.visits_of_scope(visit.scope).filter(|other| other.index == visit.index);
            assert_eq!(in_scope.count(), 1, "{name}: {visit:?}");
            let has_ended = visits.ended().is_some();
            assert!(!has_ended || visit.status() != StateStatus::Running, "{name}: {visit:?}");
            assert_eq!(visit.ended().is_none(), visit.status() == StateStatus::Running);
        }
    }
}

#[test]
fn events_may_come_page_by_page_and_again() {
    for name in all_recorded() {
        let events = recorded_events(&name);
        let at_once = read_visits(&events);
        let mut by_page = ExecutionVisits::default();
        for (at, event) in events.iter().enumerate() {
            for known in &events[at.saturating_sub(5)..at] {
                by_page.read_event(known);
            }
            by_page.read_event(event);
        }
        assert_eq!(by_page.events_read(), events.len());
        assert_eq!(format!("{by_page:?}"), format!("{at_once:?}"), "{name}");
    }
}

/// A history that nobody could have made: events of all types after any others.
fn nonsense(seed: u64) -> Vec<Value> {
    const KINDS: [&str; 32] = [
        "TaskStateEntered",
        "TaskStateExited",
        "MapStateEntered",
        "MapStateExited",
        "ParallelStateEntered",
        "ParallelStateExited",
        "PassStateEntered",
        "PassStateExited",
        "FailStateEntered",
        "MapStateStarted",
        "MapStateSucceeded",
        "MapStateFailed",
        "MapStateAborted",
        "ParallelStateStarted",
        "ParallelStateSucceeded",
        "ParallelStateFailed",
        "MapIterationStarted",
        "MapIterationSucceeded",
        "MapIterationFailed",
        "MapIterationAborted",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskFailed",
        "TaskTimedOut",
        "MapRunStarted",
        "MapRunRedriven",
        "MapRunFailed",
        "EvaluationFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "ExecutionSucceeded",
    ];
    let mut state = seed;
    let mut pick = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let event = |id: u64| {
        let kind = usize::try_from(pick(KINDS.len() as u64)).expect("it is small");
        let previous = if pick(3) == 0 { pick(id) } else { id - 1 };
        let name = if pick(3) == 0 { "A" } else { "B" };
        json!({"id": id, "previousEventId": previous, "type": KINDS[kind],
            "someEventDetails": {"name": name, "index": pick(3),
                "error": "E", "resource": "r"}})
    };
    (1..200).map(event).collect()
}

#[test]
fn no_history_is_refused_and_its_visits_are_in_one_scope_each() {
    for seed in 0..500 {
        let mut events = nonsense(seed);
        events.push(json!({"id": 200, "previousEventId": 199, "type": "ExecutionAborted"}));
        let visits = read_visits(&events);
        for visit in visits.visits() {
            let in_scope =
                visits.visits_of_scope(visit.scope).filter(|other| other.index == visit.index);
            assert_eq!(in_scope.count(), 1, "seed {seed}: {visit:?}");
        }
        assert_eq!(visits.statuses().entered_states().count(), visits.totals().states.len());
    }
}

/// A Map of so many iterations with one Task each, of which one in a hundred has failed, and one in a
/// thousand runs; with and without a limit of how many run at once.
fn map_history(iterations: u64) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    let mut add = |previous: u64, kind: &str, details: Value| {
        let id = events.len() as u64 + 1;
        let member = match kind {
            kind if kind.ends_with("Entered") => "stateEnteredEventDetails".to_owned(),
            kind if kind.ends_with("Exited") => "stateExitedEventDetails".to_owned(),
            kind => format!("{}{}EventDetails", kind[..1].to_lowercase(), &kind[1..]),
        };
        #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
        let time = 1_700_000_000.0 + id as f64 / 1000.0;
        events.push(json!({"id": id, "previousEventId": previous, "type": kind,
            "timestamp": time, (member): details}));
        id
    };
    add(0, "ExecutionStarted", json!({"input": "{}"}));
    add(0, "MapStateEntered", json!({"name": "Each", "input": "[]"}));
    let started = add(2, "MapStateStarted", json!({"length": iterations}));
    for index in 0..iterations {
        let details = json!({"name": "Each", "index": index});
        let iteration = add(started, "MapIterationStarted", details.clone());
        let input = index.to_string();
        let entered = add(iteration, "TaskStateEntered", json!({"name": "Work", "input": input}));
        let scheduled =
            json!({"resourceType": "lambda", "resource": "invoke", "parameters": input});
        let scheduled = add(entered, "TaskScheduled", scheduled);
        let running = add(scheduled, "TaskStarted", json!({"resourceType": "lambda"}));
        if index % 1000 == 999 {
            continue;
        }
        if index % 100 == 50 {
            let failed = add(running, "TaskFailed", json!({"error": "Broken"}));
            add(failed, "MapIterationFailed", details);
            continue;
        }
        let succeeded = add(running, "TaskSucceeded", json!({"output": "{}"}));
        let exited = add(succeeded, "TaskStateExited", json!({"name": "Work", "output": "{}"}));
        add(exited, "MapIterationSucceeded", details);
    }
    events
}

#[test]
fn ten_thousand_iterations_are_read_and_found_by_their_indices() {
    let events = map_history(10_000);
    assert!(events.len() > 69_000);
    let visits = read_visits(&events);
    let each = visit_of(&visits, "Each").index;
    let iterations = visits.iterations(each);
    let count = |status| iterations.iter().filter(|found| found.status == status).count();
    assert_eq!(IterationStatus::ALL.map(count), [100, 0, 10, 9890]);
    for (index, iteration) in (0..).zip(iterations) {
        assert_eq!(iteration.index, index);
        let scope = visits.iteration_scope(each, iteration);
        let expected = match iteration.status {
            IterationStatus::Failed => "Work failed",
            IterationStatus::Running => "Work running",
            _ => "Work succeeded",
        };
        assert_eq!(scope_tree(&visits, scope), expected);
    }
    let totals = visits.totals();
    assert_eq!((totals.transitions, totals.states["Work"].ended_visits), (10_001, 9_990));
    assert_eq!(totals.failed_attempts, 100);
}
