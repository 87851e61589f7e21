//! Starts, ends and lists.

use model::{Execution, ExecutionId, Failure, Limits, Outcome, Status, limits::CAUSE_CHARS_MAX};
use orchestrator::ports::{Created, Executions};
use tokio::task::JoinSet;

use crate::{
    data::{
        append, at, execution, execution_id, last_record, name, payload, record, record_of,
        redriven, root, start,
    },
    random::Random,
    stores::Store,
};

pub(crate) async fn a_name_is_started_once(store: &impl Store) {
    let id = execution_id("m", "e");
    assert!(store.execution(&id).await.expect("no fault").is_none());
    let input = payload(" {\"kept\":   \"as it is\"}");
    let header = Some("Root=1".to_owned());
    let first = Execution { input, trace_header: header, ..execution(10) };
    let created = store.create(&id, first.clone(), record(10)).await.expect("no fault");
    assert!(matches!(created, Created::Done));
    let created = store.create(&id, execution(20), record(20)).await.expect("no fault");
    let Created::Exists(existing) = created else { panic!("it was started twice") };
    assert_eq!(*existing, first);
    assert_eq!(store.execution(&id).await.expect("no fault").as_deref(), Some(&first));
    assert_eq!(store.load(&root(&id, 0)).await.expect("no fault").as_deref(), Some(&record(10)));
}

pub(crate) async fn of_many_starts_of_one_name_one_is_done(store: &impl Store) {
    let mut starts = JoinSet::new();
    for started_at in 0..32 {
        let (store, id) = (store.clone(), execution_id("m", "e"));
        starts.spawn(
            async move { store.create(&id, execution(started_at), record(started_at)).await },
        );
    }
    let created: Vec<_> = starts.join_all().await;
    let kept = store.execution(&execution_id("m", "e")).await.expect("no fault");
    let mut done = 0;
    for created in created {
        match created.expect("no fault") {
            Created::Done => done += 1,
            Created::Exists(existing) => assert_eq!(Some(existing), kept),
        }
    }
    assert_eq!(done, 1);
    let first = store.load(&root(&execution_id("m", "e"), 0)).await.expect("no fault");
    let (first, kept) = (first.expect("it is there"), kept.expect("it is there"));
    assert_eq!(first.at, kept.facts.started_at, "record 0 is of the start that was done");
}

pub(crate) async fn the_largest_input_and_output_are_kept(store: &impl Store) {
    let mut random = Random::new(3);
    let mut large = || payload(&format!("\"{}\"", random.text(Limits::OPEN.payload_bytes - 2)));
    let (id, input, output) = (execution_id("m", "e"), large(), large());
    let started = Execution { input: input.clone(), ..execution(1) };
    let created = store.create(&id, started, record_of(1, input.clone())).await;
    assert!(matches!(created, Ok(Created::Done)), "{created:?}");
    let outcome = Outcome::Succeeded(output);
    store.finish(&id, None, (at(2), &outcome)).await.expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert!(ended.input == input && ended.end == Some((at(2), outcome)), "they have changed");
    let failed = start(store, "m", "f", 1).await;
    let outcome = Outcome::Failed(Failure::new("E", "é".repeat(CAUSE_CHARS_MAX)));
    store.finish(&failed, None, (at(2), &outcome)).await.expect("no fault");
    let ended = store.execution(&failed).await.expect("no fault").expect("it is there");
    assert!(ended.end == Some((at(2), outcome)), "its cause has changed");
}

pub(crate) async fn an_execution_ends_once(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let outcome = Outcome::Succeeded(payload("[1, 2]"));
    let last = last_record(20, outcome.clone());
    assert!(append(store, &root(&id, 1), last).await);
    store.finish(&id, None, (at(20), &outcome)).await.expect("no fault");
    store.finish(&id, None, (at(20), &outcome)).await.expect("no fault");
    store
        .finish(&id, None, (at(30), &Outcome::Failed(Failure::named("E"))))
        .await
        .expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((at(20), outcome)));
    assert_eq!(ended.status(), Status::Succeeded);
    assert_eq!(store.load(&root(&id, 0)).await.expect("no fault").as_deref(), Some(&record(10)));
}

/// The outcome of an end that was redriven is not shown.
pub(crate) async fn a_redriven_execution_runs_and_ends_again(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let failed = Outcome::Failed(Failure::named("E"));
    store.finish(&id, None, (at(20), &failed)).await.expect("no fault");
    let second = redriven(1, 30);
    store.reopen(&id, &second).await.expect("no fault");
    store.reopen(&id, &second).await.expect("no fault");
    let running = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!((&running.end, running.facts.redriven.as_ref()), (&None, Some(&second)));
    assert_eq!(running.facts.started_at, at(10));
    store.finish(&id, None, (at(40), &failed)).await.expect("no fault");
    assert!(is_running(store, &id).await, "the end of before the redrive comes too late");

    let outcome = Outcome::Succeeded(payload("1"));
    store.finish(&id, Some(&second), (at(50), &outcome)).await.expect("no fault");
    store.finish(&id, Some(&second), (at(60), &failed)).await.expect("no fault");
    store.reopen(&id, &second).await.expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(
        (&ended.end, ended.facts.redriven.as_ref()),
        (&Some((at(50), outcome)), Some(&second))
    );
    assert_eq!(store.load(&root(&id, 0)).await.expect("no fault").as_deref(), Some(&record(10)));
}

