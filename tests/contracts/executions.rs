//! Starts, ends and lists of executions.

use std::sync::Arc;

use model::{
    AliasName, ArnQualifier, DeploymentLimits, Execution, ExecutionId, ExecutionStatus, Failure,
    FrameOutcome, StartedVersion, VersionNumber, limits::CAUSE_CHARS_MAX,
};
use orchestrator::ports::{ExecutionCreation, ExecutionFilter, ExecutionStore};
use tokio::task::JoinSet;

use crate::{
    data::{
        append, execution_id, last_record, new_execution, parse_name, parse_payload, record_at,
        record_with_input, redrive_number, root_key, start_execution, timestamp_at,
    },
    random::ContractRandom,
    stores::ContractStore,
};

pub(crate) async fn a_name_is_started_once(store: &impl ContractStore) {
    let id = execution_id("m", "e");
    assert!(store.load_execution(&id).await.expect("no fault").is_none());
    let input = parse_payload(" {\"kept\":   \"as it is\"}");
    let header = Some("Root=1".to_owned());
    let first = Execution { input, trace_header: header, ..new_execution(10) };
    let created =
        store.create_execution(&id, first.clone(), record_at(10)).await.expect("no fault");
    assert!(matches!(created, ExecutionCreation::Done));
    let created =
        store.create_execution(&id, new_execution(20), record_at(20)).await.expect("no fault");
    let ExecutionCreation::Exists(existing) = created else { panic!("it was started twice") };
    assert_eq!(*existing, first);
    assert_eq!(store.load_execution(&id).await.expect("no fault").as_deref(), Some(&first));
    assert_eq!(
        store.load_record(&root_key(&id, 0)).await.expect("no fault").as_deref(),
        Some(&record_at(10))
    );
}

pub(crate) async fn an_execution_is_created_at_its_end(store: &impl ContractStore) {
    let outcomes = [
        FrameOutcome::Succeeded(parse_payload("[1, 2]")),
        FrameOutcome::Failed(Failure::with_error_name("E")),
    ];
    let mut created = Vec::new();
    for (number, outcome) in (0..).zip(outcomes) {
        let id: ExecutionId = format!("m:same:{number}").parse().expect("an Express execution");
        let end = Some((timestamp_at(20 + number), outcome.clone()));
        let execution = Execution { end, ..new_execution(10) };
        let first = last_record(20 + number, outcome);
        let done = store.create_execution(&id, execution.clone(), first.clone()).await;
        assert!(matches!(done, Ok(ExecutionCreation::Done)), "{done:?}");
        let again = store.create_execution(&id, execution.clone(), record_at(10)).await;
        let Ok(ExecutionCreation::Exists(existing)) = again else { panic!("created twice") };
        assert_eq!(*existing, execution);
        let loaded = store.load_execution(&id).await.expect("no fault");
        assert_eq!(loaded.as_deref(), Some(&execution));
        let record = store.load_record(&root_key(&id, 0)).await.expect("no fault");
        assert_eq!(record.as_deref(), Some(&first));
        created.push((id, execution));
    }
    for status in [None, Some(ExecutionStatus::Succeeded), Some(ExecutionStatus::Failed)] {
        let filter = ExecutionFilter { status, started_as: None };
        let page = store.list_executions(&parse_name("m"), filter, 10, None).await;
        let listed: Vec<_> = page.expect("no fault").executions;
        let expected = created
            .iter()
            .rev()
            .filter(|(_, execution)| status.is_none_or(|status| execution.status() == status));
        assert!(listed.iter().map(|listed| &listed.id).eq(expected.map(|(id, _)| id)));
        assert!(listed.iter().all(|listed| listed.stopped_at >= Some(timestamp_at(20))));
    }
    let running = ExecutionFilter::of_status(ExecutionStatus::Running);
    let page = store.list_executions(&parse_name("m"), running, 10, None).await;
    assert!(page.expect("no fault").executions.is_empty());
}

