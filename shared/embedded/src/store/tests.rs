//! What only a file can show. The contracts of the ports are in `tests/contracts`.

mod deletion;
mod failing;
mod fixtures;
mod opening;
mod recovery;

use super::Store;

/// Runs a check on a store in a file and on one in memory.
async fn on_both(check: impl AsyncFn(&Store)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Store::open(directory.path()).expect("opens");
    check(&store).await;
    store.shut_down().await;
    check(&Store::in_memory().expect("opens")).await;
}
