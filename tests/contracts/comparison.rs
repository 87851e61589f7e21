//! Two stores get the same random operations and must give the same answers.

mod activity_operation;
mod operation;
mod script;

use crate::stores::{self, ContractStore};

use self::{operation::StoreOperation, script::OperationScript};

/// The number of operations of one seed.
const OPERATIONS: usize = 80;
/// The number of seeds for stores in memory. The environment variable `SEEDS` sets another
/// number, `SEED` selects one seed.
const SEEDS: u64 = 400;
/// The number of seeds where each operation waits for a disk.
const SEEDS_ON_DISK: u64 = 20;
/// The number of seeds where each operation makes several SDK requests.
const SEEDS_OF_DYNAMODB: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_in_memory_answers_as_maps_do() {
    for seed in seed_range(SEEDS) {
        stores::embedded_in_memory(async |store| compare_with_maps(seed, store).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_in_a_file_answers_as_maps_do() {
    for seed in seed_range(SEEDS_ON_DISK) {
        stores::embedded_in_a_file(async |store| compare_with_maps(seed, store).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dynamodb_answers_as_maps_do() {
    for seed in seed_range(SEEDS_OF_DYNAMODB) {
        stores::aws_on_dynamodb(async |store| compare_with_maps(seed, store).await).await;
    }
}

/// Compares a store with the maps in memory, the simplest store.
async fn compare_with_maps(seed: u64, store: &impl ContractStore) {
    stores::memory(async |maps| compare_stores(seed, store, maps).await).await;
}

fn seed_range(count: u64) -> std::ops::Range<u64> {
    match number_from_env("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_from_env("SEEDS").unwrap_or(count),
    }
}

fn number_from_env(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("the variable is a number"))
}

async fn compare_stores(seed: u64, one: &impl ContractStore, other: &impl ContractStore) {
    let mut script = OperationScript::new(seed);
    let mut before = Vec::new();
    for _ in 0..OPERATIONS {
        let operation = script.next_operation();
        let answers = (operation.run_on(one).await, operation.run_on(other).await);
        assert!(
            answers.0 == answers.1,
            "SEED={seed} {operation:?}\n one: {}\nother: {}\nafter:\n{}",
            answers.0,
            answers.1,
            before.join("\n"),
        );
        before.push(format!("{operation:?}"));
    }
}

#[tokio::test]
async fn a_seed_repeats_itself() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| {
            let mut script = OperationScript::new(seed);
            (0..OPERATIONS).map(|_| format!("{:?}", script.next_operation())).collect::<Vec<_>>()
        });
        assert_eq!(one, other);
    }
}
