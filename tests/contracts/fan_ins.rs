//! Fan-ins: the rules of [`FanIn`], durable and under concurrency.

use std::collections::BTreeMap;

use model::{ChildEnd, ChildIndex, FanIn, FramePath, RecordNumber};
use orchestrator::ports::FanInStore;
use tokio::task::JoinSet;

use crate::{
    data::{child_path, execution_id, record_key, root_key, start_execution, succeeded_child},
    random::ContractRandom,
    stores::ContractStore,
};

/// The number of children of the larger forks.
const CHILDREN: u32 = 40;

pub(crate) async fn a_fan_in_does_what_the_model_does(store: &impl ContractStore) {
    for seed in 0..20 {
        let execution = format!("e{seed}");
        start_execution(store, "m", &execution, 1).await;
        let mut model = FanInModel { execution, fan_ins: BTreeMap::new() };
        let mut random = ContractRandom::new(seed);
        for _ in 0..120 {
            model.apply_random_operation(store, &mut random).await;
        }
    }
}

/// Plain [`FanIn`] values, by fork, as the expected state of the store.
struct FanInModel {
    execution: String,
    fan_ins: BTreeMap<u32, FanIn>,
}

impl FanInModel {
    /// Applies one random operation to the store and to the model, and compares the results.
    async fn apply_random_operation(
        &mut self,
        store: &impl FanInStore,
        random: &mut ContractRandom,
    ) {
        let which = random.number_below(3);
        let id = execution_id("m", &self.execution);
        let fan_key = record_key(&id, &fork_path(which), 3);
        match random.number_below(12) {
            0 | 1 => {
                let (children, concurrency) = (random.number_below(20), random.number_below(5));
                let fan_in =
                    store.open_fan_in(&fan_key, children, concurrency).await.expect("no fault");
                let expected = self
                    .fan_ins
                    .entry(which)
                    .or_insert_with(|| FanIn::with_children(children, concurrency));
                assert_eq!(fan_in, *expected);
            }
            2 if random.number_below(8) == 0 => {
                store.close_fan_in(&fan_key).await.expect("no fault");
                self.fan_ins.entry(which).or_insert_with(|| FanIn::with_children(0, 0)).close();
            }
            2 => {
                let keys = [0, 1, 2].map(|which| record_key(&id, &fork_path(which), 3));
                let open = store.are_fan_ins_open(&keys).await.expect("no fault");
                assert_eq!(open, self.fan_ins.values().all(FanIn::is_open));
            }
            3 => {
                let fan_in = store.load_fan_in(&fan_key).await.expect("no fault");
                assert_eq!(fan_in.as_deref(), self.fan_ins.get(&which));
            }
            _ => {
                let index = ChildIndex::new(random.number_below(20));
                let record = RecordNumber::new(u64::from(random.number_below(1000)));
                let end = ChildEnd { record, failed: random.number_below(40) == 0 };
                let update = store.end_child(&fan_key, index, end).await.expect("no fault");
                let expected =
                    self.fan_ins.get_mut(&which).map(|fan_in| fan_in.end_child(index, end));
                assert_eq!(update, expected);
            }
        }
    }
}

fn fork_path(which: u32) -> FramePath {
    if which == 0 { FramePath::ROOT } else { child_path(1, which) }
}

pub(crate) async fn an_unopened_fan_in_is_open_until_it_is_closed(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let keys = [root_key(&id, 1), record_key(&id, &child_path(1, 0), 2)];
    assert!(store.are_fan_ins_open(&keys).await.expect("no fault"));
    let update = store.end_child(&keys[0], ChildIndex::new(0), succeeded_child()).await;
    assert_eq!(update.expect("no fault"), None);
    assert_eq!(store.load_fan_in(&keys[0]).await.expect("no fault"), None);
    store.close_fan_in(&keys[1]).await.expect("no fault");
    store.close_fan_in(&keys[1]).await.expect("no fault");
    assert!(!store.are_fan_ins_open(&keys).await.expect("no fault"));
    assert!(store.are_fan_ins_open(&keys[..1]).await.expect("no fault"));
    let fan_in = store.open_fan_in(&keys[1], 3, 3).await.expect("no fault");
    assert!(!fan_in.is_open());
    assert_eq!(fan_in.in_flight_children().count(), 0, "it has no children");
}

