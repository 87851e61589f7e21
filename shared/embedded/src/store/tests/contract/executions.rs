//! Starts, ends and lists.

use model::{Execution, ExecutionId, Failure, FramePath, Outcome, Status};
use orchestrator::ports::{Created, Executions, Log};

use crate::store::tests::fixtures::{
    append, at, execution, execution_id, key, last_record, name, payload, record, start,
};

pub(in crate::store::tests) async fn a_name_is_started_once(store: &impl Executions) {
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
}

pub(in crate::store::tests) async fn an_execution_ends_once(store: &(impl Executions + Log)) {
    let id = start(store, "m", "e", 10).await;
    let outcome = Outcome::Succeeded(payload("[1, 2]"));
    let last = last_record(20, outcome.clone());
    assert!(append(store, &key(&id, &FramePath::ROOT, 1), last).await);
    store.finish(&id, None, (at(20), &outcome)).await.expect("no fault");
    store
        .finish(&id, None, (at(30), &Outcome::Failed(Failure::named("E"))))
        .await
        .expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((at(20), outcome)));
    assert_eq!(ended.status(), Status::Succeeded);

    let id = start(store, "m", "without a last record".replace(' ', "-").as_str(), 10).await;
    let outcome = Outcome::Failed(Failure::new("E", "cause"));
    store.finish(&id, None, (at(40), &outcome)).await.expect("no fault");
    let ended = store.execution(&id).await.expect("no fault").expect("it is there");
    assert_eq!(ended.end, Some((at(40), outcome)));
}

pub(in crate::store::tests) async fn a_list_is_newest_first(store: &(impl Executions + Log)) {
    for number in 0..9 {
        start(store, "m", &format!("e{number}"), 100 + number).await;
    }
    start(store, "another", "e", 500).await;
    let outcome = Outcome::Succeeded(payload("1"));
    for (number, ended_at) in [(3, 200), (1, 300), (7, 107)] {
        let id = execution_id("m", &format!("e{number}"));
        store.finish(&id, None, (at(ended_at), &outcome)).await.expect("no fault");
    }
    let all = listed(store, None, 2).await;
    assert_eq!(all, ["e1", "e3", "e8", "e7", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(listed(store, None, 100).await, all);
    let running = listed(store, Some(Status::Running), 4).await;
    assert_eq!(running, ["e8", "e6", "e5", "e4", "e2", "e0"]);
    assert_eq!(listed(store, Some(Status::Succeeded), 1).await, ["e1", "e3", "e7"]);
    assert_eq!(listed(store, Some(Status::Aborted), 1).await, [""; 0]);

    let page = store.list(&name("m"), None, 1, None).await.expect("no fault");
    let newest = &page.executions[0];
    assert_eq!((newest.started_at, newest.stopped_at), (at(101), Some(at(300))));
    assert_eq!(newest.status, Status::Succeeded);
    assert!(store.list(&name("m"), None, 1, Some("no token")).await.is_err());
    let nobody = store.list(&name("nobody"), None, 1, None).await.expect("no fault");
    assert_eq!((nobody.executions.len(), nobody.next), (0, None));
}

/// The names of a whole list, read in pages.
async fn listed(store: &impl Executions, status: Option<Status>, limit: u32) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(&name("m"), status, limit, after.as_deref()).await.expect("no fault");
        assert!(page.executions.len() <= limit as usize);
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
