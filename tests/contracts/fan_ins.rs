//! Gates, slots and buckets: the rules of the model's types, durable and under concurrency.

use std::{collections::BTreeMap, num::NonZeroU32};

use model::{
    ChildEnd, ChildIndex, EndedChild, FanInBucket, FanInGate, FanInSlots, ForkShape, FramePath,
    GateState, RecordKey, RecordNumber,
};
use orchestrator::ports::{FanInStore, GateStore};
use tokio::task::JoinSet;

use crate::{
    data::{
        child_path, execution_id, fork_shape, record_key, root_key, start_execution,
        succeeded_child,
    },
    random::ContractRandom,
    stores::ContractStore,
};

/// The number of children of the larger forks.
const CHILDREN: u32 = 40;

pub(crate) async fn a_fan_in_does_what_the_model_does(store: &impl ContractStore) {
    for seed in 0..20 {
        let execution = format!("e{seed}");
        start_execution(store, "m", &execution, 1).await;
        let mut model = FanInModel::of_execution(execution);
        let mut random = ContractRandom::new(seed);
        for _ in 0..120 {
            model.apply_random_operation(store, &mut random).await;
        }
    }
}

/// The types of the model, by fork, as the expected state of the store.
struct FanInModel {
    execution: String,
    gates: BTreeMap<u32, FanInGate>,
    /// By fork and shard.
    slots: BTreeMap<(u32, u32), FanInSlots>,
    /// By fork and number.
    buckets: BTreeMap<(u32, u32), FanInBucket>,
}

impl FanInModel {
    fn of_execution(execution: String) -> Self {
        let (gates, slots, buckets) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { execution, gates, slots, buckets }
    }

    /// Applies one random operation to the store and to the model, and compares the results.
    async fn apply_random_operation(
        &mut self,
        store: &impl ContractStore,
        random: &mut ContractRandom,
    ) {
        let which = random.number_below(3);
        let id = execution_id("m", &self.execution);
        let fork = record_key(&id, &fork_path(which), 3);
        match random.number_below(4) {
            0 | 1 => self.apply_to_gate(store, random, which, &fork).await,
            2 => self.apply_to_slots(store, random, which, &fork).await,
            _ => self.apply_to_bucket(store, random, which, &fork).await,
        }
    }

    async fn apply_to_gate(
        &mut self,
        store: &impl GateStore,
        random: &mut ContractRandom,
        which: u32,
        fork: &RecordKey,
    ) {
        let shape = shape_of(which);
        match random.number_below(10) {
            0 | 1 => {
                let gate = store.open_gate(fork, &shape).await.expect("no fault");
                let expected =
                    self.gates.entry(which).or_insert_with(|| FanInGate::of_shape(shape));
                assert_eq!(gate, *expected);
            }
            2 if random.number_below(8) == 0 => {
                store.close_gate(fork, &shape).await.expect("no fault");
                self.gates.entry(which).or_insert_with(|| FanInGate::of_shape(shape)).close();
            }
            2 | 3 => {
                let forks = [0, 1, 2].map(|which| {
                    record_key(&fork.execution, &fork_path(which), fork.number.as_u64())
                });
                let open = store.are_gates_open(&forks).await.expect("no fault");
                assert_eq!(open, self.gates.values().all(FanInGate::is_open));
            }
            4 => {
                let gate = store.load_gate(fork).await.expect("no fault");
                assert_eq!(gate.as_deref(), self.gates.get(&which));
            }
            5 => {
                let child = ChildIndex::new(random.number_below(shape.children));
                let record = RecordNumber::new(u64::from(random.number_below(1_000)));
                let failed = EndedChild { child, record };
                let gate = store.add_failed_child(fork, failed).await.expect("no fault");
                let expected = self.gates.get_mut(&which).map(|gate| {
                    gate.add_failed_child(failed);
                    gate.clone()
                });
                assert_eq!(gate, expected);
            }
            _ => {
                let bucket = random.number_below(shape.bucket_count());
                let events = u64::from(random.number_below(3));
                let gate = store.add_full_bucket(fork, bucket, events).await.expect("no fault");
                let expected = self.gates.get_mut(&which).map(|gate| {
                    gate.add_full_bucket(bucket, events);
                    gate.clone()
                });
                assert_eq!(gate, expected);
            }
        }
    }

