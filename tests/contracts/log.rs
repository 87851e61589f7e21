//! Records and their leases.

use model::{
    DeploymentLimits, ExecutionId, FramePath, RecordNumber, Timestamp, limits::LEASE_MILLISECONDS,
};
use orchestrator::ports::AppendOutcome;
use tokio::task::JoinSet;

use crate::{
    data::{
        append, child_path, claim_record, execution_id, fork_shape, parse_payload, record_at,
        record_key, record_with_input, root_key, start_execution, submitted_record,
        succeeded_child, timestamp_at,
    },
    random::ContractRandom,
    stores::ContractStore,
};

pub(crate) async fn an_append_wins_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let second = root_key(&id, 1);
    assert!(store.load_record(&second).await.expect("no fault").is_none());
    assert!(append(store, &second, record_at(20)).await);
    assert!(!append(store, &second, record_at(30)).await);
    let loaded = store.load_record(&second).await.expect("no fault").expect("it is there");
    assert_eq!(*loaded, record_at(20));
    let first = store.load_record(&root_key(&id, 0)).await.expect("no fault");
    assert_eq!(first.as_deref(), Some(&record_at(10)), "the start has written record 0");
    assert!(!append(store, &root_key(&id, 0), record_at(40)).await);
}

pub(crate) async fn an_append_returns_what_is_loaded(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let AppendOutcome::Done(done) =
        store.append_record(&root_key(&id, 1), record_at(20)).await.expect("no fault")
    else {
        panic!("nobody else appends")
    };
    assert_eq!(store.load_record(&root_key(&id, 1)).await.expect("no fault"), Some(done));
}

pub(crate) async fn of_many_appends_of_one_key_one_wins(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let wanted = root_key(&id, 1);
    let mut appends = JoinSet::new();
    for number in 0..64 {
        let (store, wanted) = (store.clone(), wanted.clone());
        appends.spawn(async move { store.append_record(&wanted, record_at(number)).await });
    }
    let mut won = Vec::new();
    for appended in appends.join_all().await {
        match appended.expect("no fault") {
            AppendOutcome::Done(record) => won.push(record),
            AppendOutcome::Lost => {}
        }
    }
    let loaded = store.load_record(&wanted).await.expect("no fault").expect("it is there");
    assert_eq!(won, [loaded]);
}

pub(crate) async fn appends_of_many_keys_all_win(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let mut appends = JoinSet::new();
    for index in 0..64 {
        let (store, first) = (store.clone(), record_key(&id, &child_path(0, index), 0));
        appends.spawn(async move { append(&store, &first, record_at(index.into())).await });
    }
    assert!(appends.join_all().await.into_iter().all(|appended| appended));
    for index in 0..64 {
        let loaded =
            store.load_record(&record_key(&id, &child_path(0, index), 0)).await.expect("no fault");
        assert_eq!(loaded.as_deref(), Some(&record_at(index.into())));
    }
}

pub(crate) async fn records_are_loaded_in_the_order_asked(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let (first, second) =
        (record_key(&id, &child_path(0, 1), 0), record_key(&id, &child_path(0, 0), 0));
    let missing = record_key(&id, &child_path(0, 2), 0);
    let elsewhere = root_key(&execution_id("m", "other"), 0);
    assert!(append(store, &second, record_at(20)).await);
    assert!(append(store, &first, record_at(30)).await);
    let keys = [first.clone(), missing, second, elsewhere, root_key(&id, 0), first];
    let loaded = store.load_records(&keys).await.expect("no fault");
    let times: Vec<_> = loaded.iter().map(|record| record.written_at.as_milliseconds()).collect();
    assert_eq!(times, [30, 20, 10, 30]);
    assert!(store.load_records(&[]).await.expect("no fault").is_empty());
}

/// More than a store takes in one request.
pub(crate) async fn hundreds_of_records_are_loaded_at_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    let keys: Vec<_> =
        (0..230).rev().map(|index| record_key(&id, &child_path(0, index), 0)).collect();
    for (index, key) in keys.iter().enumerate() {
        let written_at = i64::try_from(index).expect("they are few");
        assert!(append(store, key, record_at(written_at)).await);
    }
    let loaded = store.load_records(&keys).await.expect("no fault");
    let times = loaded.iter().map(|record| record.written_at.as_milliseconds());
    assert!(times.eq(0..230));
}

