//! Records and their leases.

use model::{FramePath, RecordNumber, limits::LEASE_MILLISECONDS};
use orchestrator::ports::{Append, Executions, History, Log};

use crate::store::tests::fixtures::{append, at, child, claim, execution_id, key, record, start};

pub(in crate::store::tests) async fn an_append_wins_once(store: &(impl Log + Executions)) {
    let id = start(store, "m", "e", 10).await;
    let second = key(&id, &FramePath::ROOT, 1);
    assert!(store.load(&second).await.expect("no fault").is_none());
    assert!(append(store, &second, record(20)).await);
    assert!(!append(store, &second, record(30)).await);
    let loaded = store.load(&second).await.expect("no fault").expect("it is there");
    assert_eq!(*loaded, record(20));
    let first = store.load(&key(&id, &FramePath::ROOT, 0)).await.expect("no fault");
    assert_eq!(first.as_deref(), Some(&record(10)), "the start has written record 0");
}

pub(in crate::store::tests) async fn of_many_appends_of_one_key_one_wins<S>(store: &S)
where
    S: Log + Executions + Clone + Send + Sync + 'static,
{
    let id = start(store, "m", "e", 10).await;
    let wanted = key(&id, &FramePath::ROOT, 1);
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..64 {
        let (store, wanted) = (store.clone(), wanted.clone());
        appends.spawn(async move { store.append(&wanted, record(number)).await });
    }
    let mut won = Vec::new();
    while let Some(appended) = appends.join_next().await {
        match appended.expect("no panic").expect("no fault") {
            Append::Done(record) => won.push(record),
            Append::Lost => {}
        }
    }
    let loaded = store.load(&wanted).await.expect("no fault").expect("it is there");
    assert_eq!(won, [loaded]);
}

pub(in crate::store::tests) async fn records_are_loaded_in_the_order_asked(
    store: &(impl Log + Executions),
) {
    let id = start(store, "m", "e", 10).await;
    let (first, second) = (key(&id, &child(0, 1), 0), key(&id, &child(0, 0), 0));
    let missing = key(&id, &child(0, 2), 0);
    let elsewhere = key(&execution_id("m", "other"), &FramePath::ROOT, 0);
    assert!(append(store, &second, record(20)).await);
    assert!(append(store, &first, record(30)).await);
    let keys = [first, missing, second, elsewhere, key(&id, &FramePath::ROOT, 0)];
    let loaded = store.load_all(&keys).await.expect("no fault");
    let times: Vec<_> = loaded.iter().map(|record| record.at.milliseconds()).collect();
    assert_eq!(times, [30, 20, 10]);
}

pub(in crate::store::tests) async fn the_head_is_the_newest_record(
    store: &(impl Log + Executions),
) {
    let id = start(store, "m", "e", 10).await;
    for number in 1..=12 {
        let next = key(&id, &FramePath::ROOT, number);
        assert!(append(store, &next, record(number.cast_signed())).await);
    }
    let head = store.head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
    assert_eq!((head.number, &*head.record), (RecordNumber::new(12), &record(12)));
    assert!(store.head(&id, &child(3, 0)).await.expect("no fault").is_none());
    let unknown = execution_id("m", "unknown");
    assert!(store.head(&unknown, &FramePath::ROOT).await.expect("no fault").is_none());
}

pub(in crate::store::tests) async fn a_lease_is_the_later_of_both(store: &(impl Log + Executions)) {
    let id = start(store, "m", "e", 9).await;
    assert!(append(store, &key(&id, &FramePath::ROOT, 1), claim(10)).await);
    let lease = async || {
        let head = store.head(&id, &FramePath::ROOT).await.expect("no fault");
        head.expect("it has one").lease
    };
    let renew = async |number, until| {
        let claim = key(&id, &FramePath::ROOT, number);
        store.renew(&claim, at(until)).await.expect("no fault");
    };
    assert_eq!(lease().await, at(10 + LEASE_MILLISECONDS));
    renew(1, 500).await;
    assert_eq!(lease().await, at(10 + LEASE_MILLISECONDS));
    renew(1, 900_000).await;
    renew(1, 800_000).await;
    assert_eq!(lease().await, at(900_000));
    assert!(append(store, &key(&id, &FramePath::ROOT, 2), claim(20)).await);
    assert_eq!(lease().await, at(20 + LEASE_MILLISECONDS), "the next record has its own");
    renew(1, 950_000).await;
    assert_eq!(lease().await, at(20 + LEASE_MILLISECONDS));
    renew(2, 960_000).await;
    assert_eq!(lease().await, at(960_000));
}

pub(in crate::store::tests) async fn history_is_every_log(
    store: &(impl Log + History + Executions),
) {
    let id = start(store, "m", "e", 1).await;
    start(store, "m", "other", 9).await;
    for (frame, number, written_at) in
        [(FramePath::ROOT, 1, 2), (child(1, 0), 0, 3), (child(1, 10), 0, 4), (child(1, 0), 1, 5)]
    {
        assert!(append(store, &key(&id, &frame, number), record(written_at)).await);
    }
    let mut records = store.records(&id).await.expect("no fault");
    records.sort_by_key(|(_, _, record)| record.at);
    let seen: Vec<_> = records
        .into_iter()
        .map(|(frame, number, record)| (frame.to_string(), number.get(), record.at.milliseconds()))
        .collect();
    let of = |frame: &str, number, at| (frame.to_owned(), number, at);
    let root = [of("", 0, 1), of("", 1, 2)];
    assert_eq!(seen[..2], root);
    assert_eq!(seen[2..], [of("1:0", 0, 3), of("1:10", 0, 4), of("1:0", 1, 5)]);
    let unknown = execution_id("m", "unknown");
    assert!(store.records(&unknown).await.expect("no fault").is_empty());
}