/// As many forks as there can be above a frame, each of them twice.
pub(crate) async fn a_frame_asks_all_forks_above_it_at_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let mut frame = FramePath::ROOT;
    let mut keys = Vec::new();
    for number in 0..32 {
        keys.push(record_key(&id, &frame, number));
        store.open_fan_in(&keys[keys.len() - 1], 2, 2).await.expect("no fault");
        frame = frame.child_path(RecordNumber::new(number), ChildIndex::new(1));
    }
    keys.extend(keys.clone());
    assert!(store.are_fan_ins_open(&keys).await.expect("no fault"));
    assert!(store.are_fan_ins_open(&[]).await.expect("no fault"));
    let failed = ChildEnd { failed: true, ..succeeded_child() };
    store.end_child(&keys[17], ChildIndex::new(0), failed).await.expect("no fault");
    assert!(!store.are_fan_ins_open(&keys).await.expect("no fault"));
}

pub(crate) async fn of_two_openings_the_first_counts(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let mut openings = JoinSet::new();
    for children in 1..=16 {
        let (store, fork) = (store.clone(), root_key(&id, 1));
        openings.spawn(async move { store.open_fan_in(&fork, children, children).await });
    }
    let opened = openings.join_all().await;
    let fan_in =
        store.load_fan_in(&root_key(&id, 1)).await.expect("no fault").expect("it was opened");
    assert!(opened.into_iter().all(|opened| opened.expect("no fault") == *fan_in));
}

pub(crate) async fn a_child_reported_by_many_is_first_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    store.open_fan_in(&root_key(&id, 1), CHILDREN, 2).await.expect("no fault");
    let mut ends = JoinSet::new();
    for _ in 0..32 {
        let (store, fork) = (store.clone(), root_key(&id, 1));
        ends.spawn(
            async move { store.end_child(&fork, ChildIndex::new(1), succeeded_child()).await },
        );
    }
    let updates: Vec<_> = ends
        .join_all()
        .await
        .into_iter()
        .map(|update| update.expect("no fault").expect("it was opened"))
        .collect();
    assert_eq!(updates.iter().filter(|update| update.first_report).count(), 1);
    assert!(updates.iter().all(|update| update.starts_child == Some(ChildIndex::new(2))));
}

/// Each end starts another child, and exactly one settles the fan-in.
pub(crate) async fn children_that_end_at_once_start_one_each(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    store.open_fan_in(&root_key(&id, 1), 2 * CHILDREN, CHILDREN).await.expect("no fault");
    let (first_half, settled) = end_children_at_once(store, 0..CHILDREN).await;
    assert!(first_half.into_iter().eq(CHILDREN..2 * CHILDREN));
    assert_eq!(settled, 0);
    let (second_half, settled) = end_children_at_once(store, CHILDREN..2 * CHILDREN).await;
    assert_eq!((second_half.len(), settled), (0, 1));
    let fan_in =
        store.load_fan_in(&root_key(&id, 1)).await.expect("no fault").expect("it was opened");
    assert!(fan_in.ended_children().map(|(child, _)| child.as_u32()).eq(0..2 * CHILDREN));
}

/// The children that were started, in order, and how many updates settled the fan-in.
async fn end_children_at_once(
    store: &impl ContractStore,
    children: std::ops::Range<u32>,
) -> (Vec<u32>, usize) {
    let mut ends = JoinSet::new();
    for child in children {
        let (store, fork) = (store.clone(), root_key(&execution_id("m", "e"), 1));
        let end = ChildEnd { record: RecordNumber::new(child.into()), failed: false };
        ends.spawn(async move { store.end_child(&fork, ChildIndex::new(child), end).await });
    }
    let (mut started, mut settled) = (Vec::new(), 0);
    for update in ends.join_all().await {
        let update = update.expect("no fault").expect("it was opened");
        assert!(update.first_report);
        started.extend(update.starts_child.map(ChildIndex::as_u32));
        settled += usize::from(update.settled);
    }
    started.sort_unstable();
    (started, settled)
}