pub(crate) async fn the_head_is_the_newest_record(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    for number in 1..=102 {
        let next = root_key(&id, number);
        assert!(append(store, &next, record_at(number.cast_signed())).await);
        let head =
            store.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
        assert_eq!(
            (head.number, head.record.written_at),
            (RecordNumber::new(number), timestamp_at(number.cast_signed()))
        );
    }
    assert!(store.load_head(&id, &child_path(3, 0)).await.expect("no fault").is_none());
    let unknown = execution_id("m", "unknown");
    assert!(store.load_head(&unknown, &FramePath::ROOT).await.expect("no fault").is_none());
}

/// Frame paths that share a prefix, with fan-ins at the same records.
pub(crate) async fn a_head_is_of_its_own_frame(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let grandchild = child_path(1, 1).child_path(RecordNumber::new(1), model::ChildIndex::new(0));
    let frames =
        [FramePath::ROOT, child_path(1, 1), child_path(1, 10), child_path(11, 1), grandchild];
    for (at, frame) in frames.iter().enumerate() {
        let first = u64::from(*frame == FramePath::ROOT);
        let last = 8 + u64::try_from(at).expect("they are few");
        for number in first..=last {
            assert!(
                append(store, &record_key(&id, frame, number), record_at(number.cast_signed()))
                    .await
            );
        }
        let shape = fork_shape(2, 1);
        store.open_gate(&record_key(&id, frame, last), &shape).await.expect("no fault");
        store.open_slots(&record_key(&id, frame, last), &shape, 0).await.expect("no fault");
        store.close_gate(&record_key(&id, frame, last + 1), &shape).await.expect("no fault");
    }
    for (at, frame) in frames.iter().enumerate() {
        let head = store.load_head(&id, frame).await.expect("no fault").expect("it has one");
        assert_eq!(head.number.as_u64(), 8 + u64::try_from(at).expect("they are few"), "'{frame}'");
    }
}

pub(crate) async fn a_lease_is_the_later_of_append_and_renewal(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 9).await;
    assert!(append(store, &root_key(&id, 1), claim_record(10)).await);
    let renew = async |number, until| {
        store.renew_lease(&root_key(&id, number), timestamp_at(until)).await.expect("no fault");
    };
    assert_eq!(head_lease(store, &id).await, timestamp_at(10 + LEASE_MILLISECONDS));
    renew(1, 500).await;
    assert_eq!(head_lease(store, &id).await, timestamp_at(10 + LEASE_MILLISECONDS));
    renew(1, 900_000).await;
    renew(1, 900_000).await;
    renew(1, 800_000).await;
    assert_eq!(head_lease(store, &id).await, timestamp_at(900_000));
    assert!(append(store, &root_key(&id, 2), claim_record(20)).await);
    assert_eq!(
        head_lease(store, &id).await,
        timestamp_at(20 + LEASE_MILLISECONDS),
        "the next has its own"
    );
    renew(1, 950_000).await;
    assert_eq!(head_lease(store, &id).await, timestamp_at(20 + LEASE_MILLISECONDS));
    renew(2, 960_000).await;
    assert_eq!(head_lease(store, &id).await, timestamp_at(960_000));
    let renewed = store.load_record(&root_key(&id, 2)).await.expect("no fault");
    assert_eq!(renewed.as_deref(), Some(&claim_record(20)), "only the lease has changed");
}

/// A frame that nobody works on has no lease. A submitted task has one only if it has a heartbeat.
pub(crate) async fn a_lease_is_as_long_as_the_record_says(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 9).await;
    assert_eq!(head_lease(store, &id).await, timestamp_at(9), "nobody works on it");
    assert!(append(store, &root_key(&id, 1), submitted_record(10, Some(3))).await);
    assert_eq!(head_lease(store, &id).await, timestamp_at(3_010));
    store.renew_lease(&root_key(&id, 1), timestamp_at(5_000)).await.expect("no fault");
    assert_eq!(head_lease(store, &id).await, timestamp_at(5_000));
    assert!(append(store, &root_key(&id, 2), submitted_record(20, None)).await);
    assert_eq!(head_lease(store, &id).await, timestamp_at(20));
    assert!(append(store, &root_key(&id, 3), record_at(30)).await);
    assert_eq!(head_lease(store, &id).await, timestamp_at(30));
}

async fn head_lease(store: &impl ContractStore, id: &ExecutionId) -> Timestamp {
    let head = store.load_head(id, &FramePath::ROOT).await.expect("no fault");
    head.expect("it has one").lease
}