pub(crate) async fn of_many_starts_of_one_name_one_is_done(store: &impl ContractStore) {
    let mut starts = JoinSet::new();
    for started_at in 0..32 {
        let (store, id) = (store.clone(), execution_id("m", "e"));
        starts.spawn(async move {
            store.create_execution(&id, new_execution(started_at), record_at(started_at)).await
        });
    }
    let created: Vec<_> = starts.join_all().await;
    let kept = store.load_execution(&execution_id("m", "e")).await.expect("no fault");
    let mut done = 0;
    for created in created {
        match created.expect("no fault") {
            ExecutionCreation::Done => done += 1,
            ExecutionCreation::Exists(existing) => assert_eq!(Some(existing), kept),
        }
    }
    assert_eq!(done, 1);
    let first = store.load_record(&root_key(&execution_id("m", "e"), 0)).await.expect("no fault");
    let (first, kept) = (first.expect("it is there"), kept.expect("it is there"));
    assert_eq!(first.written_at, kept.facts.started_at, "record 0 is of the start that was done");
}

pub(crate) async fn the_largest_input_and_output_are_kept(store: &impl ContractStore) {
    let mut random = ContractRandom::new(3);
    let mut large = || {
        parse_payload(&format!(
            "\"{}\"",
            random.random_text(DeploymentLimits::OPEN.payload_bytes - 2)
        ))
    };
    let (id, input, output) = (execution_id("m", "e"), large(), large());
    let started = Execution { input: input.clone(), ..new_execution(1) };
    let created = store.create_execution(&id, started, record_with_input(1, input.clone())).await;
    assert!(matches!(created, Ok(ExecutionCreation::Done)), "{created:?}");
    let outcome = FrameOutcome::Succeeded(output);
    store.finish_execution(&id, None, (timestamp_at(2), &outcome)).await.expect("no fault");
    let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
    assert!(
        ended.input == input && ended.end == Some((timestamp_at(2), outcome)),
        "they have changed"
    );
    let failed = start_execution(store, "m", "f", 1).await;
    let outcome = FrameOutcome::Failed(Failure::new("E", "é".repeat(CAUSE_CHARS_MAX)));
    store.finish_execution(&failed, None, (timestamp_at(2), &outcome)).await.expect("no fault");
    let ended = store.load_execution(&failed).await.expect("no fault").expect("it is there");
    assert!(ended.end == Some((timestamp_at(2), outcome)), "its cause has changed");
}

pub(crate) async fn an_execution_ends_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let outcome = FrameOutcome::Succeeded(parse_payload("[1, 2]"));
    let last = last_record(20, outcome.clone());
    assert!(append(store, &root_key(&id, 1), last).await);
    store.finish_execution(&id, None, (timestamp_at(20), &outcome)).await.expect("no fault");
    store.finish_execution(&id, None, (timestamp_at(20), &outcome)).await.expect("no fault");
    store
        .finish_execution(
            &id,
            None,
            (timestamp_at(30), &FrameOutcome::Failed(Failure::with_error_name("E"))),
        )
        .await
        .expect("no fault");
    let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((timestamp_at(20), outcome)));
    assert_eq!(ended.status(), ExecutionStatus::Succeeded);
    assert_eq!(
        store.load_record(&root_key(&id, 0)).await.expect("no fault").as_deref(),
        Some(&record_at(10))
    );
}