    async fn apply_to_slots(
        &mut self,
        store: &impl FanInStore,
        random: &mut ContractRandom,
        which: u32,
        fork: &RecordKey,
    ) {
        let shape = shape_of(which);
        let shards = shape.shard_count();
        match random.number_below(6) {
            0 if shards > 0 => {
                let shard = random.number_below(shards);
                let slots = store.open_slots(fork, &shape, shard).await.expect("no fault");
                let expected = self.slots.entry((which, shard));
                let opened = || FanInSlots::of_shard(&shape, shard);
                assert_eq!(slots, *expected.or_insert_with(opened));
            }
            1 => {
                let slots = store.load_slots(fork, &shape, 0..shards).await.expect("no fault");
                let expected: Vec<_> =
                    (0..shards).map(|shard| self.slots.get(&(which, shard)).cloned()).collect();
                assert_eq!(slots, expected);
            }
            _ if shards > 0 => {
                let slot = random.number_below(shape.concurrency);
                let shard = shape.shard_of(slot);
                let slots = self.slots.get_mut(&(which, shard));
                // Mostly the holder.
                let holder = slots
                    .as_ref()
                    .and_then(|slots| slots.numbered_slots().find(|(number, _)| *number == slot));
                let any = ChildIndex::new(random.number_below(shape.children));
                let ended = match holder {
                    Some((_, held)) if random.number_below(3) > 0 => held.holder,
                    Some(_) | None => any,
                };
                let next = store.advance_slot(fork, &shape, slot, ended).await.expect("no fault");
                let expected = slots.and_then(|slots| slots.advance_slot(slot, ended).starts_child);
                assert_eq!(next, expected);
            }
            _ => {}
        }
    }

    async fn apply_to_bucket(
        &mut self,
        store: &impl FanInStore,
        random: &mut ContractRandom,
        which: u32,
        fork: &RecordKey,
    ) {
        let shape = shape_of(which);
        if random.number_below(4) == 0 {
            let (first, end) = (random.number_below(2), random.number_below(8));
            let buckets = store.load_buckets(fork, first..end).await.expect("no fault");
            let bucket = |number| self.buckets.get(&(which, number)).cloned().unwrap_or_default();
            assert_eq!(buckets, (first..end).map(bucket).collect::<Vec<_>>());
            return;
        }
        let bucket = random.number_below(shape.bucket_count());
        let ends: Vec<(ChildIndex, ChildEnd)> = shape
            .bucket_range(bucket)
            .filter(|_| random.number_below(3) == 0)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|child| {
                let record = RecordNumber::new(u64::from(random.number_below(1_000)));
                let failed = random.number_below(4) == 0;
                (ChildIndex::new(child), ChildEnd { record, failed })
            })
            .collect();
        let events = if ends.is_empty() { 0 } else { u64::from(random.number_below(3)) };
        let stored = store.add_child_ends(fork, bucket, &ends, events).await.expect("no fault");
        let expected = self.buckets.entry((which, bucket)).or_default();
        expected.add_child_ends(&ends, events);
        assert_eq!(stored, *expected);
    }
}

fn fork_path(which: u32) -> FramePath {
    if which == 0 { FramePath::ROOT } else { child_path(1, which) }
}

/// Without slots, with one shard, and with several and a tolerated failure.
fn shape_of(which: u32) -> ForkShape {
    let bucket_children = NonZeroU32::new(4).expect("not zero");
    let (concurrency, tolerated_failures) = [(0, 0), (3, 0), (9, 1)][which as usize];
    ForkShape { children: 22, concurrency, bucket_children, tolerated_failures }
}

pub(crate) async fn an_unopened_gate_is_open_until_it_is_closed(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let shape = fork_shape(3, 3);
    let forks = [root_key(&id, 1), record_key(&id, &child_path(1, 0), 2)];
    assert!(store.are_gates_open(&forks).await.expect("no fault"));
    let failed = EndedChild { child: ChildIndex::new(0), record: RecordNumber::FIRST };
    assert_eq!(store.add_failed_child(&forks[0], failed).await.expect("no fault"), None);
    assert_eq!(store.add_full_bucket(&forks[0], 0, 0).await.expect("no fault"), None);
    assert_eq!(store.load_gate(&forks[0]).await.expect("no fault"), None);
    let next = store.advance_slot(&forks[0], &fork_shape(3, 1), 0, ChildIndex::new(0)).await;
    assert_eq!(next.expect("no fault"), None);
    store.close_gate(&forks[1], &shape).await.expect("no fault");
    store.close_gate(&forks[1], &shape).await.expect("no fault");
    assert!(!store.are_gates_open(&forks).await.expect("no fault"));
    assert!(store.are_gates_open(&forks[..1]).await.expect("no fault"));
    let gate = store.open_gate(&forks[1], &fork_shape(9, 9)).await.expect("no fault");
    assert_eq!((gate.state(), gate.shape()), (GateState::Closed, shape));
}

/// As many forks as there can be above a frame, each of them twice.
pub(crate) async fn a_frame_asks_all_forks_above_it_at_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let mut frame = FramePath::ROOT;
    let mut forks = Vec::new();
    for number in 0..32 {
        forks.push(record_key(&id, &frame, number));
        store.open_gate(&forks[forks.len() - 1], &fork_shape(2, 2)).await.expect("no fault");
        frame = frame.child_path(RecordNumber::new(number), ChildIndex::new(1));
    }
    forks.extend(forks.clone());
    assert!(store.are_gates_open(&forks).await.expect("no fault"));
    assert!(store.are_gates_open(&[]).await.expect("no fault"));
    let failed = EndedChild { child: ChildIndex::new(0), record: RecordNumber::FIRST };
    store.add_failed_child(&forks[17], failed).await.expect("no fault");
    assert!(!store.are_gates_open(&forks).await.expect("no fault"));
}

