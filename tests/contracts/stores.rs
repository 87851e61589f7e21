//! The stores that are held to the contracts.

use orchestrator::ports::{Executions, Fans, History, Log, Machines};

/// Everything that a store is.
pub(crate) trait Store:
    Log + History + Fans + Executions + Machines + Clone + Send + Sync + 'static
{
}

impl<S> Store for S where
    S: Log + History + Fans + Executions + Machines + Clone + Send + Sync + 'static
{
}

/// A new `SQLite` file, which must close well afterwards.
pub(crate) async fn embedded_in_a_file(promise: impl AsyncFnOnce(&embedded::Store)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = embedded::Store::open(directory.path()).expect("opens");
    promise(&store).await;
    store.shut_down().await;
}

/// A `SQLite` database that is gone afterwards.
pub(crate) async fn embedded_in_memory(promise: impl AsyncFnOnce(&embedded::Store)) {
    promise(&embedded::Store::in_memory().expect("opens")).await;
}

/// What the tests of whole executions use.
pub(crate) async fn memory(promise: impl AsyncFnOnce(&memory::MemoryStore)) {
    promise(&memory::MemoryStore::new()).await;
}

/// A table of DynamoDB's double.
pub(crate) async fn aws_on_dynamodb(promise: impl AsyncFnOnce(&aws::Table)) {
    let (table, _service) = crate::dynamodb::start().await;
    promise(&table).await;
}

/// A table of a double that is reached over HTTP, as the real one is.
pub(crate) async fn aws_over_http(promise: impl AsyncFnOnce(&aws::Table)) {
    promise(&crate::ministack::table().await).await;
}
