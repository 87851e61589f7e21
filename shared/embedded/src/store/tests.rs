//! The contracts of the ports, kept by both kinds of store, and what only a file can show.

mod contract;
mod failing;
mod fixtures;
mod opening;
mod recovery;

use super::Store;

/// Runs a contract on a store in a file and on one in memory.
async fn on_both(contract: impl AsyncFn(&Store)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    contract(&store).await;
    store.shut_down().await;
    contract(&Store::in_memory().expect("opens")).await;
}

#[tokio::test]
async fn an_append_wins_once() {
    on_both(async |store| contract::log::an_append_wins_once(store).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_appends_of_one_key_one_wins() {
    on_both(async |store| contract::log::of_many_appends_of_one_key_one_wins(store).await).await;
}

#[tokio::test]
async fn records_are_loaded_in_the_order_asked() {
    on_both(async |store| contract::log::records_are_loaded_in_the_order_asked(store).await).await;
}

#[tokio::test]
async fn the_head_is_the_newest_record() {
    on_both(async |store| contract::log::the_head_is_the_newest_record(store).await).await;
}

#[tokio::test]
async fn a_lease_is_the_later_of_append_and_renewal() {
    on_both(async |store| contract::log::a_lease_is_the_later_of_both(store).await).await;
}

#[tokio::test]
async fn history_is_every_log() {
    on_both(async |store| contract::log::history_is_every_log(store).await).await;
}

#[tokio::test]
async fn a_name_is_started_once() {
    on_both(async |store| contract::executions::a_name_is_started_once(store).await).await;
}

#[tokio::test]
async fn an_execution_ends_once() {
    on_both(async |store| contract::executions::an_execution_ends_once(store).await).await;
}

#[tokio::test]
async fn a_list_is_newest_first_in_pages() {
    on_both(async |store| contract::executions::a_list_is_newest_first(store).await).await;
}

#[tokio::test]
async fn a_machine_is_created_once() {
    on_both(async |store| contract::machines::a_machine_is_created_once(store).await).await;
}

#[tokio::test]
async fn a_replaced_machine_keeps_its_revisions() {
    on_both(async |store| contract::machines::a_replaced_one_keeps_revisions(store).await).await;
}

#[tokio::test]
async fn machines_are_listed_by_name() {
    on_both(async |store| contract::machines::machines_are_listed_by_name(store).await).await;
}

#[tokio::test]
async fn a_deleted_machine_takes_everything_along() {
    on_both(async |store| contract::machines::a_deleted_one_takes_all_along(store).await).await;
}

#[tokio::test]
async fn a_fan_does_what_the_model_does() {
    for seed in 1..=20 {
        on_both(async |store| contract::fans::a_fan_does_what_the_model_does(store, seed).await)
            .await;
    }
}

#[tokio::test]
async fn an_unopened_fan_is_open_until_it_is_closed() {
    on_both(async |store| contract::fans::an_unopened_fan_is_open(store).await).await;
}