/// Who redrove it may have died before it was shown.
pub(crate) async fn an_end_tells_of_its_redrive(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let outcome = Outcome::Succeeded(payload("1"));
    for (end, redrive) in [(20, None), (50, Some(redriven(2, 40))), (70, Some(redriven(3, 60)))] {
        store.finish(&id, redrive.as_ref(), (at(end), &outcome)).await.expect("no fault");
        let ended = store.execution(&id).await.expect("no fault").expect("it is there");
        assert_eq!(ended.end.as_ref().map(|(at, _)| *at), Some(at(end)));
        assert_eq!(ended.facts.redriven, redrive);
    }
    let earlier = redriven(2, 80);
    store.reopen(&id, &earlier).await.expect("no fault");
    store.finish(&id, Some(&earlier), (at(90), &outcome)).await.expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end.as_ref().map(|(at, _)| *at), Some(at(70)), "it was redriven since");
    store.reopen(&execution_id("m", "unknown"), &earlier).await.expect("no fault");
    assert!(store.execution(&execution_id("m", "unknown")).await.expect("no fault").is_none());
}

pub(crate) async fn a_redriven_execution_is_listed_by_its_redrive(store: &impl Store) {
    let outcome = Outcome::Failed(Failure::named("E"));
    for (number, ended_at) in [(0, 200), (1, 210), (2, 220)] {
        let id = start(store, "m", &format!("e{number}"), 100 + number).await;
        store.finish(&id, None, (at(ended_at), &outcome)).await.expect("no fault");
    }
    let (id, second) = (execution_id("m", "e1"), redriven(1, 300));
    store.reopen(&id, &second).await.expect("no fault");
    assert_eq!(listed(store, None, 2).await, ["e1", "e2", "e0"]);
    assert_eq!(listed(store, Some(Status::Running), 2).await, ["e1"]);
    assert_eq!(listed(store, Some(Status::Failed), 2).await, ["e2", "e0"]);
    let page = store.list(&name("m"), None, 1, None).await.expect("no fault");
    let shown = &page.executions[0];
    assert_eq!((shown.started_at, shown.stopped_at), (at(101), None));
    assert_eq!(shown.redriven.as_ref(), Some(&second));
    store.finish(&id, Some(&second), (at(205), &outcome)).await.expect("no fault");
    assert_eq!(listed(store, None, 2).await, ["e2", "e1", "e0"]);
    assert_eq!(listed(store, Some(Status::Running), 2).await, [""; 0]);
}

async fn is_running(store: &impl Executions, id: &ExecutionId) -> bool {
    let execution = store.execution(id).await.expect("no fault").expect("it is there");
    execution.status() == Status::Running
}

/// Its last record need not be there, nor be the one that the end tells of.
pub(crate) async fn an_execution_ends_as_it_is_told(store: &impl Store) {
    let outcomes = [
        Outcome::Succeeded(payload("1")),
        Outcome::Failed(Failure::new("E", "cause")),
        Outcome::TimedOut(Failure::named("States.Timeout")),
        Outcome::Aborted(Failure::default()),
    ];
    for outcome in outcomes {
        let id = start(store, "m", outcome.status().as_str(), 10).await;
        store.finish(&id, None, (at(40), &outcome)).await.expect("no fault");
        let ended = store.execution(&id).await.expect("no fault").expect("it is there");
        assert_eq!(ended.end, Some((at(40), outcome)));
        assert_eq!(ended.facts, execution(10).facts);
    }
}

pub(crate) async fn an_end_starts_nothing(store: &impl Store) {
    let unknown = execution_id("m", "unknown");
    store
        .finish(&unknown, None, (at(1), &Outcome::Aborted(Failure::default())))
        .await
        .expect("no fault");
    assert!(store.execution(&unknown).await.expect("no fault").is_none());
    assert!(store.load(&root(&unknown, 0)).await.expect("no fault").is_none());
    let page = store.list(&name("m"), None, 9, None).await.expect("no fault");
    assert_eq!((page.executions.len(), page.next), (0, None));
    start(store, "m", "unknown", 1).await;
}

