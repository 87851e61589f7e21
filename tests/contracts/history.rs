//! Reads of all logs of an execution.

use model::{ChildIndex, DeploymentLimits, FramePath, RecordNumber, RecordOutline};
use orchestrator::ports::LogOrder;

use crate::{
    data::{
        append, child_path, execution_id, fork_shape, parse_payload, record_at, record_key,
        record_with_input, root_key, start_execution,
    },
    random::ContractRandom,
    stores::ContractStore,
};

pub(crate) async fn history_is_every_log(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    start_execution(store, "m", "e2", 8).await;
    start_execution(store, "mm", "e", 9).await;
    for (frame, number, written_at) in [
        (FramePath::ROOT, 1, 2),
        (child_path(1, 0), 0, 3),
        (child_path(1, 10), 0, 4),
        (child_path(1, 0), 1, 5),
    ] {
        assert!(append(store, &record_key(&id, &frame, number), record_at(written_at)).await);
    }
    store.open_gate(&root_key(&id, 1), &fork_shape(2, 1)).await.expect("no fault");
    store.open_slots(&root_key(&id, 1), &fork_shape(2, 1), 0).await.expect("no fault");
    store
        .close_gate(&record_key(&id, &child_path(1, 0), 1), &fork_shape(2, 2))
        .await
        .expect("no fault");
    let mut records = store.load_all_records(&id).await.expect("no fault");
    records.sort_by_key(|(_, _, record)| record.written_at);
    let seen: Vec<_> = records
        .into_iter()
        .map(|(frame, number, record)| {
            (frame.to_string(), number.as_u64(), record.written_at.as_milliseconds())
        })
        .collect();
    let of = |frame: &str, number, at| (frame.to_owned(), number, at);
    let root_log = [of("", 0, 1), of("", 1, 2)];
    assert_eq!(seen[..2], root_log);
    assert_eq!(seen[2..], [of("1:0", 0, 3), of("1:10", 0, 4), of("1:0", 1, 5)]);
}

pub(crate) async fn an_unknown_execution_has_no_history(store: &impl ContractStore) {
    start_execution(store, "m", "e", 1).await;
    for id in [execution_id("m", "unknown"), execution_id("unknown", "e")] {
        assert!(store.load_all_records(&id).await.expect("no fault").is_empty());
    }
}

/// More than a store returns in one response.
pub(crate) async fn a_long_history_is_whole(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 0).await;
    let mut random = ContractRandom::new(2);
    for number in 1..=8 {
        let large = parse_payload(&format!(
            "\"{}\"",
            random.random_text(DeploymentLimits::OPEN.payload_bytes - 2)
        ));
        assert!(
            append(store, &root_key(&id, number), record_with_input(number.cast_signed(), large))
                .await
        );
    }
    let records = store.load_all_records(&id).await.expect("no fault");
    let mut numbers: Vec<_> = records.iter().map(|(_, number, _)| number.as_u64()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..=8));
}

pub(crate) async fn a_page_of_a_log_begins_where_it_is_told_to(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 0).await;
    assert!(!store.has_child_frames(&id).await.expect("no fault"));
    let child = child_path(2, 0);
    for number in 1..=12 {
        assert!(append(store, &root_key(&id, number), record_at(number.cast_signed())).await);
    }
    let root = FramePath::ROOT;
    for (from, order, limit, expected) in [
        (None, LogOrder::OldestFirst, 3, vec![0, 1, 2]),
        (Some(9), LogOrder::OldestFirst, 3, vec![9, 10, 11]),
        (Some(10), LogOrder::OldestFirst, 9, vec![10, 11, 12]),
        (None, LogOrder::NewestFirst, 2, vec![12, 11]),
        (Some(10), LogOrder::NewestFirst, 2, vec![10, 9]),
        (Some(1), LogOrder::NewestFirst, 9, vec![1, 0]),
        (Some(13), LogOrder::OldestFirst, 9, vec![]),
    ] {
        let from = from.map(RecordNumber::new);
        let page = store.load_log_page(&id, &root, from, order, limit).await.expect("no fault");
        let numbers: Vec<u64> = page.iter().map(|(number, _)| number.as_u64()).collect();
        assert_eq!(numbers, expected, "from {from:?}, {order:?}, {limit}");
        for (number, record) in page {
            assert_eq!(record.written_at.as_milliseconds(), number.as_u64().cast_signed());
        }
    }
    assert!(append(store, &record_key(&id, &child, 0), record_at(20)).await);
    assert!(store.has_child_frames(&id).await.expect("no fault"));
    let of_child = store.load_log_page(&id, &child, None, LogOrder::NewestFirst, 5).await;
    assert_eq!(of_child.expect("no fault").len(), 1);
}

/// More records than a page of outlines has.
pub(crate) async fn outlines_come_log_after_log(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 0).await;
    start_execution(store, "m", "e2", 0).await;
    let grandchild = child_path(1, 1).child_path(RecordNumber::new(2), ChildIndex::new(0));
    let mut written: Vec<(FramePath, u64)> =
        (1..1_020).map(|number| (FramePath::ROOT, number)).collect();
    for frame in
        [child_path(1, 0), child_path(1, 1), child_path(1, 10), child_path(10, 0), grandchild]
    {
        written.extend((0..3).map(|number| (frame.clone(), number)));
    }
    for (frame, number) in &written {
        let record = record_at(number.cast_signed() + 1);
        assert!(append(store, &record_key(&id, frame, *number), record).await);
    }
    let mut shown: Vec<(FramePath, RecordNumber, RecordOutline)> = Vec::new();
    loop {
        let after = shown.last().map(|(frame, number, _)| (frame.clone(), *number));
        let page = store.load_outlines(&id, after.as_ref()).await.expect("no fault");
        if page.is_empty() {
            break;
        }
        shown.extend(page);
    }
    let mut all = store.load_all_records(&id).await.expect("no fault");
    all.sort_by_key(|(frame, number, _)| (frame.clone(), *number));
    let mut sorted = shown.clone();
    sorted.sort_by_key(|(frame, number, _)| (frame.clone(), *number));
    let outlined: Vec<_> =
        all.into_iter().map(|(frame, number, record)| (frame, number, record.outline())).collect();
    assert_eq!(sorted, outlined);

    let frames: Vec<&FramePath> =
        shown.chunk_by(|one, other| one.0 == other.0).map(|log| &log[0].0).collect();
    assert_eq!(frames.len(), 6, "the records of a frame come together");
    let mut open: Vec<&FramePath> = Vec::new();
    for frame in frames {
        while open.last().is_some_and(|above| !frame.is_within(above)) {
            open.pop();
        }
        assert_eq!(
            open.len(),
            frame.fork_depth(),
            "{frame} comes directly after its parent's tree"
        );
        open.push(frame);
    }
}
