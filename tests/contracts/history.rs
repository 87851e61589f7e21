//! All logs of an execution.

use model::{FramePath, Limits};

use crate::{
    data::{append, child, execution_id, key, payload, record, record_of, root, start},
    random::Random,
    stores::Store,
};

pub(crate) async fn history_is_every_log(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    start(store, "m", "e2", 8).await;
    start(store, "mm", "e", 9).await;
    for (frame, number, written_at) in
        [(FramePath::ROOT, 1, 2), (child(1, 0), 0, 3), (child(1, 10), 0, 4), (child(1, 0), 1, 5)]
    {
        assert!(append(store, &key(&id, &frame, number), record(written_at)).await);
    }
    store.open(&root(&id, 1), 2, 2).await.expect("no fault");
    store.close(&key(&id, &child(1, 0), 1)).await.expect("no fault");
    let mut records = store.records(&id).await.expect("no fault");
    records.sort_by_key(|(_, _, record)| record.at);
    let seen: Vec<_> = records
        .into_iter()
        .map(|(frame, number, record)| (frame.to_string(), number.get(), record.at.milliseconds()))
        .collect();
    let of = |frame: &str, number, at| (frame.to_owned(), number, at);
    let root_log = [of("", 0, 1), of("", 1, 2)];
    assert_eq!(seen[..2], root_log);
    assert_eq!(seen[2..], [of("1:0", 0, 3), of("1:10", 0, 4), of("1:0", 1, 5)]);
}

pub(crate) async fn an_unknown_execution_has_no_history(store: &impl Store) {
    start(store, "m", "e", 1).await;
    for id in [execution_id("m", "unknown"), execution_id("unknown", "e")] {
        assert!(store.records(&id).await.expect("no fault").is_empty());
    }
}

/// More than any one answer of a store holds.
pub(crate) async fn a_long_history_is_whole(store: &impl Store) {
    let id = start(store, "m", "e", 0).await;
    let mut random = Random::new(2);
    for number in 1..=8 {
        let large = payload(&format!("\"{}\"", random.text(Limits::OPEN.payload_bytes - 2)));
        assert!(append(store, &root(&id, number), record_of(number.cast_signed(), large)).await);
    }
    let records = store.records(&id).await.expect("no fault");
    let mut numbers: Vec<_> = records.iter().map(|(_, number, _)| number.get()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..=8));
}
