//! Records and their leases.

use model::{ExecutionId, FramePath, Limits, RecordNumber, Timestamp, limits::LEASE_MILLISECONDS};
use orchestrator::ports::Append;
use tokio::task::JoinSet;

use crate::{
    data::{
        append, at, child, claim, execution_id, key, payload, record, record_of, root, start,
        submitted, succeeded,
    },
    random::Random,
    stores::Store,
};

pub(crate) async fn an_append_wins_once(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let second = root(&id, 1);
    assert!(store.load(&second).await.expect("no fault").is_none());
    assert!(append(store, &second, record(20)).await);
    assert!(!append(store, &second, record(30)).await);
    let loaded = store.load(&second).await.expect("no fault").expect("it is there");
    assert_eq!(*loaded, record(20));
    let first = store.load(&root(&id, 0)).await.expect("no fault");
    assert_eq!(first.as_deref(), Some(&record(10)), "the start has written record 0");
    assert!(!append(store, &root(&id, 0), record(40)).await);
}

pub(crate) async fn an_append_returns_what_is_loaded(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let Append::Done(done) = store.append(&root(&id, 1), record(20)).await.expect("no fault")
    else {
        panic!("nobody else appends")
    };
    assert_eq!(store.load(&root(&id, 1)).await.expect("no fault"), Some(done));
}

pub(crate) async fn of_many_appends_of_one_key_one_wins(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let wanted = root(&id, 1);
    let mut appends = JoinSet::new();
    for number in 0..64 {
        let (store, wanted) = (store.clone(), wanted.clone());
        appends.spawn(async move { store.append(&wanted, record(number)).await });
    }
    let mut won = Vec::new();
    for appended in appends.join_all().await {
        match appended.expect("no fault") {
            Append::Done(record) => won.push(record),
            Append::Lost => {}
        }
    }
    let loaded = store.load(&wanted).await.expect("no fault").expect("it is there");
    assert_eq!(won, [loaded]);
}

pub(crate) async fn appends_of_many_keys_all_win(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let mut appends = JoinSet::new();
    for index in 0..64 {
        let (store, first) = (store.clone(), key(&id, &child(0, index), 0));
        appends.spawn(async move { append(&store, &first, record(index.into())).await });
    }
    assert!(appends.join_all().await.into_iter().all(|appended| appended));
    for index in 0..64 {
        let loaded = store.load(&key(&id, &child(0, index), 0)).await.expect("no fault");
        assert_eq!(loaded.as_deref(), Some(&record(index.into())));
    }
}

pub(crate) async fn records_are_loaded_in_the_order_asked(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let (first, second) = (key(&id, &child(0, 1), 0), key(&id, &child(0, 0), 0));
    let missing = key(&id, &child(0, 2), 0);
    let elsewhere = root(&execution_id("m", "other"), 0);
    assert!(append(store, &second, record(20)).await);
    assert!(append(store, &first, record(30)).await);
    let keys = [first.clone(), missing, second, elsewhere, root(&id, 0), first];
    let loaded = store.load_all(&keys).await.expect("no fault");
    let times: Vec<_> = loaded.iter().map(|record| record.at.milliseconds()).collect();
    assert_eq!(times, [30, 20, 10, 30]);
    assert!(store.load_all(&[]).await.expect("no fault").is_empty());
}

/// More than any one request of a store takes.
pub(crate) async fn hundreds_of_records_are_loaded_at_once(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    let keys: Vec<_> = (0..230).rev().map(|index| key(&id, &child(0, index), 0)).collect();
    for (index, key) in keys.iter().enumerate() {
        let written_at = i64::try_from(index).expect("they are few");
        assert!(append(store, key, record(written_at)).await);
    }
    let loaded = store.load_all(&keys).await.expect("no fault");
    let times = loaded.iter().map(|record| record.at.milliseconds());
    assert!(times.eq(0..230));
}

pub(crate) async fn the_head_is_the_newest_record(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    for number in 1..=102 {
        let next = root(&id, number);
        assert!(append(store, &next, record(number.cast_signed())).await);
        let head = store.head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
        assert_eq!(
            (head.number, head.record.at),
            (RecordNumber::new(number), at(number.cast_signed()))
        );
    }
    assert!(store.head(&id, &child(3, 0)).await.expect("no fault").is_none());
    let unknown = execution_id("m", "unknown");
    assert!(store.head(&unknown, &FramePath::ROOT).await.expect("no fault").is_none());
}

/// Frames whose paths begin alike, and the fans at their records.
pub(crate) async fn a_head_is_of_its_own_frame(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let grandchild = child(1, 1).child(RecordNumber::new(1), model::ChildIndex::new(0));
    let frames = [FramePath::ROOT, child(1, 1), child(1, 10), child(11, 1), grandchild];
    for (at, frame) in frames.iter().enumerate() {
        let first = u64::from(*frame == FramePath::ROOT);
        let last = 8 + u64::try_from(at).expect("they are few");
        for number in first..=last {
            assert!(append(store, &key(&id, frame, number), record(number.cast_signed())).await);
        }
        store.open(&key(&id, frame, last), 2, 2).await.expect("no fault");
        store.close(&key(&id, frame, last + 1)).await.expect("no fault");
    }
    for (at, frame) in frames.iter().enumerate() {
        let head = store.head(&id, frame).await.expect("no fault").expect("it has one");
        assert_eq!(head.number.get(), 8 + u64::try_from(at).expect("they are few"), "'{frame}'");
    }
}