/// A redrive hides the outcome of the end before it.
pub(crate) async fn a_redriven_execution_runs_and_ends_again(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let failed = FrameOutcome::Failed(Failure::with_error_name("E"));
    store.finish_execution(&id, None, (timestamp_at(20), &failed)).await.expect("no fault");
    let second = redrive_number(1, 30);
    store.reopen_execution(&id, &second).await.expect("no fault");
    store.reopen_execution(&id, &second).await.expect("no fault");
    let running = store.load_execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!((&running.end, running.facts.last_redrive.as_ref()), (&None, Some(&second)));
    assert_eq!(running.facts.started_at, timestamp_at(10));
    store.finish_execution(&id, None, (timestamp_at(40), &failed)).await.expect("no fault");
    assert!(is_running(store, &id).await, "the end of before the redrive comes too late");

    let outcome = FrameOutcome::Succeeded(parse_payload("1"));
    store
        .finish_execution(&id, Some(&second), (timestamp_at(50), &outcome))
        .await
        .expect("no fault");
    store
        .finish_execution(&id, Some(&second), (timestamp_at(60), &failed))
        .await
        .expect("no fault");
    store.reopen_execution(&id, &second).await.expect("no fault");
    let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(
        (&ended.end, ended.facts.last_redrive.as_ref()),
        (&Some((timestamp_at(50), outcome)), Some(&second))
    );
    assert_eq!(
        store.load_record(&root_key(&id, 0)).await.expect("no fault").as_deref(),
        Some(&record_at(10))
    );
}

/// The worker of the redrive may have died before it reopened the execution.
pub(crate) async fn an_end_tells_of_its_redrive(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let outcome = FrameOutcome::Succeeded(parse_payload("1"));
    for (end, redrive) in
        [(20, None), (50, Some(redrive_number(2, 40))), (70, Some(redrive_number(3, 60)))]
    {
        store
            .finish_execution(&id, redrive.as_ref(), (timestamp_at(end), &outcome))
            .await
            .expect("no fault");
        let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
        assert_eq!(ended.end.as_ref().map(|(at, _)| *at), Some(timestamp_at(end)));
        assert_eq!(ended.facts.last_redrive, redrive);
    }
    let earlier = redrive_number(2, 80);
    store.reopen_execution(&id, &earlier).await.expect("no fault");
    store
        .finish_execution(&id, Some(&earlier), (timestamp_at(90), &outcome))
        .await
        .expect("no fault");
    let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(
        ended.end.as_ref().map(|(at, _)| *at),
        Some(timestamp_at(70)),
        "it was redriven since"
    );
    store.reopen_execution(&execution_id("m", "unknown"), &earlier).await.expect("no fault");
    assert!(store.load_execution(&execution_id("m", "unknown")).await.expect("no fault").is_none());
}

pub(crate) async fn a_redriven_execution_is_listed_by_its_redrive(store: &impl ContractStore) {
    let outcome = FrameOutcome::Failed(Failure::with_error_name("E"));
    for (number, ended_at) in [(0, 200), (1, 210), (2, 220)] {
        let id = start_execution(store, "m", &format!("e{number}"), 100 + number).await;
        store
            .finish_execution(&id, None, (timestamp_at(ended_at), &outcome))
            .await
            .expect("no fault");
    }
    let (id, second) = (execution_id("m", "e1"), redrive_number(1, 300));
    store.reopen_execution(&id, &second).await.expect("no fault");
    assert_eq!(list_execution_names(store, None, 2).await, ["e1", "e2", "e0"]);
    assert_eq!(list_execution_names(store, Some(ExecutionStatus::Running), 2).await, ["e1"]);
    assert_eq!(list_execution_names(store, Some(ExecutionStatus::Failed), 2).await, ["e2", "e0"]);
    let page = store
        .list_executions(&parse_name("m"), ExecutionFilter::default(), 1, None)
        .await
        .expect("no fault");
    let shown = &page.executions[0];
    assert_eq!((shown.started_at, shown.stopped_at), (timestamp_at(101), None));
    assert_eq!(shown.redriven.as_ref(), Some(&second));
    store
        .finish_execution(&id, Some(&second), (timestamp_at(205), &outcome))
        .await
        .expect("no fault");
    assert_eq!(list_execution_names(store, None, 2).await, ["e2", "e1", "e0"]);
    assert_eq!(list_execution_names(store, Some(ExecutionStatus::Running), 2).await, [""; 0]);
}

