//! The stores that must keep the contracts.

use orchestrator::ports::{
    ExecutionStore, FanInStore, HistoryReader, RecordLog, StateMachineStore,
};

/// All ports of a store.
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

/// Runs a promise on a new `SQLite` file, which must shut down cleanly afterwards.
pub(crate) async fn embedded_in_a_file(promise: impl AsyncFnOnce(&embedded::SqliteStore)) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = embedded::SqliteStore::open_directory(directory.path()).expect("opens");
    promise(&store).await;
    store.shut_down().await;
}

/// Runs a promise on an in-memory `SQLite` database.
pub(crate) async fn embedded_in_memory(promise: impl AsyncFnOnce(&embedded::SqliteStore)) {
    promise(&embedded::SqliteStore::open_in_memory().expect("opens")).await;
}

/// Runs a promise on the maps in memory that tests of whole executions use.
pub(crate) async fn memory(promise: impl AsyncFnOnce(&memory_ports::MemoryStore)) {
    promise(&memory_ports::MemoryStore::new()).await;
}

/// Runs a promise on a table of the in-process DynamoDB double.
pub(crate) async fn aws_on_dynamodb(promise: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    let (table, _service) = crate::dynamodb::start_dynamodb().await;
    promise(&table).await;
}

/// Runs a promise on a table of a DynamoDB double that is reached over HTTP, like the real service.
pub(crate) async fn aws_over_http(promise: impl AsyncFnOnce(&aws::DynamoDbTable)) {
    promise(&crate::ministack::create_ministack_table().await).await;
}