pub(crate) async fn a_lease_is_the_later_of_append_and_renewal(store: &impl Store) {
    let id = start(store, "m", "e", 9).await;
    assert!(append(store, &root(&id, 1), claim(10)).await);
    let renew = async |number, until| {
        store.renew(&root(&id, number), at(until)).await.expect("no fault");
    };
    assert_eq!(lease(store, &id).await, at(10 + LEASE_MILLISECONDS));
    renew(1, 500).await;
    assert_eq!(lease(store, &id).await, at(10 + LEASE_MILLISECONDS));
    renew(1, 900_000).await;
    renew(1, 900_000).await;
    renew(1, 800_000).await;
    assert_eq!(lease(store, &id).await, at(900_000));
    assert!(append(store, &root(&id, 2), claim(20)).await);
    assert_eq!(lease(store, &id).await, at(20 + LEASE_MILLISECONDS), "the next has its own");
    renew(1, 950_000).await;
    assert_eq!(lease(store, &id).await, at(20 + LEASE_MILLISECONDS));
    renew(2, 960_000).await;
    assert_eq!(lease(store, &id).await, at(960_000));
    let renewed = store.load(&root(&id, 2)).await.expect("no fault");
    assert_eq!(renewed.as_deref(), Some(&claim(20)), "only the lease has changed");
}

/// Who works on it need not give a sign of life, has to within its heartbeat, or nobody does.
pub(crate) async fn a_lease_is_as_long_as_the_record_says(store: &impl Store) {
    let id = start(store, "m", "e", 9).await;
    assert_eq!(lease(store, &id).await, at(9), "nobody works on it");
    assert!(append(store, &root(&id, 1), submitted(10, Some(3))).await);
    assert_eq!(lease(store, &id).await, at(3_010));
    store.renew(&root(&id, 1), at(5_000)).await.expect("no fault");
    assert_eq!(lease(store, &id).await, at(5_000));
    assert!(append(store, &root(&id, 2), submitted(20, None)).await);
    assert_eq!(lease(store, &id).await, at(20));
    assert!(append(store, &root(&id, 3), record(30)).await);
    assert_eq!(lease(store, &id).await, at(30));
}

async fn lease(store: &impl Store, id: &ExecutionId) -> Timestamp {
    let head = store.head(id, &FramePath::ROOT).await.expect("no fault");
    head.expect("it has one").lease
}

pub(crate) async fn a_renewal_makes_no_record(store: &impl Store) {
    let id = start(store, "m", "e", 10).await;
    store.renew(&root(&id, 1), at(900_000)).await.expect("no fault");
    store.renew(&root(&execution_id("m", "unknown"), 0), at(900_000)).await.expect("no fault");
    assert!(store.load(&root(&id, 1)).await.expect("no fault").is_none());
    let head = store.head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
    assert_eq!(head.number, RecordNumber::FIRST);
    assert!(append(store, &root(&id, 1), claim(20)).await);
    assert_eq!(lease(store, &id).await, at(20 + LEASE_MILLISECONDS), "it was none's to renew");
}

pub(crate) async fn the_largest_payload_is_kept(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let quoted = format!("\"{}\"", Random::new(1).text(Limits::OPEN.payload_bytes - 2));
    let large = record_of(2, payload(&quoted));
    assert!(append(store, &root(&id, 1), large.clone()).await);
    assert!(!append(store, &root(&id, 1), record(3)).await);
    let loaded = store.load(&root(&id, 1)).await.expect("no fault");
    assert!(loaded.as_deref() == Some(&large), "another record came back");
    let head = store.head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
    assert!(*head.record == large, "another record is the head");
}

/// White space, the order of keys, numbers and escapes are as their author wrote them.
pub(crate) async fn a_payload_is_kept_to_the_letter(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let texts = [
        "{\"b\": 1.0,\n\t\"a\":  [null, -0, 1e300, 12345678901234567890123]}",
        r#""\u0000 \ud83d\ude00 \/ é 😀""#,
        "{\"a\":1,\"a\":2}",
        "\"\"",
        "  null  ",
    ];
    for (number, text) in (1..).zip(texts) {
        let kept = record_of(2, payload(text));
        assert!(append(store, &root(&id, number), kept).await);
        let loaded = store.load(&root(&id, number)).await.expect("no fault").expect("it is there");
        let data = loaded.frame.data().expect("it has data");
        assert_eq!(data.text(), text.trim());
    }
}

/// A record is no fan, though their keys are one.
pub(crate) async fn a_record_and_a_fan_share_a_key(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let fork = root(&id, 1);
    store.open(&fork, 3, 3).await.expect("no fault");
    assert!(store.load(&fork).await.expect("no fault").is_none());
    assert!(append(store, &fork, record(2)).await);
    store.end_child(&fork, model::ChildIndex::new(1), succeeded()).await.expect("no fault");
    assert_eq!(store.load(&fork).await.expect("no fault").as_deref(), Some(&record(2)));
    assert!(store.fan(&fork).await.expect("no fault").is_some());
}
