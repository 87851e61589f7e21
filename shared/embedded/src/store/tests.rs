//! Tests of files, batches and deletion. The contracts of the ports are in `tests/contracts`.

mod dead_letters;
mod deletion;
mod failing;
mod fixtures;
mod opening;
mod recovery;

use super::SqliteStore;

/// Runs a check on a store in a file and on one in memory.
async fn check_both_stores(check: impl AsyncFn(&SqliteStore)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open_directory(directory.path()).expect("opens");
    check(&store).await;
    store.shut_down().await;
    check(&SqliteStore::open_in_memory().expect("opens")).await;
}