pub(crate) async fn of_two_openings_the_first_counts(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let fork = root_key(&id, 1);
    let mut openings = JoinSet::new();
    for children in 2..=17 {
        let (store, fork) = (store.clone(), fork.clone());
        openings.spawn(async move { store.open_gate(&fork, &fork_shape(children, 1)).await });
    }
    let opened = openings.join_all().await;
    let gate = store.load_gate(&fork).await.expect("no fault").expect("it was opened");
    assert!(opened.into_iter().all(|opened| opened.expect("no fault") == *gate));
}

/// As when a fork is repeated: the slots that have been moved on stay so.
pub(crate) async fn slots_are_opened_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let (fork, shape) = (root_key(&id, 1), fork_shape(9, 2));
    let opened = store.open_slots(&fork, &shape, 0).await.expect("no fault");
    assert_eq!(opened, FanInSlots::of_shard(&shape, 0));
    store.advance_slot(&fork, &shape, 1, ChildIndex::new(1)).await.expect("no fault");
    let again = store.open_slots(&fork, &shape, 0).await.expect("no fault");
    assert_eq!(*again.waiting_children(), 3..9);
    assert_eq!(store.load_slots(&fork, &shape, 0..1).await.expect("no fault"), [Some(again)]);
}

pub(crate) async fn an_end_reported_by_many_moves_its_slot_once(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let (fork, shape) = (root_key(&id, 1), fork_shape(CHILDREN, 2));
    store.open_gate(&fork, &shape).await.expect("no fault");
    store.open_slots(&fork, &shape, 0).await.expect("no fault");
    let mut ends = JoinSet::new();
    for _ in 0..32 {
        let (store, fork) = (store.clone(), fork.clone());
        ends.spawn(async move {
            let ended = ChildIndex::new(1);
            let next = store.advance_slot(&fork, &shape, 1, ended).await.expect("no fault");
            let ends = [(ended, succeeded_child())];
            (next, store.add_child_ends(&fork, 0, &ends, 1).await.expect("no fault"))
        });
    }
    for (next, bucket) in ends.join_all().await {
        assert_eq!(next, Some(ChildIndex::new(2)), "it starts the same child every time");
        assert!(bucket.child_ends().eq([(ChildIndex::new(1), succeeded_child())]));
    }
    let slots = store.load_slots(&fork, &shape, 0..1).await.expect("no fault");
    let slots = slots[0].as_ref().expect("they were opened");
    assert_eq!(*slots.waiting_children(), 3..CHILDREN);
}

/// Each end starts another child while there are any, and exactly one end fills each bucket.
pub(crate) async fn children_that_end_at_once_start_one_each(store: &impl ContractStore) {
    let id = start_execution(store, "m", "e", 1).await;
    let (fork, shape) = (root_key(&id, 1), fork_shape(2 * CHILDREN, CHILDREN));
    store.open_gate(&fork, &shape).await.expect("no fault");
    store.open_slots(&fork, &shape, 0).await.expect("no fault");
    let all = end_children_at_once(store, &fork, &shape, 0..CHILDREN).await;
    assert!(all.iter().eq(&(CHILDREN..2 * CHILDREN).collect::<Vec<_>>()));
    let none = end_children_at_once(store, &fork, &shape, CHILDREN..2 * CHILDREN).await;
    assert_eq!(none, [0; 0]);
    let buckets = 0..shape.bucket_count();
    let ends = store.load_buckets(&fork, buckets).await.expect("no fault");
    let ended = ends.iter().flat_map(FanInBucket::child_ends).map(|(child, _)| child.as_u32());
    assert!(ended.eq(0..2 * CHILDREN));
    let gate = store.load_gate(&fork).await.expect("no fault").expect("it was opened");
    assert_eq!(gate.state(), GateState::Complete);
}

/// Ends the children, each of which holds the slot of its index modulo the number of slots. Returns
/// the children that this starts, in order.
async fn end_children_at_once(
    store: &impl ContractStore,
    fork: &RecordKey,
    shape: &ForkShape,
    children: std::ops::Range<u32>,
) -> Vec<u32> {
    let held = store.load_slots(fork, shape, 0..1).await.expect("no fault");
    let held = held[0].as_ref().expect("they were opened");
    let mut ends = JoinSet::new();
    for (slot, holder) in held.numbered_slots() {
        assert!(children.contains(&holder.holder.as_u32()));
        let (store, fork, shape) = (store.clone(), fork.clone(), *shape);
        ends.spawn(async move {
            let child = holder.holder;
            let next = store.advance_slot(&fork, &shape, slot, child).await.expect("no fault");
            let end = ChildEnd { record: RecordNumber::new(child.as_u32().into()), failed: false };
            let bucket = shape.bucket_of(child);
            let stored = store.add_child_ends(&fork, bucket, &[(child, end)], 1).await;
            if stored.expect("no fault").is_full(&shape, bucket) {
                store.add_full_bucket(&fork, bucket, 64).await.expect("no fault");
            }
            next
        });
    }
    let started = ends.join_all().await.into_iter().flatten();
    let mut started: Vec<u32> = started.map(ChildIndex::as_u32).collect();
    started.sort_unstable();
    started
}
