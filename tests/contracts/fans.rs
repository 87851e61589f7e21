//! Fans: what [`Fan`] says, durably and for all at once.

use std::collections::BTreeMap;

use model::{ChildEnd, ChildIndex, Fan, FramePath, RecordNumber};
use orchestrator::ports::Fans;
use tokio::task::JoinSet;

use crate::{
    data::{child, execution_id, key, root, start, succeeded},
    random::Random,
    stores::Store,
};

/// Children of the larger forks here.
const CHILDREN: u32 = 40;

pub(crate) async fn a_fan_does_what_the_model_does(store: &impl Store) {
    for seed in 0..20 {
        let execution = format!("e{seed}");
        start(store, "m", &execution, 1).await;
        let mut model = Model { execution, fans: BTreeMap::new() };
        let mut random = Random::new(seed);
        for _ in 0..120 {
            model.step(store, &mut random).await;
        }
    }
}

/// Plain fans, as they would be without a store.
struct Model {
    execution: String,
    fans: BTreeMap<u32, Fan>,
}

impl Model {
    /// One random operation on both.
    async fn step(&mut self, store: &impl Fans, random: &mut Random) {
        let which = random.below(3);
        let id = execution_id("m", &self.execution);
        let fan_key = key(&id, &path(which), 3);
        match random.below(12) {
            0 | 1 => {
                let (children, concurrency) = (random.below(20), random.below(5));
                let fan = store.open(&fan_key, children, concurrency).await.expect("no fault");
                let expected =
                    self.fans.entry(which).or_insert_with(|| Fan::open(children, concurrency));
                assert_eq!(fan, *expected);
            }
            2 if random.below(8) == 0 => {
                store.close(&fan_key).await.expect("no fault");
                self.fans.entry(which).or_insert_with(|| Fan::open(0, 0)).close();
            }
            2 => {
                let keys = [0, 1, 2].map(|which| key(&id, &path(which), 3));
                let open = store.all_open(&keys).await.expect("no fault");
                assert_eq!(open, self.fans.values().all(Fan::is_open));
            }
            3 => {
                let fan = store.fan(&fan_key).await.expect("no fault");
                assert_eq!(fan.as_deref(), self.fans.get(&which));
            }
            _ => {
                let index = ChildIndex::new(random.below(20));
                let record = RecordNumber::new(u64::from(random.below(1000)));
                let end = ChildEnd { record, failed: random.below(40) == 0 };
                let update = store.end_child(&fan_key, index, end).await.expect("no fault");
                let expected = self.fans.get_mut(&which).map(|fan| fan.end_child(index, end));
                assert_eq!(update, expected);
            }
        }
    }
}

fn path(which: u32) -> FramePath {
    if which == 0 { FramePath::ROOT } else { child(1, which) }
}

pub(crate) async fn an_unopened_fan_is_open_until_it_is_closed(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let keys = [root(&id, 1), key(&id, &child(1, 0), 2)];
    assert!(store.all_open(&keys).await.expect("no fault"));
    let update = store.end_child(&keys[0], ChildIndex::new(0), succeeded()).await;
    assert_eq!(update.expect("no fault"), None);
    assert_eq!(store.fan(&keys[0]).await.expect("no fault"), None);
    store.close(&keys[1]).await.expect("no fault");
    store.close(&keys[1]).await.expect("no fault");
    assert!(!store.all_open(&keys).await.expect("no fault"));
    assert!(store.all_open(&keys[..1]).await.expect("no fault"));
    let fan = store.open(&keys[1], 3, 3).await.expect("no fault");
    assert!(!fan.is_open());
    assert_eq!(fan.in_flight().count(), 0, "it has no children");
}

/// As many forks as lie above the deepest frame, asked twice over.
pub(crate) async fn a_frame_asks_all_forks_above_it_at_once(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let mut frame = FramePath::ROOT;
    let mut keys = Vec::new();
    for number in 0..32 {
        keys.push(key(&id, &frame, number));
        store.open(&keys[keys.len() - 1], 2, 2).await.expect("no fault");
        frame = frame.child(RecordNumber::new(number), ChildIndex::new(1));
    }
    keys.extend(keys.clone());
    assert!(store.all_open(&keys).await.expect("no fault"));
    assert!(store.all_open(&[]).await.expect("no fault"));
    let failed = ChildEnd { failed: true, ..succeeded() };
    store.end_child(&keys[17], ChildIndex::new(0), failed).await.expect("no fault");
    assert!(!store.all_open(&keys).await.expect("no fault"));
}

pub(crate) async fn of_two_openings_the_first_counts(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    let mut openings = JoinSet::new();
    for children in 1..=16 {
        let (store, fork) = (store.clone(), root(&id, 1));
        openings.spawn(async move { store.open(&fork, children, children).await });
    }
    let opened = openings.join_all().await;
    let fan = store.fan(&root(&id, 1)).await.expect("no fault").expect("it was opened");
    assert!(opened.into_iter().all(|opened| opened.expect("no fault") == *fan));
}

pub(crate) async fn a_child_reported_by_many_is_first_once(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    store.open(&root(&id, 1), CHILDREN, 2).await.expect("no fault");
    let mut ends = JoinSet::new();
    for _ in 0..32 {
        let (store, fork) = (store.clone(), root(&id, 1));
        ends.spawn(async move { store.end_child(&fork, ChildIndex::new(1), succeeded()).await });
    }
    let updates: Vec<_> = ends
        .join_all()
        .await
        .into_iter()
        .map(|update| update.expect("no fault").expect("it was opened"))
        .collect();
    assert_eq!(updates.iter().filter(|update| update.first).count(), 1);
    assert!(updates.iter().all(|update| update.starts == Some(ChildIndex::new(2))));
}

/// Each end starts another child, and one of them lets the parent go on.
pub(crate) async fn children_that_end_at_once_start_one_each(store: &impl Store) {
    let id = start(store, "m", "e", 1).await;
    store.open(&root(&id, 1), 2 * CHILDREN, CHILDREN).await.expect("no fault");
    let (first_half, settled) = end_at_once(store, 0..CHILDREN).await;
    assert!(first_half.into_iter().eq(CHILDREN..2 * CHILDREN));
    assert_eq!(settled, 0);
    let (second_half, settled) = end_at_once(store, CHILDREN..2 * CHILDREN).await;
    assert_eq!((second_half.len(), settled), (0, 1));
    let fan = store.fan(&root(&id, 1)).await.expect("no fault").expect("it was opened");
    assert!(fan.ended().map(|(child, _)| child.get()).eq(0..2 * CHILDREN));
}

/// The children that were started, in their order, and how often the parent was let go on.
async fn end_at_once(store: &impl Store, children: std::ops::Range<u32>) -> (Vec<u32>, usize) {
    let mut ends = JoinSet::new();
    for child in children {
        let (store, fork) = (store.clone(), root(&execution_id("m", "e"), 1));
        let end = ChildEnd { record: RecordNumber::new(child.into()), failed: false };
        ends.spawn(async move { store.end_child(&fork, ChildIndex::new(child), end).await });
    }
    let (mut started, mut settled) = (Vec::new(), 0);
    for update in ends.join_all().await {
        let update = update.expect("no fault").expect("it was opened");
        assert!(update.first);
        started.extend(update.starts.map(ChildIndex::get));
        settled += usize::from(update.settled);
    }
    started.sort_unstable();
    (started, settled)
}
