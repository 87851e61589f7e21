//! Counts of deaths.

use model::{ActivityPollId, FramePath, MessageIdentity, TaskAnswerId, TaskSecret, WrittenBy};
use orchestrator::ports::DeathCount;

use crate::{
    data::{child_path, execution_id, start_execution, timestamp_at},
    stores::ContractStore,
};

fn identity(frame: FramePath, kind: WrittenBy) -> MessageIdentity {
    MessageIdentity { execution: execution_id("m", "e"), frame, kind }
}

const fn count(deaths: u32, last_at: i64) -> DeathCount {
    DeathCount { deaths, last_at: timestamp_at(last_at) }
}

pub(crate) async fn a_count_of_deaths_is_kept_until_it_is_removed(store: &impl ContractStore) {
    start_execution(store, "m", "e", 1).await;
    let message = identity(FramePath::ROOT, WrittenBy::StopExecution);
    assert_eq!(store.load_deaths(&message).await.expect("no fault"), None);
    store.clear_deaths(&message).await.expect("no fault");
    for expected in [count(1, 10), count(2, 20), count(2, 20)] {
        store.put_deaths(&message, expected).await.expect("no fault");
        assert_eq!(store.load_deaths(&message).await.expect("no fault"), Some(expected));
    }
    for _ in 0..2 {
        store.clear_deaths(&message).await.expect("no fault");
        assert_eq!(store.load_deaths(&message).await.expect("no fault"), None);
    }
}

pub(crate) async fn each_message_has_a_count_of_its_own(store: &impl ContractStore) {
    start_execution(store, "m", "e", 1).await;
    let kinds = [
        WrittenBy::StartFrame,
        WrittenBy::AdvanceFrame(model::RecordNumber::new(1)),
        WrittenBy::AdvanceFrame(model::RecordNumber::new(11)),
        WrittenBy::StopExecution,
        WrittenBy::TimeOutExecution,
        WrittenBy::FailExecution,
        WrittenBy::CompleteTask(TaskSecret::from_bits(1), None),
        WrittenBy::CompleteTask(TaskSecret::from_bits(2), None),
        WrittenBy::CompleteTask(TaskSecret::from_bits(2), Some(TaskAnswerId::from_bits(1))),
        WrittenBy::CompleteTask(TaskSecret::from_bits(2), Some(TaskAnswerId::from_bits(2))),
        WrittenBy::StartActivityTask(TaskSecret::from_bits(2), ActivityPollId::from_bits(1)),
        WrittenBy::StartActivityTask(TaskSecret::from_bits(2), ActivityPollId::from_bits(2)),
        WrittenBy::RedriveExecution,
    ];
    let frames = [FramePath::ROOT, child_path(1, 1)];
    let messages: Vec<MessageIdentity> =
        frames.iter().flat_map(|frame| kinds.map(|kind| identity(frame.clone(), kind))).collect();
    for (message, at) in messages.iter().zip(1..) {
        store.put_deaths(message, count(1, at)).await.expect("no fault");
    }
    for (message, at) in messages.iter().zip(1..) {
        let counted = store.load_deaths(message).await.expect("no fault");
        assert_eq!(counted, Some(count(1, at)), "{message}");
    }
}

pub(crate) async fn an_execution_has_counts_of_its_own(store: &impl ContractStore) {
    for execution in ["e", "f"] {
        start_execution(store, "m", execution, 1).await;
    }
    let of = |execution| MessageIdentity {
        execution: execution_id("m", execution),
        ..identity(FramePath::ROOT, WrittenBy::StopExecution)
    };
    store.put_deaths(&of("e"), count(3, 1)).await.expect("no fault");
    assert_eq!(store.load_deaths(&of("f")).await.expect("no fault"), None);
}
