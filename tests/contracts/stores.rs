//! The stores that are held to the contracts.

use orchestrator::ports::{
    ExecutionStore, FanInStore, HistoryReader, RecordLog, StateMachineStore,
};

/// Everything that a store is.
pub(crate) trait ContractStore:
    RecordLog
    + HistoryReader
    + FanInStore
    + ExecutionStore
    + StateMachineStore
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> ContractStore for S where
    S: RecordLog
        + HistoryReader
        + FanInStore
        + ExecutionStore
        + StateMachineStore
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// A new `SQLite` file, which must close well afterwards.
pub(crate) async fn embedded_in_a_file(promise: impl AsyncFnOnce(&embedded::SqliteStore)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = embedded::SqliteStore::open_directory(directory.path()).expect("opens");
    promise(&store).await;
    store.shut_down().await;
}

/// A `SQLite` database that is gone afterwards.
pub(crate) async fn embedded_in_memory(promise: impl AsyncFnOnce(&embedded::SqliteStore)) {
    promise(&embedded::SqliteStore::open_in_memory().expect("opens")).await;
}

/// What the tests of whole executions use.
pub(crate) async fn memory(promise: impl AsyncFnOnce(&memory_ports::MemoryStore)) {
    promise(&memory_ports::MemoryStore::new()).await;
}

/// A table of DynamoDB's double.
pub(crate) async fn aws_on_dynamodb(promise: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    let (table, _service) = crate::dynamodb::start_dynamodb().await;
    promise(&table).await;
}

/// A table of a double that is reached over HTTP, as the real one is.
pub(crate) async fn aws_over_http(promise: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    promise(&crate::ministack::create_ministack_table().await).await;
}
