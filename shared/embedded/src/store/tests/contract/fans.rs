//! Fans against the model of a fan.

use std::collections::BTreeMap;

use model::{ChildEnd, ChildIndex, Fan, FramePath, RecordNumber};
use orchestrator::ports::{Executions, Fans};

use crate::store::tests::fixtures::{child, key, start};

/// A generator that is the same everywhere (xorshift).
pub(in crate::store::tests) struct Dice(u64);

impl Dice {
    pub(in crate::store::tests) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(in crate::store::tests) fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 16) % u64::from(limit)).expect("it is below the limit")
    }
}

/// Plain fans, as they would be without a store.
#[derive(Default)]
pub(in crate::store::tests) struct Model(BTreeMap<u32, Fan>);

impl Model {
    /// One random operation on both.
    pub(in crate::store::tests) async fn step(&mut self, store: &impl Fans, dice: &mut Dice) {
        let which = dice.below(3);
        let (id, frame) = (super::super::fixtures::execution_id("m", "e"), path(which));
        let fan_key = key(&id, &frame, 3);
        match dice.below(12) {
            0 | 1 => {
                let (children, concurrency) = (dice.below(20), dice.below(5));
                let fan = store.open(&fan_key, children, concurrency).await.expect("no fault");
                let expected =
                    self.0.entry(which).or_insert_with(|| Fan::open(children, concurrency));
                assert_eq!(fan, *expected);
            }
            2 if dice.below(8) == 0 => {
                store.close(&fan_key).await.expect("no fault");
                self.0.entry(which).or_insert_with(|| Fan::open(0, 0)).close();
            }
            2 => {
                let keys = [0, 1, 2].map(|which| key(&id, &path(which), 3));
                let open = store.all_open(&keys).await.expect("no fault");
                assert_eq!(open, self.0.values().all(Fan::is_open));
            }
            3 => {
                let fan = store.fan(&fan_key).await.expect("no fault");
                assert_eq!(fan.as_deref(), self.0.get(&which));
            }
            _ => {
                let index = ChildIndex::new(dice.below(20));
                let record = RecordNumber::new(u64::from(dice.below(1000)));
                let end = ChildEnd { record, failed: dice.below(40) == 0 };
                let update = store.end_child(&fan_key, index, end).await.expect("no fault");
                let expected = self.0.get_mut(&which).map(|fan| fan.end_child(index, end));
                assert_eq!(update, expected);
            }
        }
    }
}

fn path(which: u32) -> FramePath {
    if which == 0 { FramePath::ROOT } else { child(1, which) }
}

pub(in crate::store::tests) async fn a_fan_does_what_the_model_does(
    store: &(impl Fans + Executions),
    seed: u64,
) {
    start(store, "m", "e", 1).await;
    let (mut model, mut dice) = (Model::default(), Dice::new(seed));
    for _ in 0..120 {
        model.step(store, &mut dice).await;
    }
}

pub(in crate::store::tests) async fn an_unopened_fan_is_open(store: &(impl Fans + Executions)) {
    let id = start(store, "m", "e", 1).await;
    let keys = [key(&id, &FramePath::ROOT, 1), key(&id, &child(1, 0), 2)];
    let end = ChildEnd { record: RecordNumber::FIRST, failed: false };
    assert!(store.all_open(&keys).await.expect("no fault"));
    let update = store.end_child(&keys[0], ChildIndex::new(0), end).await.expect("no fault");
    assert_eq!(update, None);
    assert_eq!(store.fan(&keys[0]).await.expect("no fault"), None);
    store.close(&keys[1]).await.expect("no fault");
    store.close(&keys[1]).await.expect("no fault");
    assert!(!store.all_open(&keys).await.expect("no fault"));
    assert!(!store.open(&keys[1], 3, 3).await.expect("no fault").is_open());
}