/// Found again until they have got on.
pub(crate) async fn an_execution_that_has_not_got_on_is_found(store: &impl Store) {
    let unstarted = async |before| {
        let found = store.unstarted(at(before)).await.expect("no fault");
        let mut names: Vec<_> = found.iter().map(own_name).collect();
        names.sort();
        names
    };
    assert_eq!(unstarted(1_000).await, [""; 0]);
    for (number, machine) in [(0, "m"), (1, "m"), (2, "mm"), (3, "m")] {
        start(store, machine, &format!("e{number}"), 100 + number).await;
    }
    assert_eq!(unstarted(1_000).await, ["e0", "e1", "e2", "e3"]);
    assert_eq!(unstarted(102).await, ["e0", "e1"]);
    assert!(append(store, &root(&execution_id("m", "e0"), 1), record(200)).await);
    let ended = Outcome::Aborted(Failure::default());
    store.finish(&execution_id("m", "e3"), None, (at(210), &ended)).await.expect("no fault");
    for before in [1_000, 1_000, 60_000, 10 * 60_000, 20 * 60_000] {
        assert_eq!(unstarted(before).await, ["e1", "e2"]);
    }
    assert!(append(store, &root(&execution_id("m", "e1"), 1), record(200)).await);
    store.delete_machine(&name("mm")).await.expect("no fault");
    assert_eq!(unstarted(30 * 60_000).await, [""; 0]);
    start(store, "m", "e4", 30 * 60_000).await;
    assert_eq!(unstarted(30 * 60_000).await, [""; 0]);
    assert_eq!(unstarted(30 * 60_000 + 1).await, ["e4"]);
}

pub(crate) async fn a_list_is_newest_first_in_pages(store: &impl Store) {
    for number in 0..9 {
        start(store, "m", &format!("e{number}"), 100 + number).await;
    }
    start(store, "another", "e", 500).await;
    start(store, "mm", "e", 501).await;
    let outcome = Outcome::Succeeded(payload("1"));
    for (number, ended_at) in [(3, 200), (1, 300), (7, 107)] {
        let id = execution_id("m", &format!("e{number}"));
        store.finish(&id, None, (at(ended_at), &outcome)).await.expect("no fault");
    }
    let all = listed(store, None, 2).await;
    assert_eq!(all, ["e1", "e3", "e8", "e7", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(listed(store, None, 1).await, all);
    assert_eq!(listed(store, None, 9).await, all);
    assert_eq!(listed(store, None, 1000).await, all);
    let running = listed(store, Some(Status::Running), 4).await;
    assert_eq!(running, ["e8", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(listed(store, Some(Status::Succeeded), 1).await, ["e1", "e3", "e7"]);
    assert_eq!(listed(store, Some(Status::Aborted), 1).await, [""; 0]);
}

pub(crate) async fn a_list_shows_start_end_and_status(store: &impl Store) {
    start(store, "m", "e", 100).await;
    let id = start(store, "m", "f", 101).await;
    store
        .finish(&id, None, (at(300), &Outcome::TimedOut(Failure::default())))
        .await
        .expect("no fault");
    let page = store.list(&name("m"), None, 9, None).await.expect("no fault");
    let [newest, running] = &page.executions[..] else { panic!("{page:?}") };
    assert_eq!((newest.started_at, newest.stopped_at), (at(101), Some(at(300))));
    assert_eq!((&newest.id, newest.status), (&id, Status::TimedOut));
    assert_eq!((running.started_at, running.stopped_at), (at(100), None));
    assert_eq!(running.status, Status::Running);
    let nobody = store.list(&name("nobody"), None, 1, None).await.expect("no fault");
    assert_eq!((nobody.executions.len(), nobody.next), (0, None));
}

/// Executions of one moment have an order too.
pub(crate) async fn a_list_loses_none_of_one_moment(store: &impl Store) {
    for number in 0..30 {
        start(store, "m", &format!("e{number}"), 100).await;
    }
    for limit in [1, 7] {
        let mut names = listed(store, None, limit).await;
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 30);
    }
}

pub(crate) async fn a_foreign_page_token_is_a_fault(store: &impl Store) {
    start(store, "m", "e", 100).await;
    for token in ["", "no token", "9", "x.y", ".", "1.2.3.4"] {
        let page = store.list(&name("m"), None, 1, Some(token)).await;
        assert!(page.is_err(), "'{token}': {page:?}");
    }
}

/// The names of a whole list, read in pages.
async fn listed(store: &impl Executions, status: Option<Status>, limit: u32) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(&name("m"), status, limit, after.as_deref()).await.expect("no fault");
        assert!(page.executions.len() <= limit as usize);
        assert!(page.next.is_none() || !page.executions.is_empty());
        names.extend(page.executions.iter().map(|listed| own_name(&listed.id)));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

fn own_name(id: &ExecutionId) -> String {
    id.as_str().split(':').next_back().unwrap_or_default().to_owned()
}