async fn is_running(store: &impl ExecutionStore, id: &ExecutionId) -> bool {
    let execution = store.load_execution(id).await.expect("no fault").expect("it is there");
    execution.status() == ExecutionStatus::Running
}

/// The last record need not exist, and need not have this outcome.
pub(crate) async fn an_execution_ends_as_it_is_told(store: &impl ContractStore) {
    let outcomes = [
        FrameOutcome::Succeeded(parse_payload("1")),
        FrameOutcome::Failed(Failure::new("E", "cause")),
        FrameOutcome::TimedOut(Failure::with_error_name("States.Timeout")),
        FrameOutcome::Aborted(Failure::default()),
    ];
    for outcome in outcomes {
        let id = start_execution(store, "m", outcome.execution_status().as_str(), 10).await;
        store.finish_execution(&id, None, (timestamp_at(40), &outcome)).await.expect("no fault");
        let ended = store.load_execution(&id).await.expect("no fault").expect("it is there");
        assert_eq!(ended.end, Some((timestamp_at(40), outcome)));
        assert_eq!(ended.facts, new_execution(10).facts);
    }
}

pub(crate) async fn an_end_starts_nothing(store: &impl ContractStore) {
    let unknown = execution_id("m", "unknown");
    store
        .finish_execution(
            &unknown,
            None,
            (timestamp_at(1), &FrameOutcome::Aborted(Failure::default())),
        )
        .await
        .expect("no fault");
    assert!(store.load_execution(&unknown).await.expect("no fault").is_none());
    assert!(store.load_record(&root_key(&unknown, 0)).await.expect("no fault").is_none());
    let page = store
        .list_executions(&parse_name("m"), ExecutionFilter::default(), 9, None)
        .await
        .expect("no fault");
    assert_eq!((page.executions.len(), page.next), (0, None));
    start_execution(store, "m", "unknown", 1).await;
}