pub(crate) async fn a_renewal_makes_no_record(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 10).await;
    store.renew_lease(&root_key(&id, 1), timestamp_at(900_000)).await.expect("no fault");
    store
        .renew_lease(&root_key(&execution_id("m", "unknown"), 0), timestamp_at(900_000))
        .await
        .expect("no fault");
    assert!(store.load_record(&root_key(&id, 1)).await.expect("no fault").is_none());
    let head = store.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
    assert_eq!(head.number, RecordNumber::FIRST);
    assert!(append(store, &root_key(&id, 1), claim_record(20)).await);
    assert_eq!(
        head_lease(store, &id).await,
        timestamp_at(20 + LEASE_MILLISECONDS),
        "it was none's to renew"
    );
}

pub(crate) async fn the_largest_payload_is_kept(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let quoted = format!(
        "\"{}\"",
        ContractRandom::new(1).random_text(DeploymentLimits::OPEN.payload_bytes - 2)
    );
    let large = record_with_input(2, parse_payload(&quoted));
    assert!(append(store, &root_key(&id, 1), large.clone()).await);
    assert!(!append(store, &root_key(&id, 1), record_at(3)).await);
    let loaded = store.load_record(&root_key(&id, 1)).await.expect("no fault");
    assert!(loaded.as_deref() == Some(&large), "another record came back");
    let head = store.load_head(&id, &FramePath::ROOT).await.expect("no fault").expect("it has one");
    assert!(*head.record == large, "another record is the head");
}

/// White space, the order of keys, numbers and escapes stay as their author wrote them.
pub(crate) async fn a_payload_is_kept_to_the_letter(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let texts = [
        "{\"b\": 1.0,\n\t\"a\":  [null, -0, 1e300, 12345678901234567890123]}",
        r#""\u0000 \ud83d\ude00 \/ é 😀""#,
        "{\"a\":1,\"a\":2}",
        "\"\"",
        "  null  ",
    ];
    for (number, text) in (1..).zip(texts) {
        let kept = record_with_input(2, parse_payload(text));
        assert!(append(store, &root_key(&id, number), kept).await);
        let loaded = store
            .load_record(&root_key(&id, number))
            .await
            .expect("no fault")
            .expect("it is there");
        let data = loaded.frame.held_payload().expect("it has data");
        assert_eq!(data.json_text(), text.trim());
    }
}

/// Whatever a store does with a payload that many records of an execution have.
pub(crate) async fn a_payload_that_an_earlier_record_holds_is_read_back(
    store: &impl ContractStore,
) {
    let id = start_execution(store, "m", "e", 1).await;
    let large = parse_payload(&format!("\"{}\"", ContractRandom::new(5).random_text(20_000)));
    let child = child_path(1, 0);
    let keys = [
        root_key(&id, 1),
        root_key(&id, 2),
        record_key(&id, &child, 0),
        record_key(&id, &child, 1),
    ];
    for key in &keys {
        assert!(append(store, key, record_with_input(2, large.clone())).await);
    }
    let expected = record_with_input(2, large);
    for key in &keys {
        let loaded = store.load_record(key).await.expect("no fault");
        assert!(loaded.as_deref() == Some(&expected), "another record came back");
    }
    let loaded = store.load_records(&keys).await.expect("no fault");
    assert!(loaded.iter().all(|record| **record == expected) && loaded.len() == keys.len());
    let head = store.load_head(&id, &child).await.expect("no fault").expect("it has one");
    assert!(*head.record == expected, "another record is the head");
    let all = store.load_all_records(&id).await.expect("no fault");
    assert_eq!(all.iter().filter(|(_, _, record)| **record == expected).count(), keys.len());
}

/// A record and a gate with the same key are different items.
pub(crate) async fn a_record_and_a_gate_share_a_key(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let fork = root_key(&id, 1);
    store.open_gate(&fork, &fork_shape(3, 3)).await.expect("no fault");
    assert!(store.load_record(&fork).await.expect("no fault").is_none());
    assert!(append(store, &fork, record_at(2)).await);
    let ends = [(model::ChildIndex::new(1), succeeded_child())];
    store.add_child_ends(&fork, 0, &ends, 0).await.expect("no fault");
    assert_eq!(store.load_record(&fork).await.expect("no fault").as_deref(), Some(&record_at(2)));
    assert!(store.load_gate(&fork).await.expect("no fault").is_some());
}