pub(crate) async fn a_list_is_newest_first_in_pages(store: &impl ContractStore) {
    for number in 0..9 {
        start_execution(store, "m", &format!("e{number}"), 100 + number).await;
    }
    start_execution(store, "another", "e", 500).await;
    start_execution(store, "mm", "e", 501).await;
    let outcome = FrameOutcome::Succeeded(parse_payload("1"));
    for (number, ended_at) in [(3, 200), (1, 300), (7, 107)] {
        let id = execution_id("m", &format!("e{number}"));
        store
            .finish_execution(&id, None, (timestamp_at(ended_at), &outcome))
            .await
            .expect("no fault");
    }
    let all = list_execution_names(store, None, 2).await;
    assert_eq!(all, ["e1", "e3", "e8", "e7", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(list_execution_names(store, None, 1).await, all);
    assert_eq!(list_execution_names(store, None, 9).await, all);
    assert_eq!(list_execution_names(store, None, 1000).await, all);
    let running = list_execution_names(store, Some(ExecutionStatus::Running), 4).await;
    assert_eq!(running, ["e8", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(
        list_execution_names(store, Some(ExecutionStatus::Succeeded), 1).await,
        ["e1", "e3", "e7"]
    );
    assert_eq!(list_execution_names(store, Some(ExecutionStatus::Aborted), 1).await, [""; 0]);
}

pub(crate) async fn a_list_shows_start_end_and_status(store: &impl ContractStore) {
    start_execution(store, "m", "e", 100).await;
    let id = start_execution(store, "m", "f", 101).await;
    store
        .finish_execution(
            &id,
            None,
            (timestamp_at(300), &FrameOutcome::TimedOut(Failure::default())),
        )
        .await
        .expect("no fault");
    let page = store
        .list_executions(&parse_name("m"), ExecutionFilter::default(), 9, None)
        .await
        .expect("no fault");
    let [newest, running] = &page.executions[..] else { panic!("{page:?}") };
    assert_eq!(
        (newest.started_at, newest.stopped_at),
        (timestamp_at(101), Some(timestamp_at(300)))
    );
    assert_eq!((&newest.id, newest.status), (&id, ExecutionStatus::TimedOut));
    assert_eq!((running.started_at, running.stopped_at), (timestamp_at(100), None));
    assert_eq!(running.status, ExecutionStatus::Running);
    let nobody = store
        .list_executions(&parse_name("nobody"), ExecutionFilter::default(), 1, None)
        .await
        .expect("no fault");
    assert_eq!((nobody.executions.len(), nobody.next), (0, None));
}

/// Executions with the same start time have an order, too.
pub(crate) async fn a_list_loses_none_of_one_moment(store: &impl ContractStore) {
    for number in 0..30 {
        start_execution(store, "m", &format!("e{number}"), 100).await;
    }
    for limit in [1, 7] {
        let mut names = list_execution_names(store, None, limit).await;
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 30);
    }
}

pub(crate) async fn a_foreign_page_token_is_a_fault(store: &impl ContractStore) {
    start_execution(store, "m", "e", 100).await;
    for token in ["", "no token", "9", "x.y", ".", "1.2.3.4"] {
        let page = store
            .list_executions(&parse_name("m"), ExecutionFilter::default(), 1, Some(token))
            .await;
        assert!(page.is_err(), "'{token}': {page:?}");
    }
}

pub(crate) async fn a_list_has_what_was_started_with_a_version_or_an_alias(
    store: &impl ContractStore,
) {
    let (one, two) = (VersionNumber::FIRST, VersionNumber::FIRST.next_number());
    let alias = AliasName::parse("live").expect("a name");
    let started =
        |number, alias: Option<&AliasName>| Some(StartedVersion { number, alias: alias.cloned() });
    let starts = [
        ("a", None),
        ("b", started(one, None)),
        ("c", started(one, Some(&alias))),
        ("d", started(two, Some(&alias))),
    ];
    for (at, (execution, version)) in (1..).zip(starts) {
        let mut own = new_execution(at);
        Arc::make_mut(&mut own.facts).version = version;
        let mut first = record_at(at);
        first.facts = Arc::clone(&own.facts);
        store.create_execution(&execution_id("m", execution), own, first).await.expect("no fault");
    }
    let list = async |started_as: Option<ArnQualifier>, limit: u32| {
        let (mut names, mut after) = (String::new(), None);
        loop {
            let filter = ExecutionFilter { status: None, started_as: started_as.clone() };
            let page = store
                .list_executions(&parse_name("m"), filter, limit, after.as_deref())
                .await
                .expect("no fault");
            for listed in page.executions {
                let loaded = store.load_execution(&listed.id).await.expect("no fault");
                assert_eq!(loaded.expect("it is there").facts.version, listed.version);
                names.push_str(listed.id.execution_name());
            }
            after = page.next;
            if after.is_none() {
                return names;
            }
        }
    };
    for limit in [1, 9] {
        assert_eq!(list(None, limit).await, "dcba");
        assert_eq!(list(Some(ArnQualifier::Version(one)), limit).await, "cb");
        assert_eq!(list(Some(ArnQualifier::Alias(alias.clone())), limit).await, "dc");
        assert_eq!(list(Some(ArnQualifier::Version(two.next_number())), limit).await, "");
    }
}

/// The names of all pages of a list.
async fn list_execution_names(
    store: &impl ExecutionStore,
    status: Option<ExecutionStatus>,
    limit: u32,
) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .list_executions(
                &parse_name("m"),
                ExecutionFilter { status, ..ExecutionFilter::default() },
                limit,
                after.as_deref(),
            )
            .await
            .expect("no fault");
        assert!(page.executions.len() <= limit as usize);
        assert!(page.next.is_none() || !page.executions.is_empty());
        names.extend(page.executions.iter().map(|listed| listed.id.execution_name().to_owned()));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}
